"""Changes of what callers see: tag sets, signatures, their inputs and outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tfreg.core.comparing.difference import InterfaceChange
from tfreg.core.comparing.rules import NOT_COMPARABLE, RULES
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.tensors import Shape, TensorSpec

DEFAULT_SIGNATURE = "serving_default"
_MAX_PARTS = 1000


def interface_changes(before: Inspection, after: Inspection, optional: Collection[str] = ()) -> list[InterfaceChange]:
    """Returns the changes, tag set by tag set.

    Args:
        before: What was.
        after: What is.
        optional: Operations of `after` that need not be fed, since they have a default.
    """
    if _has_signatures(before) == _has_signatures(after) and before.meta_graphs and after.meta_graphs:
        return list(_tag_sets(before.meta_graphs, after.meta_graphs, optional))
    if before.keras or after.keras:
        return list(_of_keras(before, after, optional))
    if before.meta_graphs and after.meta_graphs:
        return list(_tag_sets(before.meta_graphs, after.meta_graphs, optional))
    silent = [side for side in (before, after) if not side.meta_graphs]
    return [_not_comparable(silent[0])] if len(silent) == 1 else []


def _of_keras(before: Inspection, after: Inspection, optional: Collection[str]) -> Iterator[InterfaceChange]:
    """Compares what Keras says with a default signature, or with what Keras says on the other side."""
    named = [_default(side) for side in (before, after)]
    old, new = (_own(side) or default for side, default in zip((before, after), named, strict=True))
    if old is None or new is None:
        yield _not_comparable(before if old is None else after)
    else:
        name = next((default.key for default in named if default), "")
        yield from _of_signature(name, old, new, optional)


def _own(side: Inspection) -> Signature | None:
    """Returns inputs and outputs as Keras names them, where there are no signatures."""
    if side.keras is None or _has_signatures(side) or not (side.keras.inputs or side.keras.outputs):
        return None
    return Signature("", "", side.keras.inputs, side.keras.outputs)


def _default(side: Inspection) -> Signature | None:
    """Returns the signature that a caller means who names none."""
    found = [signature for meta_graph in side.meta_graphs for signature in meta_graph.signatures if not signature.internal]
    default = [signature for signature in found if signature.key == DEFAULT_SIGNATURE]
    return next(iter((*default, *found)), None)


def _not_comparable(side: Inspection) -> InterfaceChange:
    return _change(NOT_COMPARABLE, before=f"a {side.format} has no interface")


def shape_text(tensor: TensorSpec) -> str:
    """Returns a shape as `[?,8]`."""
    if not tensor.has_shape:
        return "unsaid"
    return (
        "unknown rank" if tensor.shape is None else f"[{','.join('?' if size is None else str(size) for size in tensor.shape)}]"
    )


def is_wider(one: Shape, other: Shape) -> bool:
    """True if a shape allows all that another one does."""
    if one is None:
        return True
    return other is not None and len(one) == len(other) and all(a is None or a == b for a, b in zip(one, other, strict=True))


def _change(rule: str, signature: str = "", key: str = "", before: str = "", after: str = "") -> InterfaceChange:
    return InterfaceChange(rule, RULES[rule].breaking, signature, key, before, after)


def _has_signatures(inspection: Inspection) -> bool:
    return any(meta_graph.signatures for meta_graph in inspection.meta_graphs)


def _tag_sets(before: Sequence[MetaGraph], after: Sequence[MetaGraph], optional: Collection[str]) -> Iterator[InterfaceChange]:
    old, new = ({frozenset(one.tags): one for one in reversed(graphs)} for graphs in (before, after))
    if len(old) == len(new) == 1:
        (one,), (other,) = old.values(), new.values()
        if set(one.tags) != set(other.tags) and one.tags and other.tags:
            yield _change("TAG_SET_CHANGED", before=_tags(one), after=_tags(other))
        yield from _signatures("", one, other, optional)
        return
    several = len(old) > 1 or len(new) > 1
    for tags in sorted(old.keys() | new.keys(), key=sorted):
        if tags not in new:
            yield _change("TAG_SET_REMOVED", before=_tags(old[tags]))
        elif tags not in old:
            yield _change("TAG_SET_ADDED", after=_tags(new[tags]))
        else:
            yield from _signatures(f"{_tags(old[tags])} " if several else "", old[tags], new[tags], optional)


def _tags(meta_graph: MetaGraph) -> str:
    return f"{{{','.join(sorted(set(meta_graph.tags)))}}}"


def _signatures(prefix: str, before: MetaGraph, after: MetaGraph, optional: Collection[str]) -> Iterator[InterfaceChange]:
    old, new = (_callable(meta_graph) for meta_graph in (before, after))
    for key in _keys(old, new):
        name = prefix + key
        if key not in new:
            yield _change("SIGNATURE_REMOVED", name, before=_signature_text(old[key]))
        elif key not in old:
            yield _change("SIGNATURE_ADDED", name, after=_signature_text(new[key]))
        else:
            if old[key].method_name != new[key].method_name:
                yield _change("METHOD_NAME_CHANGED", name, before=old[key].method_name, after=new[key].method_name)
            yield from _of_signature(name, old[key], new[key], optional)


def _callable(meta_graph: MetaGraph) -> dict[str, Signature]:
    return {signature.key: signature for signature in meta_graph.signatures if not signature.internal}


def _keys(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return sorted(old.keys() | new.keys(), key=str.encode)


def _of_signature(name: str, before: Signature, after: Signature, optional: Collection[str]) -> Iterator[InterfaceChange]:
    for kind in ("input", "output"):
        old, new = ({tensor.key: tensor for tensor in getattr(one, f"{kind}s")} for one in (before, after))
        for key in _keys(old, new):
            if key not in new:
                yield _change(f"{kind.upper()}_REMOVED", name, key, before=_text(old[key]))
            elif key not in old:
                rule = "OUTPUT_ADDED" if kind == "output" else f"INPUT_ADDED_{_need(new[key], optional)}"
                yield _change(rule, name, key, after=_text(new[key]))
            else:
                yield from _of_tensor(name, kind, old[key], new[key])


def _need(tensor: TensorSpec, optional: Collection[str]) -> str:
    return "OPTIONAL" if tensor.ref is not None and tensor.ref.operation in optional else "REQUIRED"


def _of_tensor(name: str, kind: str, before: TensorSpec, after: TensorSpec) -> Iterator[InterfaceChange]:
    key = before.key
    if before.encoding != after.encoding or len(before.components) != len(after.components):
        yield _change("ENCODING_CHANGED", name, key, before.encoding or "dense", after.encoding or "dense")
    else:
        for old, new in zip(before.components[:_MAX_PARTS], after.components[:_MAX_PARTS], strict=False):
            yield from _of_tensor(name, kind, old, new)
    if before.dtype != after.dtype and before.dtype and after.dtype:
        yield _change("DTYPE_CHANGED", name, key, before.dtype, after.dtype)
    old_shape, new_shape = (tensor.shape if tensor.has_shape else None for tensor in (before, after))
    if old_shape != new_shape:
        yield _change(f"{kind.upper()}_SHAPE_{_widening(old_shape, new_shape)}", name, key, shape_text(before), shape_text(after))
    if before.quantization != after.quantization:
        yield _change("QUANTIZATION_CHANGED", name, key, _quantization(before), _quantization(after))
    if before.ref != after.ref and before.ref is not None and after.ref is not None:
        yield _change("TENSOR_NAME_CHANGED", name, key, str(before.ref), str(after.ref))
    if before.tensor_index != after.tensor_index and None not in (before.tensor_index, after.tensor_index):
        yield _change("TENSOR_INDEX_CHANGED", name, key, str(before.tensor_index), str(after.tensor_index))


def _widening(before: Shape, after: Shape) -> str:
    if is_wider(after, before):
        return "WIDENED"
    return "NARROWED" if is_wider(before, after) else "CHANGED"


def _text(tensor: TensorSpec) -> str:
    return f"{tensor.encoding or tensor.dtype or 'any'} {shape_text(tensor)}"


def _quantization(tensor: TensorSpec) -> str:
    found = tensor.quantization
    return f"scales {list(found.scales[:8])}, zero points {list(found.zero_points[:8])}" if found else "none"


def _signature_text(signature: Signature) -> str:
    inputs, outputs = (", ".join(one.key for one in tensors[:20]) for tensors in (signature.inputs, signature.outputs))
    return f"({inputs}) -> ({outputs})"
