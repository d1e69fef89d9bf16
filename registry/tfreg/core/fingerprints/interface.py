"""Interface fingerprints: what a caller's code depends on, of a whole model and of one signature."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from tfreg.core.digests import digest_of
from tfreg.core.inspections import Inspection, Signature
from tfreg.core.tensors import TensorSpec

_TITLE = "tfreg interface 1"


def interface_fingerprint(inspection: Inspection) -> str:
    """Returns the digest of signature keys, inputs and outputs; empty if the artifact says nothing about them.

    Args:
        inspection: With the declared signatures merged in, if they shall count.
    """
    return _digest(_lines(inspection))


def signature_fingerprint(signature: Signature) -> str:
    """Returns the digest of a signature's key, and of the keys, dtypes and shapes of all its inputs and outputs.

    It is the interface fingerprint of a model that has this signature alone, so it is equal in any format.
    """
    return _digest(_signature(signature, []))


def _digest(lines: Iterable[str]) -> str:
    ordered = sorted(lines, key=str.encode)
    return digest_of("\n".join((_TITLE, *ordered, "")).encode()) if ordered else ""


def _lines(inspection: Inspection) -> Iterator[str]:
    several = len(inspection.meta_graphs) > 1
    for meta_graph in inspection.meta_graphs:
        tags = ["tags", *sorted(set(meta_graph.tags), key=str.encode)] if several else []
        for signature in meta_graph.signatures:
            if not signature.internal:
                yield from _signature(signature, tags)
    if inspection.keras is not None and not any(meta_graph.signatures for meta_graph in inspection.meta_graphs):
        yield from _tensors("input", inspection.keras.inputs, ["keras"])
        yield from _tensors("output", inspection.keras.outputs, ["keras"])


def _signature(signature: Signature, tags: list[str]) -> Iterator[str]:
    of = [*tags, "signature", signature.key]
    yield _line(of)
    yield from _tensors("input", signature.inputs, of)
    yield from _tensors("output", signature.outputs, of)


def _tensors(kind: str, tensors: Sequence[TensorSpec], of: list[str]) -> Iterator[str]:
    for tensor in tensors:
        yield _line([*of, kind, *_described(tensor)])


def _described(tensor: TensorSpec) -> list[object]:
    shape: object = None
    if tensor.has_shape:
        shape = "unknown" if tensor.shape is None else [-1 if size is None else size for size in tensor.shape]
    plain: list[object] = [tensor.key, tensor.dtype, shape]
    return [*plain, tensor.encoding, [_described(part) for part in tensor.components]] if tensor.encoding else plain


def _line(parts: Sequence[object]) -> str:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
