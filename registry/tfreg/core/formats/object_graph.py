"""The objects of a TF2 checkpoint: by which path a program reaches each variable, and which object has a saver of its own.

The path of a variable is the shortest way from the root, `model/dense/kernel`; of several equally short ones the one whose attributes
a program writes itself, then the one that the program made first, as in the checkpoint's own keys. A slot of an optimiser that keeps
slots has `<optimizer>/<variable's path>/<slot>`. Where the way leads through attributes that no program writes (Keras' `_operations`,
`layer-1`) the path is the variable's own full name (`dense/kernel`), if it has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.formats.problems import Problems
from tfreg.core.layouts import Span
from tfreg.wire.object_graph_pb2 import TrackableObjectGraph

_MAX_OBJECTS = 500_000
_MAX_EDGES = 600_000
_MAX_PATH_CHARACTERS = 16 << 20  # of all paths together
_NODE = 1  # field number of TrackableObjectGraph
_VALUE, _ATTRIBUTES = "VARIABLE_VALUE", "/.ATTRIBUTES/"
_TRAINABLE = re.compile(r"_?trainable_(?:variables|weights)")
_NOT_TRAINABLE = re.compile(r"_?non_trainable_(?:variables|weights)")
_PRIVATE = re.compile(r"_.*|layer(?:_with_weights)?-\d+", re.DOTALL)

_Object = TrackableObjectGraph.TrackableObject


@dataclass(slots=True)
class Objects:
    """What an object graph says.

    Attributes:
        count: How many objects there are.
        paths: Path of each checkpoint key that belongs to an object that can be reached.
        trainable: Whether training changes the value of a checkpoint key, where a list of variables says so.
        savers: Objects with a saver of their own: path to the saver's name.
    """

    count: int = 0
    paths: dict[str, str] = field(default_factory=dict)
    trainable: dict[str, bool] = field(default_factory=dict)
    savers: dict[str, str] = field(default_factory=dict)
    _parts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, key: str, path: str) -> None:
        """Keeps the path of a checkpoint key."""
        self.paths[key] = path
        self._parts[key.rpartition(_ATTRIBUTES)[0]] = key, path

    def path_of(self, name: str) -> str:
        """Returns the path of a tensor; empty if it has none.

        An object may store several tensors under its key with a suffix each, as a table does.
        """
        if name in self.paths:
            return self.paths[name]
        key, path = self._parts.get(name.rpartition(_ATTRIBUTES)[0], ("", ""))
        return path + name.removeprefix(key) if key and name.startswith(key) else ""


def read_objects(reader: FileReader, span: Span, file: str, problems: Problems) -> Objects:
    """Reads the TrackableObjectGraph in `span` of `file`: what can be read of it."""
    graph, result = _Graph(), Objects()
    try:
        graph.read(reader, span)
    except CodecError as error:
        problems.fault("TFR103", file, error)
    result.count = graph.count
    try:
        _Naming(graph, result).run()
    except LimitError as error:
        problems.fault("TFR103", file, error)
    return result


class _Graph:
    """The objects that have something to say, by their numbers."""

    def __init__(self) -> None:
        self.count = 0
        self.objects: dict[int, _Object] = {}
        self._edges = Allowance("references between objects", _MAX_EDGES)

    def read(self, reader: FileReader, span: Span) -> None:
        for found in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes, keep_bytes=1 << 20):
            if found.number != _NODE or found.wire_type != LENGTH_DELIMITED:
                continue
            if self.count >= _MAX_OBJECTS or found.payload is None:
                raise LimitError(f"has more than {_MAX_OBJECTS} objects, or one of more than a megabyte")
            if found.payload:
                self.objects[self.count] = self._parsed(found.payload)
            self.count += 1

    def _parsed(self, payload: bytes) -> _Object:
        try:
            parsed = _Object.FromString(payload)
        except DecodeError:
            raise CodecError("has an object that cannot be read") from None
        self._edges.take(len(parsed.children) + len(parsed.attributes) + len(parsed.slot_variables))
        return parsed


class _Naming:
    """Finds the path of each object and with it those of the checkpoint's keys."""

    def __init__(self, graph: _Graph, result: Objects) -> None:
        self._graph = graph
        self._result = result
        self._parents: dict[int, tuple[int, str]] = {}
        self._characters = Allowance("characters of paths", _MAX_PATH_CHARACTERS)

    def run(self) -> None:
        self._walk()
        trainable = dict(self._trainable())
        full_names: dict[str, str] = {}
        for number in (0, *self._parents):
            found = self._graph.objects.get(number)
            if found is None or not (found.attributes or found.HasField("registered_saver")):
                continue
            segments = self._segments(number)
            path = "/".join(segments)
            for attribute in found.attributes:
                key = attribute.checkpoint_key
                self._result.add(key, path if attribute.name == _VALUE else f"{path}/{attribute.name}".lstrip("/"))
                if "/" in attribute.full_name and any(_PRIVATE.fullmatch(segment) for segment in segments):
                    full_names[key] = attribute.full_name
                if number in trainable:
                    self._result.trainable[key] = trainable[number]
            if found.HasField("registered_saver"):
                self._result.savers[path] = found.registered_saver.name
        self._name_slots()
        times = Counter(full_names.values())
        self._result.paths |= {key: name for key, name in full_names.items() if times[name] == 1}

    def _walk(self) -> None:
        """Breadth first, and in order within each level, so that the first way that reaches an object is the one that counts."""
        seen, level = {0}, [0]
        while level:
            following: list[int] = []
            for number in level:
                found = self._graph.objects.get(number)
                for child in sorted(found.children, key=_is_private) if found else ():
                    if child.node_id not in seen:
                        seen.add(child.node_id)
                        self._parents[child.node_id] = number, child.local_name
                        following.append(child.node_id)
            level = following

    def _segments(self, number: int) -> list[str]:
        """Returns the names on the way from the root."""
        segments: list[str] = []
        length = 0
        while number in self._parents:
            number, name = self._parents[number]
            segments.append(name)
            length += len(name) + 1
            if length > MAX_NAME_BYTES:
                raise LimitError(f"has a path of more than {MAX_NAME_BYTES} characters")
        self._characters.take(length)
        return segments[::-1]

    def _trainable(self) -> Iterator[tuple[int, bool]]:
        """Yields which variables lists of trainable and other variables hold."""
        for found in self._graph.objects.values():
            for child in found.children:
                if _TRAINABLE.fullmatch(child.local_name) or _NOT_TRAINABLE.fullmatch(child.local_name):
                    listed = self._graph.objects.get(child.node_id)
                    trains = _NOT_TRAINABLE.fullmatch(child.local_name) is None
                    yield from ((member.node_id, trains) for member in (listed.children if listed else ()))

    def _name_slots(self) -> None:
        """Names the variables that an optimiser keeps for others; they are no attributes of anything."""
        for number, optimizer in self._graph.objects.items():
            for slot in optimizer.slot_variables:
                kept = self._graph.objects.get(slot.slot_variable_node_id)
                if kept is None or slot.slot_variable_node_id in self._parents:
                    continue
                way = [*self._segments(number), *self._segments(slot.original_variable_node_id), slot.slot_name]
                for attribute in kept.attributes:
                    self._result.add(attribute.checkpoint_key, "/".join(way))


def _is_private(child: _Object.ObjectReference) -> bool:
    return _PRIVATE.fullmatch(child.local_name) is not None
