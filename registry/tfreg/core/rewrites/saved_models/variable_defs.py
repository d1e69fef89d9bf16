"""VariableDefs: what the collections of a MetaGraphDef say of each variable. tf.saved_model.load finds a model's variables by them.

The message is small and used nowhere else, so it is read and written by hand (tensorflow/core/framework/variable.proto).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.rewrites.graphs.framing import field
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.saved_models.saver import NewSaver
from tfreg.core.rewrites.saved_models.variables import KeptVariable, parsed_slice
from tfreg.core.trees import BytesReader
from tfreg.wire.meta_graph_pb2 import CollectionDef

VARIABLES, TRAINABLE, LOCAL = "variables", "trainable_variables", "local_variables"
_VARIABLE, _INITIALIZER, _SNAPSHOT, _SLICE, _IS_RESOURCE, _INITIAL_VALUE, _TRAINABLE = 1, 2, 3, 4, 5, 6, 7
_FULL_NAME, _FULL_SHAPE, _OFFSET, _SHAPE = 1, 2, 3, 4
_NAMED = (_VARIABLE, _INITIALIZER, _SNAPSHOT, _INITIAL_VALUE)


def variable_collections(variables: Iterable[KeptVariable], saver: NewSaver) -> dict[str, list[Piece]]:
    """Returns the collections of the variables that a saver restores. Restoring is what initialises them."""
    every = list(variables)
    listed = {VARIABLES: every, TRAINABLE: [variable for variable in every if variable.trainable]}
    return {key: [Inline(_collection(_encoded(one, saver) for one in kept))] for key, kept in listed.items() if kept}


def initialisers_of(collection: bytes) -> Mapping[str, str]:
    """Returns the operation that initialises each variable of a collection, by the variable's operation."""
    found = {}
    for definition in CollectionDef.FromString(collection).bytes_list.value:
        names = dict(_names(definition))
        if _VARIABLE in names and _INITIALIZER in names:
            found[_operation(names[_VARIABLE])] = _operation(names[_INITIALIZER])
    return found


def operations_of(definition: bytes) -> set[str]:
    """Returns the operations that a VariableDef names, all of which must be in the graph."""
    return {_operation(name) for _, name in _names(definition)}


def _collection(definitions: Iterable[bytes]) -> bytes:
    return CollectionDef(bytes_list=CollectionDef.BytesList(value=definitions)).SerializeToString()


def _encoded(variable: KeptVariable, saver: NewSaver) -> bytes:
    content = field(_VARIABLE, f"{variable.name}:0".encode())
    content += field(_INITIALIZER, saver.initialisers[variable.name].encode())
    content += field(_SNAPSHOT, f"{saver.readers[variable.name]}:0".encode())
    if part := parsed_slice(variable.slice_spec):
        shape, begin, size = (b"".join(map(encode, numbers)) for numbers in part)
        info = field(_FULL_NAME, variable.key.encode()) + field(_FULL_SHAPE, shape) + field(_OFFSET, begin) + field(_SHAPE, size)
        content += field(_SLICE, info)
    if variable.is_resource:
        content += encode(_IS_RESOURCE << 3) + b"\x01"
    return content + (encode(_TRAINABLE << 3) + b"\x01" if variable.trainable else b"")


def _names(definition: bytes) -> Iterator[tuple[int, str]]:
    for found in scan(BytesReader(definition), 0, len(definition), keep_bytes=MAX_NAME_BYTES):
        if found.number in _NAMED and found.wire_type == LENGTH_DELIMITED and found.payload:
            yield found.number, found.payload.decode(errors="replace")


def _operation(name: str) -> str:
    return name.rpartition(":")[0] or name
