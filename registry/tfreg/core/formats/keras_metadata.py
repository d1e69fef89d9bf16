"""keras_metadata.pb of a SavedModel that Keras 2 wrote: the configs of the model and of its layers, as JSON in a SavedMetadata message.

The root's config describes a Functional or Sequential model whole. Of a model that is its author's own class it is empty; its layers
are told by their own entries then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.json_text import Json, as_mapping, as_text, parse_json
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.keras_config import LayerNode, plain_class
from tfreg.core.formats.keras_reading import Found, add_model, add_weights
from tfreg.core.formats.keras_safety import Foreign, find_foreign, tell_foreign
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.inspections import Layer

FILE = "keras_metadata.pb"
# Field numbers of SavedMetadata and of its SavedObject (keras/protobuf/saved_metadata.proto).
_NODES = 1
_PATH, _IDENTIFIER, _METADATA = 3, 4, 5
_ROOT = "root"
_LISTS = ("__tuple__", "TensorShape")
_LAYERS = frozenset(
    {
        "_tf_keras_layer",
        "_tf_keras_model",
        "_tf_keras_network",
        "_tf_keras_sequential",
        "_tf_keras_rnn_layer",
        "_tf_keras_input_layer",
    }
)
_NO_ARCHITECTURE = "TFR111"
_MAX_NODES = 20_000
_MAX_FIELDS = 100  # of an entry, which has five
_MAX_JSON_BYTES = 4 << 20
_MAX_ALL_JSON_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class _Node:
    """An entry: the way to it from the root, what kind of object it is, and its JSON."""

    path: str
    identifier: str
    metadata: bytes


def read_keras_metadata(tree: FileTree) -> Found:
    """Reads the file: the architecture, facts such as Keras' version, and what loading the model would run or import."""
    found, foreign, layers = Found(), Foreign(), list[Layer]()
    root: LayerNode | None = None
    try:
        with tree.open(FILE) as reader:
            for node in _nodes(reader):
                config = dict(as_mapping(with_lists(parse_json(node.metadata)))) if node.metadata else {}
                if node.path == _ROOT:
                    root = _read_root(found, config)
                elif node.identifier in _LAYERS:
                    layers.append(_layer(node, config))
                    _join(foreign, find_foreign(config))
    except CodecError as error:
        found.problems.fault("TFR103", FILE, error)
    if root is not None and root.layers:
        add_weights(found, (), root)
    elif found.keras is not None:
        found.keras = replace(found.keras, layers=tuple(layers))
    tell_foreign(foreign, FILE, found.problems)
    return _regarded_as_part(found, foreign)


def with_lists(value: Json) -> Json:
    """Returns JSON in which `{"class_name": "__tuple__", "items": [...]}`, and a shape written so, is the list of its items."""
    outermost: list[Json] = [value]
    waiting: list[list[Json] | dict[str, Json]] = [outermost]
    while waiting:
        container = waiting.pop()
        for key, inner in list(enumerate(container) if isinstance(container, list) else container.items()):
            plain = inner
            if isinstance(inner, dict) and inner.get("class_name") in _LISTS and isinstance(inner.get("items"), list):
                plain = container[key] = inner["items"]  # type: ignore[call-overload,index]  # the key is the container's own
            if isinstance(plain, list | dict):
                waiting.append(plain)
    return outermost[0]


def _read_root(found: Found, config: dict[str, Json]) -> LayerNode | None:
    version = as_text(config.get("keras_version"))
    if version:
        found.facts["keras.version"] = version[:MAX_NAME_BYTES]
    training = dict(as_mapping(config.get("training_config")))
    optimizer = training.pop("optimizer_config", None)
    if isinstance(optimizer, dict):
        training["optimizer_config"] = {**optimizer, "class_name": plain_class(as_text(optimizer.get("class_name")))}
    return add_model(found, {key: config[key] for key in ("class_name", "config") if key in config}, training, FILE)


def _regarded_as_part(found: Found, foreign: Foreign) -> Found:
    """Takes back that there is no architecture: beside this file lies the graph."""
    kept = [problem for problem in found.problems if problem.code != _NO_ARCHITECTURE]
    found.problems.clear()
    found.problems.extend(kept)
    if found.keras is not None:
        objects = dict.fromkeys((*found.keras.custom_objects, *foreign.objects))
        found.keras = replace(found.keras, custom_objects=tuple(objects))
    return found


def _layer(node: _Node, config: dict[str, Json]) -> Layer:
    details = as_mapping(config.get("config"))
    return Layer(
        node.path.removeprefix(f"{_ROOT}.").replace(".", "/"),
        plain_class(as_text(config.get("class_name")))[:MAX_NAME_BYTES],
        as_text(config.get("module"))[:MAX_NAME_BYTES],
        trainable=config.get("trainable") is not False,
        dtype=as_text(details.get("dtype"))[:MAX_NAME_BYTES],
    )


def _join(all_found: Foreign, found: Foreign) -> None:
    all_found.lambdas |= found.lambdas
    for name, layer in found.objects.items():
        all_found.objects.setdefault(name, layer)


def _nodes(reader: FileReader) -> Iterator[_Node]:
    count, texts = Allowance("objects", _MAX_NODES), Allowance("bytes of JSON", _MAX_ALL_JSON_BYTES)
    for found in scan(reader, 0, reader.size_bytes):
        count.take(1)
        if found.number != _NODES or found.wire_type != LENGTH_DELIMITED:
            continue
        path, identifier, metadata = "", "", b""
        parts = scan(reader, found.offset, found.offset + found.length, keep_bytes=_MAX_JSON_BYTES)
        for part in islice(parts, _MAX_FIELDS):
            if part.number == _METADATA:
                if part.payload is None:
                    raise LimitError(f"has a config of {part.length} bytes")
                texts.take(part.length)
                metadata = part.payload
            elif part.number == _PATH:
                path = (part.payload or b"")[:MAX_NAME_BYTES].decode(errors="replace")
            elif part.number == _IDENTIFIER:
                identifier = (part.payload or b"")[:MAX_NAME_BYTES].decode(errors="replace")
        yield _Node(path, identifier, metadata)
