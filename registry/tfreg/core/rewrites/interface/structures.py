"""The tensors in the arguments and results of a traced function, in the order in which TensorFlow flattens them.

Dicts are flattened by their sorted keys, None gives nothing (tensorflow/python/util/nest.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfreg.core.dtypes import dtype_name
from tfreg.core.formats.structured_values import members_of, text_of
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape
from tfreg.wire.structure_pb2 import StructuredValue, TensorSpecProto

_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class FlatTensor:
    """A tensor of a structure.

    Attributes:
        path: Keys and positions that lead to it, joined by `_`: `a`, `output_0`, `inputs_b_1`.
        name: The name of its spec; may be empty.
        dtype: As in `TensorSpec`; empty if the structure holds a composite tensor, of which nothing more is said.
        shape: Its shape.
    """

    path: str
    name: str
    dtype: str
    shape: Shape


def flat_tensors(value: StructuredValue, path: str = "", depth: int = 0) -> Iterator[FlatTensor]:
    """Yields the tensors of a structure; plain values give none."""
    kind = value.WhichOneof("kind")
    if kind is None or depth > _MAX_DEPTH:
        return
    if kind in ("tensor_spec_value", "bounded_tensor_spec_value"):
        spec: TensorSpecProto = getattr(value, kind)
        yield FlatTensor(path, spec.name, dtype_name(spec.dtype), shape_of(spec.shape))
    elif kind == "type_spec_value":
        yield FlatTensor(path, "", "", None)
    else:
        for key, member in _members(value, kind):
            yield from flat_tensors(member, f"{path}_{key}" if path else key, depth + 1)


def output_tensors(value: StructuredValue) -> list[FlatTensor]:
    """Returns what a function returns under the keys that TensorFlow would give a signature: a dict's own, else `output_0` and so on."""
    kind = value.WhichOneof("kind")
    if kind in ("dict_value", "named_tuple_value"):
        return list(flat_tensors(value))
    if kind in ("list_value", "tuple_value"):
        return [found for at, member in enumerate(members_of(value)) for found in flat_tensors(member, f"output_{at}")]
    return list(flat_tensors(value, "output_0"))


def written_arguments(arguments: list[tuple[str, StructuredValue]]) -> tuple[str, ...]:
    """Returns each argument as a `--spec` names it: `x: float32[?,4]`, `training=False`."""
    return tuple(text for name, value in arguments for text in _written(name, value))


def written_tensor(name: str, dtype: str, shape: Shape) -> str:
    """Returns a tensor as a `--spec` names it; without brackets if not even its rank is known."""
    sizes = "" if shape is None else "[" + ",".join("?" if size is None else str(size) for size in shape) + "]"
    return f"{name}: {dtype}{sizes}"


def _written(name: str, value: StructuredValue) -> Iterator[str]:
    tensors = list(flat_tensors(value, name))
    if not tensors or any(not tensor.dtype for tensor in tensors):
        yield f"{name}={text_of(value)}"
    else:
        yield from (written_tensor(tensor.name or tensor.path, tensor.dtype, tensor.shape) for tensor in tensors)


def _members(value: StructuredValue, kind: str) -> Iterator[tuple[str, StructuredValue]]:
    if kind == "dict_value":
        yield from ((key, value.dict_value.fields[key]) for key in sorted(value.dict_value.fields))
    elif kind == "named_tuple_value":
        yield from ((pair.key, pair.value) for pair in value.named_tuple_value.values)
    else:
        yield from ((str(at), member) for at, member in enumerate(members_of(value)))
