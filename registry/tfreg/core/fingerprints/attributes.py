"""Attributes of a node in a canonical text: those that change what the node computes, without defaults and redundant types.

`attr_defaults.txt` lists, per op of TensorFlow 2.21, the defaults that are neither zero nor empty; a fixture tool of the tests writes it.
Exporters strip defaults and freezers do not, and newer releases add attributes, so a default and nothing are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tfreg.core.dtypes import dtype_name
from tfreg.core.fingerprints.frames import GaveUpError
from tfreg.core.fingerprints.literals import literal_digest
from tfreg.core.ops.table import lookup
from tfreg.core.shapes import shape_of

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

NOISE = frozenset(
    {
        "allowed_devices",
        "config",
        "config_proto",
        "container",
        "debug_name",
        "executor_type",
        "frame_name",
        "is_constant",
        "output_shapes",
        "parallel_iterations",
        "shared_name",
        "swap_memory",
        "use_cudnn_on_gpu",
        "validate_indices",
        "validate_shape",
    }
)
"""Names, places and how fast: not what is computed."""
_EMPTY = frozenset({"", "b:0", "i:0", "s:", "f:0x0.0p+0", "list:", "t:"})
_MAX_HEX_BYTES = 64
_LETTERS = {"type": "t"}


def canonical_attributes(op: str, attributes: Mapping[str, AttrValue]) -> str:
    """Returns the text; functions are left out, for they are compared by what they compute."""
    redundant, defaults = _redundant(op), _defaults().get(op, {})
    parts: list[str] = []
    for name, value in attributes.items():
        if name in redundant or name in NOISE or name.startswith("_"):
            continue
        text = attribute_text(value)
        default = defaults.get(name)
        if text != default and (default is not None or text not in _EMPTY):
            parts.append(f"{name}={text}")
    return " ".join(sorted(parts))


def attribute_text(value: AttrValue) -> str:
    """Returns an attribute as text; empty for a function."""
    kind = value.WhichOneof("value")
    if kind == "list":
        return _list_text(value.list)
    return _one_text(kind, getattr(value, kind)) if kind and kind != "func" else ""


def _list_text(values: AttrValue.ListValue) -> str:
    for kind in ("s", "i", "f", "b", "type", "shape", "tensor"):
        found = getattr(values, kind)
        if found:
            return f"list:{','.join(_one_text(kind, one) for one in found)}"
    return "list:"


def _one_text(kind: str, value: object) -> str:
    match value:
        case bytes():
            text = value.hex() if len(value) <= _MAX_HEX_BYTES else hashlib.sha256(value).hexdigest()
        case float():
            text = value.hex()
        case int():
            text = dtype_name(value) if kind == "type" else str(int(value))
        case str():
            text = value
        case _:
            text = _message_text(kind, value)
    return f"{_LETTERS.get(kind, kind)}:{text}"


def _message_text(kind: str, value: object) -> str:
    from tfreg.wire.tensor_pb2 import TensorProto, TensorShapeProto

    if kind == "tensor":
        digest = literal_digest(cast(TensorProto, value))
        if digest is None:
            raise GaveUpError("an attribute is a tensor that cannot be read")
        return digest
    shape = shape_of(cast(TensorShapeProto, value)) if kind == "shape" else None
    return "?" if shape is None else f"[{','.join('-1' if size is None else str(size) for size in shape)}]"


@cache
def _redundant(op: str) -> frozenset[str]:
    """Attributes that only repeat the types and numbers of the inputs."""
    signature = lookup(op)
    if signature is None:
        return frozenset()
    return frozenset(name for arg in signature.inputs for name in (arg.type_attr, arg.number_attr, arg.type_list_attr) if name)


@cache
def _defaults() -> dict[str, dict[str, str]]:
    lines = Path(__file__).with_name("attr_defaults.txt").read_text(encoding="utf-8").splitlines()
    return {op: dict(word.split("=", 1) for word in words) for op, *words in map(str.split, lines)}
