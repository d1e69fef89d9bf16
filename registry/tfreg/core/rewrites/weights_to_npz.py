"""Weights of any format as numpy's .npz: an archive with a .npy for each, called as the weight is."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.zip_writing import write_zip
from tfreg.core.conversions.targets import target_named
from tfreg.core.rewrites.pieces import Computed, Inline, Piece, RewrittenTree, chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.weights.writable import Writable, writable
from tfreg.core.values.npy import npy_chunks, npy_dtype, npy_head, widened

_BFLOAT16, _STRING = "bfloat16", "string"


def rewrite(request: RewriteRequest) -> Rewritten:
    """Makes the archive.

    Raises:
        ConversionRefusedError: There are no weights, or none that numpy's files can hold.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    weights, notes = writable(request, _dtype)
    members = {f"{one.header.name}.npy": _npy(one) for one in weights}
    return Rewritten(RewrittenTree({target_named(request.target).file_name: write_zip(members)}), notes=tuple(notes))


def _dtype(one: Writable) -> str:
    """Returns the dtype in the file. Of texts it shows only once they are read whether numpy's files can hold them."""
    dtype = npy_dtype(one.header)
    if dtype == _STRING:
        for _ in _texts(one):
            break
    return dtype


def _npy(one: Writable) -> list[Piece]:
    pieces, dtype = one.weight.pieces, one.header.dtype
    if dtype == _STRING:
        return [Computed(sum(map(len, _texts(one))), lambda: _texts(one))]
    if dtype == _BFLOAT16:
        pieces = (Computed(2 * one.weight.size_bytes, lambda: map(widened, chunks_of(one.weight.pieces))),)
    return [Inline(npy_head(one.header)), *pieces]


def _texts(one: Writable) -> Iterator[bytes]:
    return npy_chunks(one.header, chunks_of(one.weight.pieces))
