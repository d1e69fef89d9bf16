"""New nodes: placeholders and identities."""

from __future__ import annotations

from tfreg.core.dtypes import dtype_number
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.resolving.nearest import shown
from tfreg.core.tensors import Shape, TensorSpec
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.tensor_pb2 import TensorShapeProto

_UNFEEDABLE = frozenset({"resource", "variant"})


def placeholder(name: str, spec: TensorSpec) -> NodeDef:
    """Returns a Placeholder with the dtype and shape of `spec`.

    Raises:
        ConversionRefusedError: Its dtype is not known, or nobody can feed it.
    """
    node = NodeDef(name=name, op="Placeholder")
    set_dtype(node, "dtype", spec)
    set_shape(node.attr["shape"].shape, spec.shape if spec.has_shape else None)
    return node


def identity(name: str, tensor: str, spec: TensorSpec, device: str = "") -> NodeDef:
    """Returns an Identity of a tensor, as tf.identity would make it.

    Raises:
        ConversionRefusedError: The tensor's dtype is not known.
    """
    node = NodeDef(name=name, op="Identity", input=[tensor], device=device)
    set_dtype(node, "T", spec, unfeedable=frozenset())
    return node


def set_dtype(node: NodeDef, attr: str, spec: TensorSpec, unfeedable: frozenset[str] = _UNFEEDABLE) -> None:
    """Sets an attribute to the dtype of `spec`.

    Raises:
        ConversionRefusedError: It is not known, or `unfeedable`.
    """
    number = dtype_number(spec.dtype)
    if number is None:
        raise ConversionRefusedError(
            f"The dtype of the tensor {shown(str(spec.ref))} is not known, so no node can be put in its place.",
            hint="Name another tensor.",
            tensor=str(spec.ref),
        )
    if spec.dtype in unfeedable:
        raise ConversionRefusedError(
            f"The tensor {shown(str(spec.ref))} is a {spec.dtype}, which nobody can feed.",
            hint="Name the tensors that are read from it.",
            tensor=str(spec.ref),
        )
    node.attr[attr].type = number  # type: ignore[assignment]  # a number of the enum


def set_shape(proto: TensorShapeProto, shape: Shape) -> None:
    """Writes a shape into a message."""
    proto.Clear()
    proto.SetInParent()
    if shape is None:
        proto.unknown_rank = True
        return
    for size in shape:
        proto.dim.add(size=-1 if size is None else size)
