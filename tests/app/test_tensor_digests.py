"""Digests of tensors: from the layout where a tensor was cut at its bounds, else by reading; the same either way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tfreg.app import tensor_digests
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.tensor_digests import TensorDigests
from tfreg.core.digests import Digest, digest_of
from tfreg.core.errors import CancelledError
from tfreg.core.fingerprints.weights import KnownDigests
from tfreg.core.layouts import MAX_BLOB_BYTES, BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import ArtifactRecord
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.digest import value_digest
from tfreg.core.values.lookup import alone
from tfreg.core.values.reading import Values
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog

CONTENT = bytes(range(256)) * 1000


class Sizes(MemoryCatalog):
    """A catalog that knows the sizes of blobs and nothing else."""

    sizes: dict[Digest, int]

    def blob_sizes(self, digests: object) -> dict[Digest, int]:
        return {digest: size for digest, size in self.sizes.items() if digest in list(digests)}  # type: ignore[call-overload]


class BytesBlobs(MemoryBlobStore):
    """Blobs by their bytes."""

    contents: dict[Digest, bytes]

    def open(self, digest: Digest) -> object:  # type: ignore[override]
        from tfreg.core.trees import BytesReader

        return BytesReader(self.contents[digest])


@pytest.fixture
def stores() -> Stores:
    stores = Stores(BytesBlobs(), Sizes())
    stores.catalog.sizes, stores.blobs.contents = {}, {}  # type: ignore[attr-defined]
    return stores


def extent(stores: Stores, content: bytes, start: int = 0, end: int | None = None) -> BlobExtent:
    digest = digest_of(content)
    stores.catalog.sizes[digest], stores.blobs.contents[digest] = len(content), content  # type: ignore[attr-defined]
    return BlobExtent(digest, start, (len(content) if end is None else end) - start)


def digests(stores: Stores, layout: FileLayout, tensor: StoredTensor) -> Iterator[object]:
    """Yields what the layout says, and the digest."""
    manifest = manifest_of([ManifestFile("f", layout.size_bytes, digest_of(b""))])
    artifact = ArtifactRecord(digest_of(b"a"), "frozen_graph", manifest, (layout,))
    with Values(StoredTree("a", artifact.layouts, stores.blobs), [tensor]) as values:
        found = TensorDigests(stores, artifact, values)
        yield found.known(tensor)
        yield found.of(alone(tensor))
        yield found.read_bytes


def test_a_tensor_that_is_a_blob_of_its_own_is_not_read(stores: Stores) -> None:
    layout = FileLayout("f", (InlineExtent(b"head"), extent(stores, CONTENT), extent(stores, b"tail")))
    known, digest, read = digests(stores, layout, StoredTensor("t", "uint8", (256_000,), "f", 4, 256_000))
    assert known == digest == value_digest([CONTENT])
    assert read == 0


def test_a_tensor_of_several_pieces_has_the_digest_of_its_blobs(stores: Stores) -> None:
    content = CONTENT * 70
    pieces = [extent(stores, content[:MAX_BLOB_BYTES]), extent(stores, content[MAX_BLOB_BYTES:])]
    tensor = StoredTensor("t", "float32", (len(content) // 4,), "f", 0, len(content))
    known, digest, read = digests(stores, FileLayout("f", tuple(pieces)), tensor)
    assert known == digest == value_digest([content])
    assert read == 0


def test_a_tensor_within_a_blob_or_across_cuts_is_read(stores: Stores) -> None:
    tensor = StoredTensor("t", "uint8", (1000,), "f", 100, 1000)
    for extents in (
        (extent(stores, CONTENT),),
        (extent(stores, CONTENT[:600]), extent(stores, CONTENT[600:])),
        (InlineExtent(CONTENT[:100]), extent(stores, CONTENT[100:], 0, 1000)),
    ):
        known, digest, read = digests(stores, FileLayout("f", extents), tensor)
        assert known is None
        assert digest == value_digest([CONTENT[100:1100]])
        assert read == 1000


def test_strings_and_packed_integers_are_read_whatever_the_layout(stores: Stores) -> None:
    packed = b"\x21\x43"
    known, digest, _ = digests(stores, FileLayout("f", (extent(stores, packed),)), StoredTensor("t", "int4", (4,), "f", 0, 2))
    assert known is None
    assert digest == value_digest([b"\x01\x02\x03\x04"])


def test_tensors_that_lie_in_the_same_bytes_are_read_up_to_a_bound(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensor_digests, "_SPARE_BYTES", 0)
    layout = FileLayout("f", (extent(stores, CONTENT),))
    tensors = [StoredTensor(f"t{at}", "uint8", (len(CONTENT) - 100,), "f", at, len(CONTENT) - 100) for at in range(1, 50)]
    manifest = manifest_of([ManifestFile("f", layout.size_bytes, digest_of(b""))])
    artifact = ArtifactRecord(digest_of(b"a"), "frozen_graph", manifest, (layout,))
    with Values(StoredTree("a", artifact.layouts, stores.blobs), tensors) as values:
        known = KnownDigests(TensorDigests(stores, artifact, values))
        found = [known.of(alone(tensor)) for tensor in tensors]
    assert [digest is not None for digest in found] == [True] * 4 + [False] * 45


def test_reading_ends_when_nobody_waits_for_it(stores: Stores) -> None:
    layout = FileLayout("f", (extent(stores, CONTENT),))
    tensor = StoredTensor("t", "uint8", (1000,), "f", 100, 1000)
    artifact = ArtifactRecord(digest_of(b"a"), "frozen_graph", manifest_of([ManifestFile("f", 1, digest_of(b""))]), (layout,))
    with Values(StoredTree("a", artifact.layouts, stores.blobs), [tensor]) as values:
        known = KnownDigests(TensorDigests(stores, artifact, values, lambda: False))
        with pytest.raises(CancelledError):
            known.of(alone(tensor))
