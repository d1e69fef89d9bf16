"""How far training was: the step and the counter of saves, where a checkpoint stores them as single numbers."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from tfreg.core.files import FileTree
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.wire.tensor_pb2 import TensorProto

_STEP_PATHS = (
    "global_step",
    "step",
    "optimizer/iterations",
    "optimizer/_iterations",
    "optimizer/iter",
    "model/optimizer/_iterations",
)
"""Where programs keep how many steps they have trained: names in TF1 and paths in TF2, the most telling first."""
_SAVE_COUNTER = "save_counter"
_VALUE_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_MAX_NUMBER_BYTES = 64


def counters_of(tree: FileTree, tensors: list[StoredTensor]) -> dict[str, str]:
    """Returns the facts `checkpoint.step` and `checkpoint.save_counter` as far as there are such tensors."""
    wanted = {*_STEP_PATHS, _SAVE_COUNTER}
    found = {name: tensor for tensor in tensors for name in (_plain_name(tensor),) if name in wanted}
    facts: dict[str, str] = {}
    for fact, names in (("checkpoint.step", _STEP_PATHS), ("checkpoint.save_counter", (_SAVE_COUNTER,))):
        value = next((value for name in names if name in found if (value := _number(tree, found[name])) is not None), None)
        if value is not None:
            facts[fact] = str(value)
    return facts


def _plain_name(tensor: StoredTensor) -> str:
    return tensor.name.removesuffix(_VALUE_SUFFIX)


def _number(tree: FileTree, tensor: StoredTensor) -> int | None:
    """Returns the value of a scalar integer that is not negative."""
    if tensor.shape or tensor.dtype not in ("int32", "int64") or all(file.path != tensor.file for file in tree.files()):
        return None
    with tree.open(tensor.file) as reader:
        content = reader.read_at(tensor.offset_bytes, min(tensor.size_bytes, _MAX_NUMBER_BYTES))
    if tensor.stored_as is StoredAs.PROTO:
        value = _table_number(content)
    else:
        value = int.from_bytes(content, "little", signed=True) if len(content) == tensor.size_bytes else -1
    return value if value >= 0 else None


def _table_number(content: bytes) -> int:
    try:
        proto = TensorProto.FromString(content)
    except DecodeError:
        return -1
    values = [*proto.int_val, *proto.int64_val]
    return values[0] if len(values) == 1 else -1
