"""SignatureDefs to `inspections.Signature`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.dtypes import dtype_name
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.meta_graph import INTERNAL_SIGNATURES, MetaGraphParts, ref_of
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.structured_values import members_of
from tfreg.core.inspections import Signature
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape, TensorSpec
from tfreg.wire.meta_graph_pb2 import TensorInfo
from tfreg.wire.structure_pb2 import TypeSpecProto

SPARSE = "sparse"
"""Encoding of a sparse tensor; its components are values, indices and dense shape, in this order."""
COMPOSITE = "composite"
"""Encoding of a composite tensor whose type spec is not named."""

_COMPONENTS: dict[int, tuple[str, ...]] = {
    TypeSpecProto.RAGGED_TENSOR_SPEC: ("flat_values",),
    TypeSpecProto.SPARSE_TENSOR_SPEC: ("indices", "values", "dense_shape"),
    TypeSpecProto.INDEXED_SLICES_SPEC: ("values", "indices", "dense_shape"),
}
"""In the order of each type spec's `_to_components`; the row splits of a ragged tensor follow, the outermost first."""


def signatures_of(parts: MetaGraphParts, tensors: Allowance) -> Iterator[Signature]:
    """Yields the signatures, sorted by key's UTF-8 bytes.

    Args:
        parts: Where they are.
        tensors: How many tensors they may have.

    Raises:
        LimitError: They have more.
    """
    for key, found in sorted(parts.signatures.items(), key=lambda item: item[0].encode()):
        inputs, outputs = _specs(found.inputs, tensors), _specs(found.outputs, tensors)
        yield Signature(key, found.method_name, inputs, outputs, internal=key in INTERNAL_SIGNATURES)


def operations_named(signatures: Iterable[Signature]) -> frozenset[str]:
    """Returns the operations that the signatures name."""
    return frozenset(spec.ref.operation for signature in signatures for spec in _plain(signature) if spec.ref)


def check_signatures(signatures: Iterable[Signature], existing: frozenset[str], file: str, problems: Problems) -> None:
    """Says which tensors of signatures are not among the `existing` operations, and which are composite."""
    for signature in signatures:
        for spec in _plain(signature):
            if spec.ref is not None and spec.ref.operation not in existing:
                problems.error(
                    "TFR201",
                    f"The signature {signature.key!r} names {str(spec.ref)!r} for {spec.key!r}, which the graph does not have.",
                    "Export the model again.",
                    file=file,
                    operation=spec.ref.operation,
                    signature=signature.key,
                )
        composite = [spec.key for spec in (*signature.inputs, *signature.outputs) if spec.encoding]
        if composite:
            problems.warn(
                "TFR204",
                f"The signature {signature.key!r} has composite tensors: {', '.join(composite)}. "
                "TensorFlow Java's SavedModelBundle cannot load the model; tfreg-tensorflow can.",
                "Export it with a signature of plain tensors.",
                file=file,
                signature=signature.key,
            )


def _specs(infos: Mapping[str, TensorInfo], allowed: Allowance) -> tuple[TensorSpec, ...]:
    return tuple(_spec(key, infos[key], allowed) for key in sorted(infos, key=str.encode))


def _spec(key: str, info: TensorInfo, allowed: Allowance) -> TensorSpec:
    allowed.take(1)
    encoding, components = "", tuple[TensorSpec, ...]()
    has_shape, shape = info.HasField("tensor_shape"), shape_of(info.tensor_shape)
    if info.HasField("coo_sparse"):
        allowed.take(3)
        encoding, components = SPARSE, _sparse_components(info, shape if has_shape else None)
    elif info.HasField("composite_tensor"):
        return _composite(key, info, allowed)
    ref = None if encoding else ref_of(info.name)
    return TensorSpec(key, ref, dtype_name(info.dtype), shape, has_shape, components, encoding)


def _composite(key: str, info: TensorInfo, allowed: Allowance) -> TensorSpec:
    """Returns a tensor of several tensors. Its dtype and shape stand first in what its type spec's constructor takes."""
    spec = info.composite_tensor.type_spec
    parts = info.composite_tensor.components
    keys = _component_keys(spec.type_spec_class, len(parts))
    components = tuple(_spec(part_key, part, allowed) for part_key, part in zip(keys, parts, strict=True))
    arguments = members_of(spec.type_state)
    shapes = [value.tensor_shape_value for value in arguments[:1] if value.HasField("tensor_shape_value")]
    dtypes = [value.tensor_dtype_value for value in arguments[1:2] if value.HasField("tensor_dtype_value")]
    return TensorSpec(
        key,
        None,
        dtype_name(dtypes[0] if dtypes else info.dtype),
        shape_of(shapes[0] if shapes else info.tensor_shape),
        bool(shapes) or info.HasField("tensor_shape"),
        components,
        spec.type_spec_class_name or COMPOSITE,
    )


def _component_keys(type_spec_class: int, count: int) -> Iterator[str]:
    """Yields names for the components as TensorFlow's own classes call them; of other classes, their numbers."""
    named = _COMPONENTS.get(type_spec_class, ())
    for number in range(count):
        if number < len(named):
            yield named[number]
        elif type_spec_class == TypeSpecProto.RAGGED_TENSOR_SPEC:
            yield f"row_splits_{number - len(named)}"
        else:
            yield str(number)


def _sparse_components(info: TensorInfo, shape: Shape) -> tuple[TensorSpec, ...]:
    sparse, rank = info.coo_sparse, None if shape is None else len(shape)
    return (
        TensorSpec("values", ref_of(sparse.values_tensor_name), dtype_name(info.dtype), (None,)),
        TensorSpec("indices", ref_of(sparse.indices_tensor_name), "int64", (None, rank)),
        TensorSpec("dense_shape", ref_of(sparse.dense_shape_tensor_name), "int64", (rank,)),
    )


def _plain(signature: Signature) -> Iterator[TensorSpec]:
    """Yields the plain tensors of a signature, those within composite ones under the composite's key."""
    for spec in (*signature.inputs, *signature.outputs):
        yield from _leaves(spec)


def _leaves(spec: TensorSpec) -> Iterator[TensorSpec]:
    if not spec.encoding:
        yield spec
    for component in spec.components:
        yield from _leaves(component)
