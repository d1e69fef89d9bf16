"""Blobs are known to the catalog only once they are durable, in groups; what is whole is kept."""

import pytest

from tfreg.app import receiving
from tfreg.app.file_digests import FileDigests
from tfreg.app.receiving import Reception
from tfreg.app.stores import Stores
from tfreg.core.digests import digest_of
from tfreg.core.errors import BlobMissingError, LeaseNotFoundError
from tfreg.core.records import BlobRef
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog


class Diary:
    """Stores that write down what happens in which order."""

    def __init__(self) -> None:
        self.events: list[str] = []
        diary = self.events

        class Blobs(MemoryBlobStore):
            def seal(self, lease_id, digests):
                diary.append(f"seal {len(digests)}")
                super().seal(lease_id, digests)

        class Catalog(MemoryCatalog):
            def add_blobs(self, lease_id, blobs, now_ms):
                diary.append(f"add {len(blobs)}")
                super().add_blobs(lease_id, blobs, now_ms)

        self.stores = Stores(Blobs(), Catalog(), lambda: 1000)


def _ref(content: bytes) -> BlobRef:
    return BlobRef(digest_of(content), len(content))


def _leased(stores: Stores, contents: list[bytes]) -> str:
    return stores.catalog.lease_blobs("", list(map(_ref, contents)), 10**9, 1000)[0].id


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def digests(diary):
    made = FileDigests(diary.stores.blobs)
    yield made
    made.close()


def _receive(reception: Reception, contents: list[bytes]) -> None:
    for content in contents:
        reception.start(_ref(content))
        reception.data(content[:3])
        reception.data(memoryview(content)[3:])


def test_bytes_are_durable_before_their_rows_are_written(diary, digests, monkeypatch) -> None:
    monkeypatch.setattr(receiving, "GROUP_BLOBS", 4)
    contents = [b"blob %d" % index for index in range(10)]
    with Reception(diary.stores, digests, _leased(diary.stores, contents)) as reception:
        _receive(reception, contents)
        assert reception.finish() == (10, 60)
    assert diary.events == ["seal 4", "add 4", "seal 4", "add 4", "seal 2", "add 2"]


def test_groups_end_by_size_too(diary, digests, monkeypatch) -> None:
    monkeypatch.setattr(receiving, "GROUP_BYTES", 10)
    contents = [b"blob %d" % index for index in range(4)]
    with Reception(diary.stores, digests, _leased(diary.stores, contents)) as reception:
        _receive(reception, contents)
        reception.finish()
    assert diary.events == ["seal 2", "add 2", "seal 2", "add 2"]


def test_a_broken_stream_keeps_the_blobs_that_were_whole(diary, digests) -> None:
    contents = [b"first!", b"second"]
    lease_id = _leased(diary.stores, contents)

    def stream() -> None:
        with Reception(diary.stores, digests, lease_id) as reception:
            _receive(reception, contents[:1])
            reception.start(_ref(contents[1]))
            reception.data(b"sec")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        stream()
    digests = {digest_of(content) for content in contents}
    assert digests - diary.stores.catalog.blob_sizes(list(digests)).keys() == {digest_of(b"second")}
    assert diary.stores.blobs.size_bytes(digest_of(b"second")) is None


def test_a_failing_seal_fails_the_stream_and_writes_no_row(diary, digests, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise BlobMissingError("gone")

    monkeypatch.setattr(diary.stores.blobs, "seal", fail)
    lease_id = _leased(diary.stores, [b"content"])

    def stream() -> None:
        with Reception(diary.stores, digests, lease_id) as reception:
            _receive(reception, [b"content"])
            reception.finish()

    with pytest.raises(BlobMissingError):
        stream()
    assert diary.events == []


def test_a_lease_that_expired_takes_nothing(digests) -> None:
    stores = Stores(MemoryBlobStore(), MemoryCatalog(), lambda: 2 * 10**9)
    lease_id = _leased(stores, [b"content"])
    with pytest.raises(LeaseNotFoundError), Reception(stores, digests, lease_id):
        pass
