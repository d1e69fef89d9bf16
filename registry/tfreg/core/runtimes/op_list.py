"""Reads a serialised tensorflow.OpList, which strangers send, into what a graph is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.errors import RuntimeInvalidError
from tfreg.core.trees import BytesReader

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import OpDef

MAX_OPS = 20_000
"""TensorFlow has some 1,900."""
MAX_PARTS = 200_000
"""Attributes and values allowed to them, in all; TensorFlow has some 15,000."""
_MAX_OP_BYTES = 64 << 10  # a parser can need eighty times its input
_MAX_DEFAULT_BYTES = 4096
_OP = 1  # of an OpList
_HINT = "It is what TF_GetAllOpList gives, or TensorFlow.registeredOpList().toByteArray() in Java; send all of its bytes."


@dataclass(frozen=True, slots=True)
class RuntimeAttr:
    """An attribute of an op, as a runtime knows it.

    Attributes:
        default: The serialised AttrValue of its default; None if a node must have the attribute.
        dtypes: The DataTypes that it allows; empty: all.
        texts: The texts that it allows; empty: all.
    """

    default: bytes | None = None
    dtypes: frozenset[int] = frozenset()
    texts: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class RuntimeOp:
    """An op, as a runtime knows it: its attributes, and the names of those that a node must have."""

    attrs: Mapping[str, RuntimeAttr]
    required: tuple[str, ...]


RuntimeOps = Mapping[str, RuntimeOp]
"""The ops of a runtime by name."""


def read_op_list(content: bytes) -> RuntimeOps:
    """Reads a list of ops. Of an op that it has twice, the first counts.

    Raises:
        RuntimeInvalidError: It is no such list, is empty, or has more than any TensorFlow.
    """
    ops: dict[str, RuntimeOp] = {}
    known: dict[RuntimeAttr, RuntimeAttr] = {}
    parts = 0
    try:
        for field in scan(BytesReader(content), 0, len(content), keep_bytes=_MAX_OP_BYTES):
            if field.number != _OP or field.wire_type != LENGTH_DELIMITED:
                raise _invalid(f"has something that is no op at byte {field.offset}")
            if field.payload is None or len(ops) >= MAX_OPS:
                raise _invalid(f"has more than {MAX_OPS} ops, or one of more than {_MAX_OP_BYTES} bytes")
            definition = _parsed(field.payload)
            parts += sum(_size(attr) for attr in definition.attr)
            if parts > MAX_PARTS:
                raise _invalid(f"has more than {MAX_PARTS} attributes and values allowed to them")
            if not definition.name:
                raise _invalid(f"has an op without a name at byte {field.offset}")
            ops.setdefault(definition.name, _op(definition, known))
    except (CodecError, DecodeError) as error:
        raise _invalid(str(error) if isinstance(error, CodecError) else "has an op that cannot be parsed") from None
    if not ops:
        raise _invalid("is empty")
    return ops


def _parsed(payload: bytes) -> OpDef:
    from tfreg.wire.graph_pb2 import OpDef  # the embedded server starts without

    return OpDef.FromString(payload)


def _size(attr: OpDef.AttrDef) -> int:
    allowed = attr.allowed_values.list
    return 1 + len(allowed.type) + len(allowed.s)


def _op(definition: OpDef, known: dict[RuntimeAttr, RuntimeAttr]) -> RuntimeOp:
    attrs = {attr.name: _attr(attr) for attr in definition.attr}
    shared = {name: known.setdefault(attr, attr) for name, attr in attrs.items()}
    return RuntimeOp(shared, tuple(name for name, attr in shared.items() if attr.default is None))


def _attr(attr: OpDef.AttrDef) -> RuntimeAttr:
    default = attr.default_value.SerializeToString(deterministic=True) if attr.HasField("default_value") else None
    if default is not None and len(default) > _MAX_DEFAULT_BYTES:
        default = b""  # no value of a node equals it, which costs a finding at most
    allowed = attr.allowed_values.list
    return RuntimeAttr(default, frozenset(allowed.type), frozenset(allowed.s))


def _invalid(why: str) -> RuntimeInvalidError:
    return RuntimeInvalidError(f"The list of ops {why}.", hint=_HINT)
