"""Digests of tensors by reading them."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.digests import Digest
from tfreg.core.errors import TfregError
from tfreg.core.files import FileTree
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.digest import value_digest
from tfreg.core.values.lookup import Found

_CHUNK_BYTES = 1 << 20


class ReadDigests:
    """See `weights.TensorDigests`. Each value is read once."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._known: dict[str, Digest | None] = {}

    def of(self, found: Found) -> Digest | None:
        """See `weights.TensorDigests`."""
        if found.name not in self._known:
            try:
                self._known[found.name] = value_digest(self._chunks(found))
            except TfregError:
                self._known[found.name] = None
        return self._known[found.name]

    def _chunks(self, found: Found) -> Iterator[bytes]:
        tensor = found.tensors[0]
        with self._tree.open(tensor.file) as reader:
            for start in range(0, tensor.size_bytes, _CHUNK_BYTES):
                yield reader.read_at(tensor.offset_bytes + start, min(_CHUNK_BYTES, tensor.size_bytes - start))


__all__ = ["ReadDigests", "StoredAs", "StoredTensor"]
