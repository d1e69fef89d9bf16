"""The parts of a MetaGraphDef besides its graph: tags, SignatureDefs, assets, and what a loader runs."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_NAME_BYTES, MAX_PART_BYTES, MAX_PARTS_BYTES, MAX_SIGNATURES
from tfreg.core.formats.problems import Problems
from tfreg.core.inspections import Asset, MetaGraph, Saver, Signature, Targets
from tfreg.core.layouts import Span
from tfreg.core.tensors import TensorRef
from tfreg.wire.meta_graph_pb2 import AssetFileDef, CollectionDef, SaverDef, SignatureDef

if TYPE_CHECKING:
    from tfreg.core.formats.graph_scan import GraphScan

INIT_SIGNATURE = "__saved_model_init_op"
"""Key of the signature whose one output is the initialiser; both loaders look here first."""
TRAIN_SIGNATURE = "__saved_model_train_op"
INTERNAL_SIGNATURES = frozenset({INIT_SIGNATURE, TRAIN_SIGNATURE})
_INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")
_ASSETS_COLLECTION = "saved_model_assets"

# Field numbers, as proto/tfreg/wire/meta_graph.proto has them.
_META_INFO, _GRAPH, _SAVER, _COLLECTION, _SIGNATURE, _ASSET, _OBJECT_GRAPH = 1, 2, 3, 4, 5, 6, 7
_TAGS, _TENSORFLOW_VERSION, _GIT_VERSION, _STRIPPED_DEFAULTS = 4, 5, 6, 7
_KEY, _VALUE = 1, 2
_MAX_FIELDS = 50_000
_MAX_ENTRY_FIELDS = 100  # of a map's entry, which has two

_MessageT = TypeVar("_MessageT", bound=Message)
_T = TypeVar("_T")


@dataclass(slots=True)
class MetaGraphParts:
    """The parts of one MetaGraphDef: small ones read, large ones as spans of the file."""

    tags: list[str] = field(default_factory=list)
    tensorflow_version: str = ""
    tensorflow_git_version: str = ""
    stripped_default_attrs: bool = False
    graphs: list[Span] = field(default_factory=list)
    object_graphs: list[Span] = field(default_factory=list)
    saver: SaverDef = field(default_factory=SaverDef)
    collections: dict[str, CollectionDef] = field(default_factory=dict)
    signatures: dict[str, SignatureDef] = field(default_factory=dict)
    assets: list[AssetFileDef] = field(default_factory=list)
    budget_bytes: int = MAX_PARTS_BYTES

    def take(self, payload: bytes | None) -> bytes:
        """Returns a payload if it may still be parsed.

        Raises:
            LimitError: It was too long to be kept, or all parts together are.
        """
        self.budget_bytes -= len(payload or b"")
        if payload is None or self.budget_bytes < 0:
            raise LimitError(
                f"has a part of more than {MAX_PART_BYTES} bytes, or more than {MAX_PARTS_BYTES} bytes of signatures"
            )
        return payload


def read_meta_graph(
    reader: FileReader, span: Span, file: str, problems: Problems, budget_bytes: int = MAX_PARTS_BYTES
) -> MetaGraphParts:
    """Reads the MetaGraphDef in `span` of `file`: up to its end or to where it breaks, without parts that cannot be read.

    What is left of `budget_bytes` for small parts stands in the result.
    """
    parts, room = MetaGraphParts(budget_bytes=budget_bytes), Allowance("parts", _MAX_FIELDS)
    try:
        for found in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes, keep_bytes=MAX_PART_BYTES):
            room.take(1)
            if found.wire_type == LENGTH_DELIMITED:
                try:
                    _read_part(reader, found, parts)
                except CodecError as error:
                    problems.fault("TFR103", file, error)
    except CodecError as error:
        problems.fault("TFR101", file, error)
    return parts


def targets_of(parts: MetaGraphParts) -> Targets:
    """Returns what a loader runs: the initialiser from where both loaders look for it, and the saver's restore operation."""
    saver = parts.saver
    return Targets(
        init_operations=_init_operations(parts),
        restore_operation=operation_of(saver.restore_op_name),
        restore_filename=ref_of(saver.filename_tensor_name),
    )


def saver_of(parts: MetaGraphParts) -> Saver | None:
    """Returns how a TF1 program saves and restores the graph's variables; None if it does not say."""
    definition, filename = parts.saver, ref_of(parts.saver.filename_tensor_name)
    if filename is None:
        return None
    version = "V2" if definition.version == SaverDef.V2 else "V1"  # TensorFlow reads LEGACY, the default, as V1
    restore = operation_of(definition.restore_op_name)
    return Saver(filename, ref_of(definition.save_tensor_name), restore, version, definition.sharded)


def assets_of(parts: MetaGraphParts) -> tuple[Asset, ...]:
    """Returns the assets. MetaGraphDefs written before `asset_file_def` existed have them in a collection."""
    definitions = parts.assets or list(_assets_in(parts.collections.get(_ASSETS_COLLECTION, CollectionDef())))
    found = ((definition.filename, ref_of(definition.tensor_info.name)) for definition in definitions)
    return tuple(Asset(name, ref) for name, ref in found if ref is not None)


def meta_graph_of(graph: GraphScan, parts: MetaGraphParts | None = None, signatures: tuple[Signature, ...] = ()) -> MetaGraph:
    """Returns what an inspection says of a graph; without parts it is one that no MetaGraphDef holds."""
    parts = parts or MetaGraphParts()
    return MetaGraph(
        tuple(parts.tags),
        signatures,
        tuple(sorted(graph.ops)),
        parts.tensorflow_version,
        graph.producer,
        graph.node_count,
        graph.function_count,
        assets_of(parts),
        targets_of(parts),
        saver_of(parts),
    )


def ref_of(text: str) -> TensorRef | None:
    """Reads a tensor's name; None if it is none."""
    try:
        return TensorRef.parse(text)
    except ValueError:
        return None


def operation_of(text: str) -> str:
    """Returns the operation of a tensor's or an operation's name; empty if it is neither."""
    ref = ref_of(text)
    return ref.operation if ref else ""


def _init_operations(parts: MetaGraphParts) -> tuple[str, ...]:
    if INIT_SIGNATURE in parts.signatures:
        names: Iterable[str] = [parts.signatures[INIT_SIGNATURE].outputs[INIT_SIGNATURE].name]
    else:
        lists = (parts.collections[key].node_list.value for key in _INIT_COLLECTIONS if key in parts.collections)
        names = next((found for found in lists if found), ())
    return tuple(operation for name in islice(names, MAX_SIGNATURES) if (operation := operation_of(name)))


def _assets_in(collection: CollectionDef) -> Iterable[AssetFileDef]:
    for packed in islice(collection.any_list.value, MAX_SIGNATURES):
        try:
            yield AssetFileDef.FromString(packed.value)
        except DecodeError:
            continue


def _read_part(reader: FileReader, found: Field, parts: MetaGraphParts) -> None:
    """Adds a field of the MetaGraphDef to `parts`."""
    span = Span(found.offset, found.length)
    if found.number == _GRAPH:
        parts.graphs.append(_room(parts.graphs, span))
    elif found.number == _OBJECT_GRAPH:
        parts.object_graphs.append(_room(parts.object_graphs, span))
    elif found.number == _META_INFO:
        _read_meta_info(reader, found, parts)
    elif found.number == _SAVER:
        parts.saver = _parsed(SaverDef, parts.take(found.payload), "SaverDef")
    elif found.number == _ASSET:
        parts.assets.append(_room(parts.assets, _parsed(AssetFileDef, parts.take(found.payload), "AssetFileDef")))
    elif found.number == _SIGNATURE:
        key, value = _entry(reader, found)
        parts.signatures[_room(parts.signatures, key)] = _parsed(SignatureDef, parts.take(value), f"SignatureDef {key!r}")
    elif found.number == _COLLECTION:
        key, value = _entry(reader, found)
        if key in (*_INIT_COLLECTIONS, _ASSETS_COLLECTION):
            parts.collections[key] = _parsed(CollectionDef, parts.take(value), f"CollectionDef {key!r}")


def _read_meta_info(reader: FileReader, info: Field, parts: MetaGraphParts) -> None:
    """Reads the few fields that matter, past the definitions of all ops used, which can be large."""
    fields = scan(reader, info.offset, info.offset + info.length, keep_bytes=MAX_NAME_BYTES)
    for found in islice(fields, _MAX_FIELDS):
        if found.number in (_TAGS, _TENSORFLOW_VERSION, _GIT_VERSION):
            parts.take(found.payload)
        text = (found.payload or b"").decode(errors="replace")
        if found.number == _TAGS and found.wire_type == LENGTH_DELIMITED:
            parts.tags.append(_room(parts.tags, text))
        elif found.number == _TENSORFLOW_VERSION:
            parts.tensorflow_version = text
        elif found.number == _GIT_VERSION:
            parts.tensorflow_git_version = text
        elif found.number == _STRIPPED_DEFAULTS:
            parts.stripped_default_attrs = bool(found.value)


def _entry(reader: FileReader, entry: Field) -> tuple[str, bytes | None]:
    """Reads an entry of a map with text keys; None stands for a value above the limit."""
    key: str = ""
    value: bytes | None = b""
    fields = scan(reader, entry.offset, entry.offset + entry.length, keep_bytes=MAX_PART_BYTES)
    for found in islice(fields, _MAX_ENTRY_FIELDS):
        if found.number == _KEY:
            key = (found.payload or b"")[:MAX_NAME_BYTES].decode(errors="replace")
        elif found.number == _VALUE:
            value = found.payload
    return key, value


def _parsed(kind: type[_MessageT], payload: bytes, what: str) -> _MessageT:
    try:
        return kind.FromString(payload)
    except DecodeError:
        raise CodecError(f"has a {what} that cannot be read") from None


def _room(where: Sized, item: _T) -> _T:
    """Returns `item` if there is room for one more.

    Raises:
        LimitError: There are `MAX_SIGNATURES` already.
    """
    if len(where) >= MAX_SIGNATURES:
        raise LimitError(f"has more than {MAX_SIGNATURES} parts of one kind")
    return item
