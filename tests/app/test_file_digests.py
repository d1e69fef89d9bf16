"""A file's digest is checked against its bytes, mostly while they come in."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.app import file_digests
from tfreg.app.file_digests import FileDigests
from tfreg.core.digests import digest_of
from tfreg.core.errors import DigestMismatchError
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile
from tfreg.core.records import BlobRef
from tfreg.store.blobs.memory import MemoryBlobReader, MemoryBlobStore

LEASE = "lease"
CONTENTS = [os.urandom(1000) for _ in range(5)]
CONTENT = b"".join(CONTENTS)
REFS = [BlobRef(digest_of(content), len(content)) for content in CONTENTS]
FILE = ManifestFile("file", len(CONTENT), digest_of(CONTENT))
LAYOUT = FileLayout("file", tuple(BlobExtent(ref.digest, 0, ref.size_bytes) for ref in REFS))


class CountingStore(MemoryBlobStore):
    """Counts how often blobs are opened."""

    opened = 0

    def open(self, digest) -> MemoryBlobReader:
        self.opened += 1
        return super().open(digest)

    def put(self, *contents: bytes) -> None:
        for content in contents:
            with self.writer(LEASE, BlobRef(digest_of(content), len(content))) as writer:
                writer.write(content)
                writer.finish()
            self.seal(LEASE, [digest_of(content)])


@pytest.fixture
def store():
    return CountingStore()


@pytest.fixture
def digests(store):
    made = FileDigests(store)
    yield made
    made.close()


def _settle(digests: FileDigests) -> None:
    """Waits until the background has done what it can: its one thread takes work in order."""
    digests._pool.submit(lambda: None).result()


def test_a_file_is_hashed_while_its_blobs_come_in_and_not_again(digests, store) -> None:
    digests.announce(LEASE, "file", REFS, [ref.digest for ref in REFS])
    for content, ref in zip(CONTENTS, REFS, strict=True):
        store.put(content)
        digests.arrived(LEASE, [ref])
    _settle(digests)
    assert store.opened == len(CONTENTS)
    digests.check(LEASE, FILE, LAYOUT, known=set())
    assert store.opened == len(CONTENTS)


def test_blobs_that_come_in_another_order_are_hashed_in_the_files_order(digests, store) -> None:
    digests.announce(LEASE, "file", REFS, [ref.digest for ref in REFS])
    for index in (4, 2, 0, 1, 3):
        store.put(CONTENTS[index])
        digests.arrived(LEASE, [REFS[index]])
    digests.check(LEASE, FILE, LAYOUT, known=set())


def test_only_the_tail_is_left_to_the_commit(digests, store) -> None:
    store.put(*CONTENTS)
    digests.announce(LEASE, "file", REFS[:3], [REFS[0].digest])
    digests.arrived(LEASE, REFS[:1])
    _settle(digests)
    assert store.opened == 3
    digests.check(LEASE, FILE, LAYOUT, known=set())
    assert store.opened == 5


def test_a_push_that_sends_nothing_makes_no_work(digests, store) -> None:
    store.put(*CONTENTS)
    digests.announce(LEASE, "file", REFS, [])
    _settle(digests)
    assert store.opened == 0


def test_hashing_begins_when_the_first_blob_turns_out_to_be_missing(digests, store) -> None:
    store.put(*CONTENTS[:4])
    digests.announce(LEASE, "file", REFS[:2], [])
    digests.announce(LEASE, "file", REFS[2:], [REFS[4].digest])
    _settle(digests)
    assert store.opened == 4


def test_without_any_state_the_file_is_hashed_from_the_start(digests, store) -> None:
    store.put(*CONTENTS)
    digests.check("", FILE, LAYOUT, known=set())
    assert store.opened == 5


def test_a_file_that_turned_out_otherwise_than_announced_is_hashed_from_the_start(digests, store) -> None:
    store.put(*CONTENTS)
    digests.announce(LEASE, "file", REFS[::-1], [REFS[0].digest])
    digests.arrived(LEASE, REFS[:1])
    _settle(digests)
    digests.check(LEASE, FILE, LAYOUT, known=set())
    assert store.opened == 10


def test_more_announced_than_the_file_has_is_no_matter(digests, store) -> None:
    store.put(*CONTENTS)
    digests.announce(LEASE, "file", [*REFS, REFS[0]], [digest_of(b"of another file")])
    _settle(digests)
    digests.check(LEASE, FILE, LAYOUT, known=set())


def test_a_false_digest_is_found_whether_announced_or_not(digests, store) -> None:
    store.put(*CONTENTS)
    false = ManifestFile("file", len(CONTENT), digest_of(b"else"))
    with pytest.raises(DigestMismatchError, match="Push again"):
        digests.check(LEASE, false, LAYOUT, known=set())
    digests.announce(LEASE, "file", REFS, [])
    with pytest.raises(DigestMismatchError):
        digests.check(LEASE, false, LAYOUT, known=set())


def test_a_file_that_is_one_blob_needs_no_second_hash(digests, store) -> None:
    store.put(CONTENTS[0])
    file = ManifestFile("file", 1000, digest_of(CONTENTS[0]))
    digests.check(LEASE, file, FileLayout("file", (BlobExtent(REFS[0].digest, 0, 1000),)), known=set())
    assert store.opened == 0


def test_a_slice_of_a_blob_is_not_taken_for_the_whole_blob(digests, store) -> None:
    store.put(CONTENTS[0])
    file = ManifestFile("file", 500, digest_of(CONTENTS[0]))
    with pytest.raises(DigestMismatchError):
        digests.check(LEASE, file, FileLayout("file", (BlobExtent(REFS[0].digest, 0, 500),)), known=set())


def test_a_file_that_was_checked_before_needs_no_hash(digests, store) -> None:
    digests.check(LEASE, FILE, LAYOUT, known={(FILE.digest, LAYOUT.extents)})
    assert store.opened == 0


def test_an_empty_file_has_the_digest_of_nothing(digests) -> None:
    digests.check("", ManifestFile("file", 0, digest_of(b"")), FileLayout("file", ()), known=set())
    with pytest.raises(DigestMismatchError):
        digests.check("", ManifestFile("file", 0, digest_of(b"x")), FileLayout("file", ()), known=set())


def test_bytes_within_the_layout_count(digests, store) -> None:
    store.put(CONTENTS[0])
    layout = FileLayout("file", (InlineExtent(b"head"), BlobExtent(REFS[0].digest, 10, 20)))
    content = b"head" + CONTENTS[0][10:30]
    digests.check(LEASE, ManifestFile("file", len(content), digest_of(content)), layout, known=set())


def test_many_pushes_at_once_do_not_disturb_each_other(digests, store) -> None:
    store.put(*CONTENTS)

    def push(number: int) -> None:
        lease_id = f"lease-{number}"
        for ref in REFS:
            digests.announce(lease_id, "file", [ref], [])
        digests.check(lease_id, FILE, LAYOUT, known=set())
        digests.forget(lease_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(push, range(200)))
    assert not digests._pushes


def test_a_blob_that_is_gone_when_the_background_reads_it_is_the_commits_to_tell(digests, store) -> None:
    digests.announce(LEASE, "file", REFS, [digest_of(b"of another file")])
    _settle(digests)
    store.put(*CONTENTS)
    digests.check(LEASE, FILE, LAYOUT, known=set())


def test_what_is_remembered_of_announcements_is_bounded_and_the_commit_is_checked_all_the_same(
    digests, store, monkeypatch
) -> None:
    monkeypatch.setattr(file_digests, "_MAX_BLOBS", 20)
    digests.announce(LEASE, "file", REFS, [digest_of(b"never")])
    for _ in range(10):
        digests.announce("greedy", "file", REFS, [ref.digest for ref in REFS])
    assert digests._blob_count <= 20
    assert digests._blob_count == sum(push.blob_count for push in digests._pushes.values())
    store.put(*CONTENTS)
    digests.check(LEASE, FILE, LAYOUT, known=set())


def test_a_path_that_no_file_can_have_is_not_remembered(digests) -> None:
    digests.announce(LEASE, "x" * 100_000, REFS, [])
    assert not digests._pushes[LEASE].files
