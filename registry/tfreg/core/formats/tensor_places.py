"""From stored tensors to the spans at which files are cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tfreg.core.formats.limits import MIN_CONSTANT_BYTES
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredAs, StoredTensor


def spans_by_file(tensors: Iterable[StoredTensor]) -> Mapping[str, Sequence[Span]]:
    """Returns where the tensors are whose bytes stand in the file as they are, by path, in the order of their offsets.

    Small constants are left out: files are not cut around each bias of a graph.
    """
    spans: dict[str, list[Span]] = {}
    for tensor in tensors:
        if tensor.stored_as is StoredAs.RAW and (tensor.size_bytes >= MIN_CONSTANT_BYTES or not tensor.constant):
            spans.setdefault(tensor.file, []).append(Span(tensor.offset_bytes, tensor.size_bytes))
    return {path: sorted(found, key=lambda span: span.offset_bytes) for path, found in spans.items()}
