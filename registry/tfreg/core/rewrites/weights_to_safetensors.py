"""Weights of any format as .safetensors: a header, and behind it the bytes of each, those of the longest elements first."""

from __future__ import annotations

from tfreg.core.conversions.targets import target_named
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import ConversionRefusedError, RequestInvalidError
from tfreg.core.rewrites.pieces import Inline, Piece, RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.weights.writable import Writable, writable
from tfreg.core.values.safetensors import safetensors_dtype, safetensors_head


def rewrite(request: RewriteRequest) -> Rewritten:
    """Makes the file.

    Raises:
        ConversionRefusedError: There are no weights, or none that the format can hold, or too many.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    weights, notes = writable(request, lambda one: safetensors_dtype(one.header))
    weights.sort(key=_element_bytes, reverse=True)  # so that each is aligned
    try:
        head = safetensors_head([one.header for one in weights])
    except RequestInvalidError as error:
        raise ConversionRefusedError(error.message, hint=error.hint) from None
    pieces: list[Piece] = [Inline(head), *(piece for one in weights for piece in one.weight.pieces)]
    return Rewritten(RewrittenTree({target_named(request.target).file_name: pieces}), notes=tuple(notes))


def _element_bytes(one: Writable) -> int:
    return element_size_bytes(one.header.dtype) or 1
