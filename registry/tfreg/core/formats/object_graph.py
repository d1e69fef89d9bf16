"""The objects of a TF2 checkpoint: by which path a program reaches each variable, and which object has a saver of its own.

The path of a variable is the shortest way from the root, `model/dense/kernel`; of several equally short ones the one whose attributes
a program writes itself, then the one that the program made first, as in the checkpoint's own keys. A slot of an optimiser that keeps
slots has `<optimizer>/<variable's path>/<slot>`. Where the way leads through attributes that no program writes (Keras' `_operations`,
`layer-1`) the path is the variable's own full name (`dense/kernel`), if it has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

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
_VARIABLES = re.compile(r"_?(?P<non>non_)?trainable_(?:variables|weights)")
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
    naming = _Naming(graph, result)
    for step in (naming.walk, naming.name_values, naming.name_slots):
        try:
            step()
        except LimitError as error:
            problems.fault("TFR103", file, error)
    return result


class _Way(NamedTuple):
    """How an object is reached: its path, and whether an attribute on it is private."""

    path: str
    is_private: bool


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
        self._objects = graph.objects
        self._result = result
        self._ways = {0: _Way("", is_private=False)}
        self._characters = Allowance("characters of paths", _MAX_PATH_CHARACTERS)

    def walk(self) -> None:
        """Breadth first, and in order within each level, so that the first way that reaches an object is the one that counts."""
        ways, level = self._ways, [0]
        while level:
            following: list[int] = []
            for number in level:
                found = self._objects.get(number)
                for child in _public_first(found) if found else ():
                    if child.node_id not in ways:
                        ways[child.node_id] = self._further(ways[number], child.local_name)
                        following.append(child.node_id)
            level = following

    def name_values(self) -> None:
        """Gives the keys of all objects that were reached their paths."""
        trainable = self._trainable()
        full_names: dict[str, str] = {}
        for number, way in self._ways.items():
            found = self._objects.get(number)
            for attribute in found.attributes if found else ():
                key = attribute.checkpoint_key
                self._result.add(key, way.path if attribute.name == _VALUE else f"{way.path}/{attribute.name}".lstrip("/"))
                if way.is_private and "/" in attribute.full_name:
                    full_names[key] = attribute.full_name
                if number in trainable:
                    self._result.trainable[key] = trainable[number]
            if found is not None and found.HasField("registered_saver"):
                self._result.savers[way.path] = found.registered_saver.name
        times = Counter(full_names.values())
        self._result.paths |= {key: name for key, name in full_names.items() if times[name] == 1}

    def name_slots(self) -> None:
        """Names the variables that an optimiser keeps for others; they are no attributes of anything."""
        for number, optimizer in self._objects.items():
            for slot in optimizer.slot_variables if number in self._ways else ():
                variable = self._ways.get(slot.original_variable_node_id)
                kept = self._objects.get(slot.slot_variable_node_id)
                if variable is None or kept is None or slot.slot_variable_node_id in self._ways:
                    continue
                way = self._further(self._further(self._ways[number], variable.path), slot.slot_name)
                for attribute in kept.attributes:
                    self._result.add(attribute.checkpoint_key, way.path)

    def _further(self, way: _Way, name: str) -> _Way:
        """Returns the way that goes on from an object by one of its attributes."""
        path = f"{way.path}/{name}" if way.path else name
        if len(path) > MAX_NAME_BYTES:
            raise LimitError(f"has a path of more than {MAX_NAME_BYTES} characters")
        self._characters.take(len(path))
        return _Way(path, way.is_private or _is_private(name))

    def _trainable(self) -> dict[int, bool]:
        """Returns which variables the lists of trainable and of other variables hold."""
        lists: dict[int, bool] = {}
        for found in self._objects.values():
            for child in found.children:
                listed = _VARIABLES.fullmatch(child.local_name) if "trainable" in child.local_name else None
                if listed:
                    lists[child.node_id] = not listed["non"]
        members = ((self._objects[number].children, trains) for number, trains in lists.items() if number in self._objects)
        return {child.node_id: trains for children, trains in members for child in children}


@lru_cache(maxsize=1024)  # the same few names again and again
def _is_private(name: str) -> bool:
    """Returns whether an attribute is one that no program writes itself."""
    return _PRIVATE.fullmatch(name) is not None


def _public_first(found: _Object) -> Iterable[_Object.ObjectReference]:
    if len(found.children) == 1:
        return found.children
    return sorted(found.children, key=lambda child: _is_private(child.local_name))
