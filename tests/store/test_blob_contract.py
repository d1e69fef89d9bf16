"""What every blob store promises. tests/store/conftest.py says which stores these are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import BlobMissingError, BlobNotFoundError, DigestMismatchError, SizeMismatchError, StorageFullError
from tfreg.core.records import BlobRef


def test_a_blob_is_not_there_before_it_is_sealed(blobs, samples):
    blob = samples.write(blobs, "lease", b"weights")
    assert blobs.size_bytes(blob.digest) is None
    assert list(blobs.digests()) == []
    with pytest.raises(BlobNotFoundError) as caught:
        blobs.open(blob.digest)
    assert blob.digest in caught.value.message


def test_a_sealed_blob_is_read_at_any_offset(blobs, samples):
    blob = samples.write(blobs, "lease", b"0123456789")
    blobs.seal("lease", [blob.digest])
    assert blobs.size_bytes(blob.digest) == 10
    with blobs.open(blob.digest) as reader:
        assert reader.size_bytes == 10
        assert reader.read_at(0, 10) == b"0123456789"
        assert reader.read_at(3, 4) == b"3456"
        assert reader.read_at(8, 100) == b"89"
        assert reader.read_at(10, 1) == b""


def test_bytes_come_in_any_number_of_chunks(blobs):
    content = bytes(range(256)) * 40
    blob = BlobRef(digest_of(content), len(content))
    with blobs.writer("lease", blob) as writer:
        for start in range(0, len(content), 999):
            writer.write(memoryview(content)[start : start + 999])
        writer.finish()
    blobs.seal("lease", [blob.digest])
    with blobs.open(blob.digest) as reader:
        assert reader.read_at(0, len(content)) == content


def test_leaving_without_finish_throws_the_bytes_away(blobs):
    blob = BlobRef(digest_of(b"weights"), 7)
    with blobs.writer("lease", blob) as writer:
        writer.write(b"weights")
    with pytest.raises(BlobMissingError):
        blobs.seal("lease", [blob.digest])


def test_bytes_with_another_digest_are_refused(blobs, samples):
    blob = BlobRef(digest_of(b"weights"), 7)
    with pytest.raises(DigestMismatchError) as caught:
        samples.send(blobs, "lease", blob, b"WEIGHTS")
    assert caught.value.metadata == {"digest": blob.digest, "actual": digest_of(b"WEIGHTS")}
    with pytest.raises(BlobMissingError):
        blobs.seal("lease", [blob.digest])


def test_fewer_bytes_than_announced_are_refused(blobs, samples):
    with pytest.raises(SizeMismatchError):
        samples.send(blobs, "lease", BlobRef(digest_of(b"weights"), 7), b"weight")


def test_more_bytes_than_announced_are_refused_as_soon_as_they_come(blobs):
    with pytest.raises(SizeMismatchError), blobs.writer("lease", BlobRef(digest_of(b"weights"), 7)) as writer:
        writer.write(b"weights!")


def test_a_refused_blob_can_be_sent_again(blobs, samples):
    with pytest.raises(SizeMismatchError), blobs.writer("lease", BlobRef(digest_of(b"weights"), 7)) as writer:
        writer.finish()
    blob = samples.write(blobs, "lease", b"weights")
    blobs.seal("lease", [blob.digest])
    assert blobs.size_bytes(blob.digest) == 7


def test_a_store_that_lacks_one_of_the_blobs_seals_none(blobs, samples):
    there = samples.write(blobs, "lease", b"there")
    gone = digest_of(b"gone")
    with pytest.raises(BlobMissingError) as caught:
        blobs.seal("lease", [there.digest, gone])
    assert caught.value.metadata["missing"] == gone
    assert blobs.size_bytes(there.digest) is None


def test_sealing_what_is_there_already_is_fine(blobs, samples):
    blob = samples.write(blobs, "first", b"weights")
    blobs.seal("first", [blob.digest, blob.digest])
    blobs.seal("first", [blob.digest])
    blobs.seal("a lease that never was".replace(" ", "-"), [blob.digest])
    assert list(blobs.digests()) == [blob.digest]


def test_sealing_nothing_is_fine(blobs):
    blobs.seal("lease", [])


def test_the_same_blob_may_come_under_two_leases(blobs, samples):
    for lease in ("first", "second"):
        blob = samples.write(blobs, lease, b"weights")
    blobs.seal("first", [blob.digest])
    blobs.seal("second", [blob.digest])
    assert list(blobs.digests()) == [blob.digest]


def test_two_streams_may_send_the_same_blob_under_one_lease(blobs):
    content = b"weights"
    blob = BlobRef(digest_of(content), len(content))
    with blobs.writer("lease", blob) as one, blobs.writer("lease", blob) as other:
        one.write(content)
        other.write(content[:3])
        one.finish()
        blobs.seal("lease", [blob.digest])
        other.write(content[3:])
        other.finish()
    blobs.seal("lease", [blob.digest])
    with blobs.open(blob.digest) as reader:
        assert reader.read_at(0, 100) == content


def test_a_blob_may_be_empty(blobs, samples):
    blob = samples.write(blobs, "lease", b"")
    blobs.seal("lease", [blob.digest])
    assert blobs.size_bytes(blob.digest) == 0


def test_discard_throws_away_what_was_not_sealed_and_nothing_else(blobs, samples):
    sealed = samples.write(blobs, "lease", b"sealed")
    blobs.seal("lease", [sealed.digest])
    loose = samples.write(blobs, "lease", b"loose")
    other = samples.write(blobs, "other", b"other")
    blobs.discard("lease")
    blobs.discard("lease")
    blobs.discard("unknown")
    with pytest.raises(BlobMissingError):
        blobs.seal("lease", [loose.digest])
    blobs.seal("other", [other.digest])
    assert set(blobs.digests()) == {sealed.digest, other.digest}


def test_deleting_takes_away_and_what_is_not_there_is_fine(blobs, samples):
    blob = samples.write(blobs, "lease", b"weights")
    blobs.seal("lease", [blob.digest])
    blobs.delete([blob.digest, digest_of(b"never")])
    blobs.delete([blob.digest])
    assert blobs.size_bytes(blob.digest) is None
    assert list(blobs.digests()) == []


def test_an_open_reader_goes_on_after_its_blob_was_deleted(blobs, samples):
    blob = samples.write(blobs, "lease", b"weights")
    blobs.seal("lease", [blob.digest])
    with blobs.open(blob.digest) as reader:
        blobs.delete([blob.digest])
        assert reader.read_at(0, 7) == b"weights"


def test_a_deleted_blob_can_come_again(blobs, samples):
    for _ in range(2):
        blob = samples.write(blobs, "lease", b"weights")
        blobs.seal("lease", [blob.digest])
        blobs.delete([blob.digest])


def test_many_blobs_are_sealed_at_once(blobs, samples):
    refs = [samples.write(blobs, "lease", samples.content(number, 50)) for number in range(300)]
    blobs.seal("lease", [ref.digest for ref in refs])
    assert set(blobs.digests()) == {ref.digest for ref in refs}


def test_there_is_no_room_for_more_than_the_disk_has(blobs, samples):
    blobs.check_room(1)
    with pytest.raises(StorageFullError) as caught:
        blobs.check_room(2**62)
    assert caught.value.metadata["needed_bytes"] == str(2**62)
    assert int(caught.value.metadata["free_bytes"]) < 2**62
    with pytest.raises(StorageFullError):
        blobs.writer("lease", BlobRef(digest_of(b"huge"), 2**62))


def test_threads_write_seal_and_read_at_the_same_time(blobs, samples):
    def push(number: int) -> None:
        lease = f"lease-{number % 3}"
        content = samples.content(number % 20, 5000)
        blob = samples.write(blobs, lease, content)
        blobs.seal(lease, [blob.digest])
        with blobs.open(blob.digest) as reader:
            assert reader.read_at(0, 5000) == content

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(push, range(200)))
    assert len(list(blobs.digests())) == 20
