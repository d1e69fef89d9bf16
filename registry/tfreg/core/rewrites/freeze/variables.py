"""Which entry of the checkpoint each variable of a graph is, and its value as a constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tfreg.core.conversions.results import WeightMatch, WeightMatches
from tfreg.core.dtypes import dtype_name
from tfreg.core.fingerprints.restoring import Restored
from tfreg.core.graphs.graph import Node
from tfreg.core.rewrites.freeze.bindings import Variable
from tfreg.core.rewrites.freeze.dtypes import STRING, base
from tfreg.core.rewrites.freeze.scope import texts_node
from tfreg.core.rewrites.freeze.stored import Stored
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape
from tfreg.core.values.lookup import Found
from tfreg.core.values.selection import Box, whole
from tfreg.core.written_types import written_shape

REF_VARIABLE_OPS = frozenset({"Variable", "VariableV2"})
RESOURCE_VARIABLE_OPS = frozenset({"VarHandleOp"})
VARIABLE_OPS = REF_VARIABLE_OPS | RESOURCE_VARIABLE_OPS
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_EMA = "/ExponentialMovingAverage"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a variable's value is: an entry, and which box of it."""

    found: Found
    box: Box


def variable_of(node: Node) -> Variable:
    """Returns what the node of a variable makes."""
    shape = shape_of(node.attr["shape"].shape) if "shape" in node.attr else None
    if node.op == "Variable" and shape == ():  # its way to say that the shape is not known
        shape = None
    return Variable(base(node.attr["dtype"].type), shape, is_ref=node.op in REF_VARIABLE_OPS)


class Weights(Protocol):
    """The values of a graph's variables, whatever they come from."""

    @property
    def tables(self) -> Mapping[str, tuple[Restored, Restored]]:
        """Of the tables that are filled by what restores variables the entries of keys and values."""

    def names_of(self, node: Node) -> tuple[str, ...]:
        """Returns the names by which callers may call a variable."""

    def has(self, node: Node) -> bool:
        """Whether there is a value for a variable."""

    def knows(self, name: str) -> bool:
        """Whether there is a value of this very name."""

    def put_all(self, nodes: NodesEdit, wanted: Mapping[str, Node]) -> None:
        """Puts the values of variables as constants, by the constant's name; or notes which cannot be."""

    def put_entry(self, nodes: NodesEdit, restored: Restored, dtype: int, name: str, table: Node) -> None:
        """Puts a table's keys or values into the graph as a constant; or notes why it cannot be."""

    def matches(self) -> WeightMatches:
        """Returns how variables found their values."""


@dataclass(slots=True)
class CheckpointWeights:
    """Finds the values of variables in a checkpoint by their keys, and remembers which were not found; see `Weights`.

    Attributes:
        stored: The checkpoint.
        restored: What the graph's own restore operation says, by variable.
        tables: Of tables the entries of their keys and values.
        keys: Keys that the caller gave, by variable.
        ema: Whether moving averages are loaded instead, where there are.
        matched: Which entry each variable got.
        missing: Variables that nothing was found for.
        misshaped: Variables whose entry does not fit, with both shapes.
    """

    stored: Stored
    restored: Mapping[str, Restored]
    tables: Mapping[str, tuple[Restored, Restored]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    ema: bool = False
    matched: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    misshaped: list[str] = field(default_factory=list)

    def names_of(self, node: Node) -> tuple[str, ...]:
        """See `Weights`."""
        key = self._key_of(node)
        return tuple(dict.fromkeys((node.name, key, key.removesuffix(_VALUE))))

    def _key_of(self, node: Node) -> str:
        """Returns the key that a variable has in a checkpoint of its own graph."""
        if node.name in self.restored:
            return self.restored[node.name].key
        shared = node.attr["shared_name"].s.decode(errors="replace") if "shared_name" in node.attr else ""
        return shared or node.name

    def has(self, node: Node) -> bool:
        """Whether there is a value for a variable."""
        return self._find(node) is not None

    def knows(self, name: str) -> bool:
        """See `Weights`."""
        return self.stored.find(self.keys.get(name, name)) is not None

    def put_all(self, nodes: NodesEdit, wanted: Mapping[str, Node]) -> None:
        """Puts the values of variables as constants, by the constant's name; or notes which cannot be."""
        for name, node in wanted.items():
            self._put(nodes, node, name)

    def matches(self) -> WeightMatches:
        """Returns how variables found their values."""
        used = set(self.matched.values())
        return WeightMatches(
            "name",
            tuple(WeightMatch(key, variable) for variable, key in sorted(self.matched.items())),
            tuple(sorted(self.missing)),
            tuple(one.name for one in self.stored.names.values() if one.name not in used),
            tuple(sorted(self.misshaped)),
        )

    def _put(self, nodes: NodesEdit, node: Node, name: str) -> None:
        place, variable = self._find(node), variable_of(node)
        if place is None:
            self.missing.append(node.name)
        elif reason := _misfit(variable, place):
            self.misshaped.append(f"{node.name}: {reason}")
        else:
            self.matched[node.name] = place.found.name
            _put_value(self.stored, nodes, place, dtype=variable.dtype, name=name, device=node.device)

    def put_entry(self, nodes: NodesEdit, restored: Restored, dtype: int, name: str, table: Node) -> None:
        """Puts a table's keys or values into the graph as a constant; or notes why it cannot be."""
        found = self.stored.find(restored.key)
        if found is None:
            self.missing.append(restored.key)
        elif found.dtype != dtype_name(dtype):
            self.misshaped.append(f"{table.name}: the graph has {dtype_name(dtype)}, {found.name!r} is {found.dtype}")
        else:
            self.matched[f"{table.name}/{restored.key.rpartition('/')[2]}"] = found.name
            _put_value(self.stored, nodes, Place(found, whole(found.shape)), dtype=dtype, name=name, device=table.device)

    def _find(self, node: Node) -> Place | None:
        restored = self.restored.get(node.name, Restored(""))
        names = self.names_of(node)
        for name in names:
            if name in self.keys:
                found = self.stored.find(self.keys[name])
                return None if found is None else _place(found, restored.slice_spec)
        for name in names if self.ema else ():
            if (found := self.stored.find(name + _EMA)) is not None:
                return _place(found, restored.slice_spec)
        found = self.stored.find(self._key_of(node))
        return None if found is None else _place(found, restored.slice_spec)


def _put_value(stored: Stored, nodes: NodesEdit, place: Place, *, dtype: int, name: str, device: str) -> None:
    """Puts the value at a place into a graph as a constant."""
    if dtype == STRING:
        nodes.put(texts_node(name, place.box.size, stored.texts(place.found, place.box), device))
    else:
        nodes.put_constant(name, dtype, place.box.size, stored.pieces(place.found, place.box), device)


def _place(found: Found, slice_spec: str) -> Place:
    """Returns where a slice lies, as `RestoreV2` has it written: the whole shape, then start and length of each dimension or `-`."""
    *sizes, spec = slice_spec.split(" ") if slice_spec else [""]
    parts = spec.split(":") if spec else []
    if len(parts) != len(found.shape) or tuple(sizes) != tuple(map(str, found.shape)):
        return Place(found, whole(found.shape))
    extents = [(0, size) if part == "-" else _extent(part) for part, size in zip(parts, found.shape, strict=True)]
    return Place(found, Box(tuple(start for start, _ in extents), tuple(length for _, length in extents)))


def _extent(text: str) -> tuple[int, int]:
    start, _, length = text.partition(",")
    return (int(start), int(length)) if start.isdecimal() and length.isdecimal() else (0, 0)


def _misfit(variable: Variable, place: Place) -> str:
    """Returns why an entry is not this variable's value; empty if it is."""
    dtype = place.found.dtype.removesuffix("_ref")
    if dtype != dtype_name(variable.dtype):
        return f"the graph has {dtype_name(variable.dtype)}, {place.found.name!r} is {dtype}"
    if not _fits(variable.shape, place.box.size):
        return f"the graph has {written_shape(variable.shape)}, {place.found.name!r} is {written_shape(place.box.size)}"
    return ""


def _fits(shape: Shape, size: tuple[int, ...]) -> bool:
    if shape is None:
        return True
    return len(shape) == len(size) and all(wanted in (None, there) for wanted, there in zip(shape, size, strict=True))
