"""Which entry of the checkpoint each variable of a graph is restored from: read off the nodes that a loader runs to restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.graphs.calls import PARTITIONED_CALL_OPS
from tfreg.core.graphs.graph import Graph, Node, Nodes

_ASSIGN_OPS = frozenset({"Assign", "AssignVariableOp"})
_IMPORT_OPS = frozenset({"LookupTableImport", "LookupTableImportV2"})
_RESTORE_OPS = frozenset({"RestoreV2", "RestoreSlice", "Restore"})
_PASSING_OPS = frozenset({"Identity", "IdentityN"})
_MAX_NODES = 400_000
_MAX_STEPS = 8


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a variable's value is.

    Attributes:
        key: The checkpoint's key.
        slice_spec: As `shape_and_slices` has it; empty for the whole value.
    """

    key: str
    slice_spec: str = ""


@dataclass(frozen=True, slots=True)
class RestoredEntries:
    """What a restore operation fills.

    Attributes:
        variables: The entry of each variable, by its operation.
        tables: The entries of each table's keys and values, likewise.
    """

    variables: Mapping[str, Restored]
    tables: Mapping[str, tuple[Restored, Restored]]


def restored_entries(graph: Graph, operation: str) -> RestoredEntries:
    """Returns the checkpoint's entries by what is filled with them.

    Args:
        graph: The top level and the library.
        operation: The operation that a loader runs to restore; a name that the graph lacks gives nothing.
    """
    search = _Search(graph)
    search.run(operation)
    return RestoredEntries(search.found, search.tables)


def restored_variables(graph: Graph, operation: str) -> Mapping[str, Restored]:
    """Returns the entries of the variables only; see `restored_entries`."""
    return restored_entries(graph, operation).variables


@dataclass(slots=True)
class _Search:
    graph: Graph
    found: dict[str, Restored] = field(default_factory=dict)
    tables: dict[str, tuple[Restored, Restored]] = field(default_factory=dict)
    left: int = _MAX_NODES
    _texts: dict[tuple[int, str], tuple[Nodes, list[str]]] = field(default_factory=dict)

    def run(self, operation: str) -> None:
        waiting, seen = [operation], {operation}
        while waiting and self.left > 0:
            node = self.graph.nodes.get(waiting.pop())
            if node is None:
                continue
            self.left -= 1
            if node.op in _ASSIGN_OPS:
                self._assigned(self.graph.nodes, node, None)
            elif node.op in _IMPORT_OPS:
                self._imported(self.graph.nodes, node, None)
            elif node.op in PARTITIONED_CALL_OPS or node.op in self.graph.functions:
                self._called(node)
            else:
                names = [text.removeprefix("^").partition(":")[0] for text in node.inputs]
                waiting += [name for name in names if name not in seen]
                seen.update(names)

    def _called(self, node: Node) -> None:
        function = self.graph.functions.get(node.op if node.op in self.graph.functions else node.attr["f"].func.name)
        if function is None:
            return
        given = [text.partition(":")[0] for text in node.inputs if not text.startswith("^")]
        arguments = dict(zip(function.input_names, given, strict=False))
        nodes = function.nodes
        for name in nodes:
            op = nodes.op_of(name)
            if op in _ASSIGN_OPS | _IMPORT_OPS and self.left > 0:
                self.left -= 1
                found = self._assigned if op in _ASSIGN_OPS else self._imported
                found(nodes, nodes[name], arguments)

    def _assigned(self, nodes: Nodes, assign: Node, arguments: Mapping[str, str] | None) -> None:
        if len(assign.inputs) < 2:
            return
        variable, source = _target(assign, arguments), self._source(nodes, assign.inputs[1])
        if variable and source is not None:
            self.found.setdefault(variable, source)

    def _imported(self, nodes: Nodes, importing: Node, arguments: Mapping[str, str] | None) -> None:
        if len(importing.inputs) < 3:
            return
        table, keys, values = _target(importing, arguments), *(self._source(nodes, text) for text in importing.inputs[1:3])
        if table and keys is not None and values is not None:
            self.tables.setdefault(table, (keys, values))

    def _source(self, nodes: Nodes, text: str) -> Restored | None:
        """Returns what a tensor was restored from, through the nodes that only pass it on."""
        for _ in range(_MAX_STEPS):
            name, _, place = text.partition(":")
            node = nodes.get(name)
            if node is None or not node.inputs:
                return None
            index = place.rpartition(":")[2]
            position = int(index) if index.isdecimal() and len(index) < 9 else 0
            if node.op in _RESTORE_OPS:
                return self._entry(nodes, node, position)
            if node.op not in _PASSING_OPS:
                return None
            text = node.inputs[position if node.op == "IdentityN" and position < len(node.inputs) else 0]
        return None

    def _entry(self, nodes: Nodes, restore: Node, position: int) -> Restored | None:
        given = [self._texts_of(nodes, text.partition(":")[0]) for text in restore.inputs[1:3]]
        if not given:
            return None
        keys, specs = given[0], given[1] if len(given) > 1 else []
        if position >= len(keys):
            return None
        return Restored(keys[position], specs[position] if position < len(specs) else "")

    def _texts_of(self, nodes: Nodes, name: str) -> list[str]:
        """Returns the strings of a Const, which all that one node restores asks for."""
        key = id(nodes), name
        if key not in self._texts:
            self._texts[key] = nodes, _texts(nodes.get(name))  # kept with its nodes, so that no others get their id
        return self._texts[key][1]


def _target(node: Node, arguments: Mapping[str, str] | None) -> str:
    """Returns what a node fills, by its name at the top level."""
    target = node.inputs[0].partition(":")[0]
    return target if arguments is None else arguments.get(target, "")


def _texts(node: Node | None) -> list[str]:
    """Returns the strings of a Const."""
    if node is None or node.op != "Const" or "value" not in node.attr:
        return []
    return [text.decode(errors="replace") for text in node.attr["value"].tensor.string_val]
