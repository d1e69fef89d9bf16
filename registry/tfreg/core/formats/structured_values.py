"""Prints a StructuredValue, the arguments of a trace, as Python prints what TensorFlow decodes it to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tfreg.core.dtypes import dtype_name
from tfreg.wire.structure_pb2 import StructuredValue, TensorSpecProto, TypeSpecProto
from tfreg.wire.tensor_pb2 import TensorProto, TensorShapeProto


def text_of(value: StructuredValue) -> str:
    """Returns `repr` of the value: `True`, `0.5`, `'slow'`, `TensorSpec(shape=(None, 4), dtype=tf.float32, name='x')`."""
    kind = value.WhichOneof("kind")
    return "None" if kind is None else _PRINTERS[kind](getattr(value, kind))


def members_of(value: StructuredValue) -> list[StructuredValue]:
    """Returns the members of a tuple or a list; none for any other value."""
    return list(value.tuple_value.values or value.list_value.values)


def tensor_name_of(value: StructuredValue) -> str:
    """Returns the name of a tensor's spec; empty for any other value."""
    return value.tensor_spec_value.name or value.bounded_tensor_spec_value.name


def _joined(values: Iterable[StructuredValue]) -> str:
    return ", ".join(map(text_of, values))


def _tuple(values: Iterable[StructuredValue]) -> str:
    texts = [text_of(value) for value in values]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _shape(shape: TensorShapeProto) -> str:
    if shape.unknown_rank:
        return "<unknown>"
    sizes = ["None" if dim.size < 0 else str(dim.size) for dim in shape.dim]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _shape_object(shape: TensorShapeProto) -> str:
    if shape.unknown_rank:
        return "TensorShape(None)"
    return f"TensorShape([{', '.join('None' if dim.size < 0 else str(dim.size) for dim in shape.dim)}])"


def _dtype(number: int) -> str:
    return f"tf.{dtype_name(number) or 'invalid'}"


def _tensor_spec(spec: TensorSpecProto) -> str:
    return f"TensorSpec(shape={_shape(spec.shape)}, dtype={_dtype(spec.dtype)}, name={spec.name or None!r})"


def _type_spec(spec: TypeSpecProto) -> str:
    state = spec.type_state
    arguments = _joined(members_of(state)) if members_of(state) else text_of(state)
    return f"{spec.type_spec_class_name or 'TypeSpec'}({arguments})"


def _tensor(tensor: TensorProto) -> str:
    return f"<tensor of dtype {dtype_name(tensor.dtype)} and shape {_shape(tensor.tensor_shape)}>"


_PRINTERS: dict[str, Callable[..., str]] = {
    "none_value": lambda _: "None",
    "float64_value": repr,
    "int64_value": repr,
    "string_value": repr,
    "bool_value": repr,
    "tensor_shape_value": _shape_object,
    "tensor_dtype_value": _dtype,
    "tensor_spec_value": _tensor_spec,
    "bounded_tensor_spec_value": lambda spec: "Bounded" + _tensor_spec(spec),
    "type_spec_value": _type_spec,
    "list_value": lambda found: f"[{_joined(found.values)}]",
    "tuple_value": lambda found: _tuple(found.values),
    "dict_value": lambda found: "{" + ", ".join(f"{key!r}: {text_of(found.fields[key])}" for key in sorted(found.fields)) + "}",
    "named_tuple_value": lambda found: f"{found.name}({', '.join(f'{pair.key}={text_of(pair.value)}' for pair in found.values)})",
    "tensor_value": _tensor,
    "numpy_value": _tensor,
}
