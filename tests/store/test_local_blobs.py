"""What the local store promises beyond the contract: where files lie, in which order they become durable, and whom it does not trust."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.core.digests import digest_of, hex_of
from tfreg.core.errors import (
    BlobDamagedError,
    BlobMissingError,
    BlobNotFoundError,
    DataFolderInvalidError,
    DigestInvalidError,
    LeaseNotFoundError,
    StorageFullError,
)
from tfreg.core.records import BlobRef
from tfreg.store.blobs import syncing
from tfreg.store.blobs.local import LocalBlobStore


@pytest.fixture
def store(tmp_path):
    found = LocalBlobStore(tmp_path)
    yield found
    found.close()


def _place(folder, digest):
    return folder / "blobs" / "sha256" / hex_of(digest)[:2] / hex_of(digest)


def test_files_lie_where_the_tree_is_drawn(store, tmp_path, samples):
    blob = samples.ref(b"weights")
    with store.writer("lease", blob) as writer:
        writer.write(b"weights")
        (part,) = (tmp_path / "incoming" / "lease").iterdir()
        assert part.name.startswith(hex_of(blob.digest))
        assert part.name.endswith(".part")
        writer.finish()
    assert [path.name for path in (tmp_path / "incoming" / "lease").iterdir()] == [hex_of(blob.digest)]
    store.seal("lease", [blob.digest])
    assert _place(tmp_path, blob.digest).read_bytes() == b"weights"
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_blobs_cannot_be_written_by_accident(store, tmp_path, samples, umask):
    before = os.umask(umask)
    try:
        blob = samples.write(store, "lease", b"weights")
    finally:
        os.umask(before)
    store.seal("lease", [blob.digest])
    assert stat.S_IMODE(_place(tmp_path, blob.digest).stat().st_mode) == 0o444


@pytest.mark.parametrize("count", [3, 40])
def test_content_is_synced_before_the_rename_and_folders_after_it(store, samples, monkeypatch, count):
    calls = []

    def told(name, original):
        def call(*arguments, **options):
            calls.append(name)
            return original(*arguments, **options)

        return call

    refs = [samples.write(store, "lease", samples.content(number, 20)) for number in range(count)]
    synced = syncing._filesystem_syncer()
    monkeypatch.setattr(syncing, "_filesystem_syncer", lambda: told("sync all", synced))
    monkeypatch.setattr(os, "fdatasync", told("sync file", os.fdatasync))
    monkeypatch.setattr(os, "rename", told("rename", os.rename))
    monkeypatch.setattr(os, "fsync", told("sync folder", os.fsync))
    store.seal("lease", [ref.digest for ref in refs])
    few = ["sync file"] * count + ["rename"] * count
    many = ["sync all"] + ["rename"] * count + ["sync all"]
    assert [call for call in calls if call != "sync folder"] == (few if count == 3 else many)
    if count == 3:
        folders = {hex_of(ref.digest)[:2] for ref in refs}
        assert calls[-len(folders) - 1 :] == ["sync folder"] * (len(folders) + 1)  # and the folder that they are in


def test_a_system_without_the_calls_of_linux_syncs_file_by_file(store, samples, monkeypatch):
    monkeypatch.setattr(syncing, "_filesystem_syncer", lambda: lambda _: False)
    monkeypatch.setattr(syncing, "_writeback_starter", lambda: lambda *_: None)
    refs = [samples.write(store, "lease", samples.content(number, 20)) for number in range(40)]
    store.seal("lease", [ref.digest for ref in refs])
    assert len(list(store.digests())) == 40


def test_a_large_blob_starts_on_its_way_to_the_disk_while_it_comes(store, samples, monkeypatch):
    started = []
    monkeypatch.setattr(syncing, "_writeback_starter", lambda: lambda _, offset, length: started.append((offset, length)))
    content = bytes(10 * 2**20)
    with store.writer("lease", samples.ref(content)) as writer:
        for start in range(0, len(content), 2**20):
            writer.write(content[start : start + 2**20])
        assert started == [(0, 4 * 2**20), (4 * 2**20, 4 * 2**20)]
        writer.finish()
    assert started[-1] == (8 * 2**20, 2 * 2**20)


@pytest.mark.parametrize("lease", ["", ".", "..", "../blobs", "/tmp", "a/b", "a\0b", "x" * 65, "ä"])
def test_a_lease_that_is_no_plain_name_is_unknown(store, samples, lease):
    blob = samples.ref(b"weights")
    for use in (lambda: store.writer(lease, blob), lambda: store.seal(lease, [blob.digest])):
        with pytest.raises(LeaseNotFoundError):
            use()
    kept = samples.write(store, "kept", b"kept")
    store.seal("kept", [kept.digest])
    store.discard(lease)
    assert list(store.digests()) == [kept.digest]


@pytest.mark.parametrize("digest", ["sha256:../../../../etc/passwd", "sha256:" + "A" * 64, "sha256:", "", "md5:" + "0" * 64])
def test_a_digest_that_is_none_is_refused(store, digest):
    for use in (store.open, store.size_bytes, lambda name: store.delete([name]), lambda name: store.seal("lease", [name])):
        with pytest.raises(DigestInvalidError):
            use(digest)
    with pytest.raises(DigestInvalidError):
        store.writer("lease", BlobRef(digest, 1))


# -- links --


def test_a_link_in_a_blobs_place_is_not_followed(store, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    digest = digest_of(b"secret")
    _place(tmp_path, digest).parent.mkdir()
    _place(tmp_path, digest).symlink_to(secret)
    assert store.size_bytes(digest) is None
    with pytest.raises(BlobDamagedError):
        store.open(digest)
    with pytest.raises(BlobMissingError):
        store.seal("lease", [digest])
    store.delete([digest])
    assert secret.exists()


def test_sealing_replaces_a_link_and_leaves_alone_what_it_points_at(store, tmp_path, samples):
    victim = tmp_path / "victim"
    victim.write_bytes(b"victim")
    blob = samples.write(store, "lease", b"weights")
    _place(tmp_path, blob.digest).parent.mkdir()
    _place(tmp_path, blob.digest).symlink_to(victim)
    store.seal("lease", [blob.digest])
    assert victim.read_bytes() == b"victim"
    assert not _place(tmp_path, blob.digest).is_symlink()


def test_a_link_in_place_of_a_folder_of_blobs_is_not_followed(store, tmp_path, samples):
    blob = samples.write(store, "lease", b"weights")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / hex_of(blob.digest)).write_bytes(b"weights")
    _place(tmp_path, blob.digest).parent.symlink_to(elsewhere)
    for use in (lambda: store.open(blob.digest), lambda: store.seal("lease", [blob.digest]), lambda: store.delete([blob.digest])):
        with pytest.raises(DataFolderInvalidError):
            use()
    assert (elsewhere / hex_of(blob.digest)).exists()


def test_a_link_in_place_of_a_lease_is_not_followed(store, tmp_path, samples):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    (tmp_path / "incoming" / "lease").symlink_to(elsewhere)
    with pytest.raises(DataFolderInvalidError):
        store.writer("lease", samples.ref(b"weights"))
    with pytest.raises(DataFolderInvalidError):
        store.discard("lease")
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]


@pytest.mark.parametrize("name", ["blobs", "incoming"])
def test_a_store_whose_own_folders_are_links_is_not_opened(tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataFolderInvalidError) as caught:
        LocalBlobStore(tmp_path / "data")
    assert name in caught.value.message


def test_a_pipe_in_a_blobs_place_makes_nobody_wait(store, tmp_path):
    digest = digest_of(b"weights")
    _place(tmp_path, digest).parent.mkdir()
    os.mkfifo(_place(tmp_path, digest))
    with pytest.raises(BlobDamagedError):
        store.open(digest)


def test_a_store_that_is_reached_through_a_link_is_fine(tmp_path, samples):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    store = LocalBlobStore(tmp_path / "data")
    store.seal("lease", [samples.write(store, "lease", b"weights").digest])
    store.close()


def test_files_that_are_no_blobs_are_not_listed(store, tmp_path, samples):
    blob = samples.write(store, "lease", b"weights")
    store.seal("lease", [blob.digest])
    shard = _place(tmp_path, blob.digest).parent
    (shard / "README").touch()
    (shard / ("0" * 64 if shard.name != "00" else "f" * 64)).touch()
    assert list(store.digests()) == [blob.digest]


# -- a full disk --


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_while_a_blob_comes_is_told_and_leaves_nothing(store, tmp_path, samples, monkeypatch, number):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFullError) as caught:
        samples.write(store, "lease", b"weights")
    assert caught.value.metadata["needed_bytes"] == "7"
    assert "0.1 MB are needed beside the 16.7 MB that are kept for the catalog, " in caught.value.message
    assert "MB are free" in caught.value.message
    assert "tfreg rm REF --purge" in caught.value.hint
    assert list((tmp_path / "incoming" / "lease").iterdir()) == []


@pytest.mark.parametrize("call", ["fdatasync", "rename", "mkdir"])
def test_a_disk_that_fills_while_sealing_is_told_and_the_seal_can_be_repeated(store, samples, monkeypatch, call):
    blob = samples.write(store, "lease", b"weights")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(StorageFullError):
            store.seal("lease", [blob.digest])
    assert store.size_bytes(blob.digest) is None
    store.seal("lease", [blob.digest])
    assert store.size_bytes(blob.digest) == 7


def test_a_real_limit_of_the_system_is_told(tmp_path, child):
    running = child("write_beyond_limit", tmp_path / "data", 1_000_000)
    out, err = running.communicate(timeout=60)
    assert out == "2000000 []\n", err


# -- threads, descriptors --


def test_a_write_is_not_cut_short_by_a_system_that_writes_less(store, samples, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, chunk: write(fd, chunk[:3]))
    blob = samples.write(store, "lease", b"0123456789")
    store.seal("lease", [blob.digest])
    assert store.size_bytes(blob.digest) == 10


def test_a_lease_discarded_while_a_blob_comes_ends_the_blob(store, samples):
    with store.writer("lease", samples.ref(b"weights")) as writer:
        writer.write(b"weights")
        store.discard("lease")
        with pytest.raises(LeaseNotFoundError):
            writer.finish()


def test_a_blob_that_is_finished_again_while_it_is_sealed_changes_nothing_about_what_was_synced(
    store, tmp_path, samples, monkeypatch
):
    blob = samples.write(store, "lease", b"weights")
    synced = []
    fdatasync = os.fdatasync

    def sync(fd):
        fdatasync(fd)
        synced.append(os.fstat(fd).st_ino)
        samples.write(store, "lease", b"weights")  # the stream repeated: another file under the same name

    monkeypatch.setattr(os, "fdatasync", sync)
    store.seal("lease", [blob.digest])
    assert [_place(tmp_path, blob.digest).stat().st_ino] == synced


def test_of_two_seals_of_the_same_blobs_neither_fails(store, samples, monkeypatch):
    refs = [samples.write(store, "lease", samples.content(number, 20)) for number in range(3)]
    digests = [ref.digest for ref in refs]
    for call in ("link", "fdatasync", "rename"):
        original = getattr(os, call)

        def overtaken(*arguments, call=call, original=original, **options):
            monkeypatch.setattr(os, call, original)
            store.seal("lease", digests)
            return original(*arguments, **options)

        monkeypatch.setattr(os, call, overtaken)
    store.seal("lease", digests)
    assert sorted(store.digests()) == sorted(digests)


def test_a_file_replaced_between_being_looked_up_and_linked_is_sealed(store, samples, monkeypatch):
    blob = samples.write(store, "lease", b"weights")
    link = os.link

    def replaced(*arguments, **options):
        monkeypatch.setattr(os, "link", link)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))  # as Linux says of a file that just lost its last name

    monkeypatch.setattr(os, "link", replaced)
    store.seal("lease", [blob.digest])
    assert store.size_bytes(blob.digest) == 7


def test_a_lease_discarded_while_it_is_sealed_is_told(store, samples, monkeypatch):
    blob = samples.write(store, "lease", b"weights")
    fdatasync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (fdatasync(fd), store.discard("lease")))
    with pytest.raises(BlobMissingError):
        store.seal("lease", [blob.digest])


def test_streams_repeated_while_others_are_sealed_leave_every_blob(store, tmp_path, samples):
    contents = [samples.content(number, 50) for number in range(4)]

    def stream(_):
        refs = [samples.write(store, "lease", content) for content in contents]
        store.seal("lease", [ref.digest for ref in refs])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(stream, range(24)))
    assert sorted(store.digests()) == sorted(digest_of(content) for content in contents)
    store.discard("lease")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_incoming_removed_while_it_is_in_use_is_told(store, tmp_path, samples):
    shutil.rmtree(tmp_path / "incoming")
    with pytest.raises(DataFolderInvalidError, match="Start the server again"):
        store.writer("lease", samples.ref(b"weights"))


def test_no_descriptor_is_left_open(tmp_path, samples):
    before = len(os.listdir("/proc/self/fd"))
    store = LocalBlobStore(tmp_path)
    refs = [samples.write(store, "lease", samples.content(number, 20)) for number in range(30)]
    store.seal("lease", [ref.digest for ref in refs])
    with store.open(refs[0].digest) as reader:
        reader.read_at(0, 1)
    with pytest.raises(BlobNotFoundError):
        store.open(digest_of(b"never"))
    store.discard("lease")
    store.close()
    store.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_incoming_may_be_swept_while_nothing_runs(store, tmp_path, samples):
    samples.write(store, "lease", b"weights")
    shutil.rmtree(tmp_path / "incoming" / "lease")
    store.discard("lease")
    samples.write(store, "lease", b"weights")
