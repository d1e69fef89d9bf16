"""Computes the hashes of TensorFlow's fingerprint.pb anew, as tensorflow/cc/saved_model/fingerprinting.cc does, part by part.

Each covers the first MetaGraphDef, regularised: without what differs from one save of a program to the next, such as the numbers
that end the names of functions. Messages are hashed as protobuf writes them deterministically, maps sorted by key; that is the same in
C++ and here for these parts, but not for the SavedModel as a whole, so `saved_model_checksum` cannot be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.farmhash import Fingerprint64, combined, fingerprint64
from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_NAME_BYTES, MAX_TRACE_BYTES
from tfreg.core.layouts import Span
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.meta_graph_pb2 import SignatureDef
from tfreg.wire.object_graph_pb2 import SavedConcreteFunction
from tfreg.wire.tensor_pb2 import DT_STRING

_NODE, _LIBRARY, _VERSION, _VERSIONS = 1, 2, 3, 4  # of GraphDef
_CONCRETE_FUNCTION, _KEY, _VALUE = 2, 1, 2  # of SavedObjectGraph
_NODE_TAG = b"\x0a"
_EMPTY_LIBRARY, _EMPTY_VERSIONS = b"\x12\x00", b"\x22\x00"
_VERSION_TAG = b"\x18"
_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
_BESIDE_BYTES = 100  # what a message costs besides its bytes
_SCANNED_BYTES = 16  # what a part costs that is only passed over
_CHUNK_BYTES = 1 << 20
_MAX_UID = (1 << 63) - 1


class NotReproducibleError(CodecError):
    """The part holds something that TensorFlow hashes in an order of its own, or not at all."""


def program_hash(reader: FileReader, graphs: Sequence[Span], allowed: Allowance) -> int:
    """Returns `graph_def_program_hash`: of the nodes, without the library and the versions (graph_regularization::SimpleDelete).

    Raises:
        LimitError: There is too much to hash.
        CodecError: It cannot be read, or not be reproduced.
    """
    if len(graphs) != 1:
        raise NotReproducibleError("has no graph in one piece")
    found, version = Fingerprint64(), 0
    start, end = graphs[0].offset_bytes, graphs[0].offset_bytes + graphs[0].length_bytes
    for field in scan(reader, start, end, keep_bytes=MAX_TRACE_BYTES):
        if field.number == _NODE and field.wire_type == LENGTH_DELIMITED:
            node = _regular_node(_taken(field.payload, allowed))
            found.update(_NODE_TAG + encode(len(node)) + node)
        elif field.number == _VERSION:
            version = field.value
        elif field.number not in (_LIBRARY, _VERSIONS):
            raise NotReproducibleError(f"has a field {field.number} in its graph")
    found.update(_EMPTY_LIBRARY + (_VERSION_TAG + encode(version) if version else b"") + _EMPTY_VERSIONS)
    return found.value()


def signatures_hash(signatures: Mapping[str, SignatureDef], allowed: Allowance) -> int:
    """Returns `signature_def_hash`.

    Raises:
        LimitError: There is too much to hash.
    """
    result = 0
    for key in sorted(signatures, key=str.encode):
        content = signatures[key].SerializeToString(deterministic=True)
        allowed.take(len(content) + _BESIDE_BYTES)
        result = combined(combined(result, fingerprint64(key.encode())), fingerprint64(content))
    return result


def object_graph_hash(reader: FileReader, object_graphs: Sequence[Span], allowed: Allowance) -> int:
    """Returns `saved_object_graph_hash`: of the concrete functions, in the order of the numbers that end their names.

    Raises:
        LimitError: There is too much to hash.
        CodecError: It cannot be read, or not be reproduced.
    """
    if len(object_graphs) > 1:
        raise NotReproducibleError("has no object graph in one piece")
    functions: dict[str, bytes] = {}
    for span in object_graphs:
        for field in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes):
            allowed.take(_SCANNED_BYTES)
            if field.number == _CONCRETE_FUNCTION and field.wire_type == LENGTH_DELIMITED:
                allowed.take(field.length + _BESIDE_BYTES)
                name, value = _entry(reader, Span(field.offset, field.length))
                functions[name] = value
    result = 0
    for _, name in sorted((_uid(name), name) for name in functions):
        content = _parsed_function(functions[name]).SerializeToString(deterministic=True)
        result = combined(combined(result, fingerprint64(_without_uid(name).encode())), fingerprint64(content))
    return result


def checkpoint_hash(tree: FileTree, index: str, allowed: Allowance) -> int:
    """Returns `checkpoint_hash`: of the bytes of the checkpoint's index.

    Raises:
        LimitError: There is too much to hash.
        NotReproducibleError: There is none. Where the model never had one, TensorFlow says 0.
    """
    if all(file.path != index for file in tree.files()):
        raise NotReproducibleError(f"has no {index}")
    with tree.open(index) as reader:
        allowed.take(reader.size_bytes)
        found = Fingerprint64()
        for offset in range(0, reader.size_bytes, _CHUNK_BYTES):
            found.update(reader.read_at(offset, _CHUNK_BYTES))
    return found.value()


def _regular_node(content: bytes) -> bytes:
    """graph_regularization::RegularizeNodes: without the function's number, the session's config and texts."""
    try:
        node = NodeDef.FromString(content)
    except DecodeError:
        raise CodecError("has a node that cannot be read") from None
    if node.op in _CALLS:
        if "f" in node.attr:
            node.attr["f"].func.name = _without_uid_if_any(node.attr["f"].func.name)
        if "config_proto" in node.attr:
            node.attr["config_proto"].s = b""
    elif node.op == "Const" and "dtype" in node.attr and node.attr["dtype"].type == DT_STRING and "value" in node.attr:
        node.attr["value"].Clear()
    return node.SerializeToString(deterministic=True)


def _parsed_function(content: bytes) -> SavedConcreteFunction:
    try:
        return SavedConcreteFunction.FromString(content)
    except DecodeError:
        raise CodecError("has a trace that cannot be read") from None


def _entry(reader: FileReader, span: Span) -> tuple[str, bytes]:
    name, value = "", b""
    for field in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes, keep_bytes=MAX_TRACE_BYTES):
        if field.number == _KEY:
            name = (field.payload or b"")[:MAX_NAME_BYTES].decode(errors="replace")
        elif field.number == _VALUE:
            if field.payload is None:
                raise LimitError(f"has a trace of {field.length} bytes")
            value = field.payload
    return name, value


def _taken(payload: bytes | None, allowed: Allowance) -> bytes:
    if payload is None:
        raise LimitError(f"has a node of more than {MAX_TRACE_BYTES} bytes")
    allowed.take(len(payload) + _BESIDE_BYTES)
    return payload


def _uid(name: str) -> int:
    """graph_regularization::GetSuffixUID: the number after the last underscore."""
    digits = name.rpartition("_")[2]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MAX_UID)) or int(digits) > _MAX_UID:
        raise NotReproducibleError(f"has a function {name!r} without a number")
    return int(digits)


def _without_uid(name: str) -> str:
    return name.removesuffix(str(_uid(name)))


def _without_uid_if_any(name: str) -> str:
    try:
        return _without_uid(name)
    except NotReproducibleError:
        return name
