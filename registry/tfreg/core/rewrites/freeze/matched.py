"""The values of a graph's variables from weights of any format, which find their places by name, path or order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfreg.core.conversions.results import WeightMatches
from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import WeightsMismatchError
from tfreg.core.fingerprints.restoring import Restored
from tfreg.core.graphs.graph import Node
from tfreg.core.rewrites.freeze.bindings import Variable
from tfreg.core.rewrites.freeze.dtypes import STRING
from tfreg.core.rewrites.freeze.scope import texts_node
from tfreg.core.rewrites.freeze.variables import variable_of
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.rewrites.matching import Place, match
from tfreg.core.rewrites.pieces import Piece, chunks_of
from tfreg.core.rewrites.weights import Weight
from tfreg.core.tensors import StoredTensor

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@dataclass(slots=True)
class MatchedWeights:
    """Weights that have no graph of their own; see `variables.Weights`.

    Attributes:
        weights: What there is.
        paths: The names that the graph's own program gives the entries of its checkpoint, by key.
        restored: What the graph's own restore operation says, by variable.
        keys: Names of weights that the caller gave, by variable.
        how: How they find their places, as `matching.match` has it.
    """

    weights: list[Weight]
    paths: Mapping[str, str]
    restored: Mapping[str, Restored]
    keys: Mapping[str, str]
    how: str = ""
    tables: Mapping[str, tuple[Restored, Restored]] = field(default_factory=dict)
    _found: WeightMatches = field(default_factory=lambda: WeightMatches("name"))

    def names_of(self, node: Node) -> tuple[str, ...]:
        """See `Weights`."""
        return tuple(dict.fromkeys((node.name, self._name_of(node))))

    def _name_of(self, node: Node) -> str:
        key = self.restored[node.name].key if node.name in self.restored else ""
        shared = node.attr["shared_name"].s.decode(errors="replace") if "shared_name" in node.attr else ""
        return self.paths.get(key, "") or (key if _VALUE not in key else "") or shared or node.name

    def has(self, node: Node) -> bool:  # noqa: ARG002  # matching says so, of all together
        """See `Weights`."""
        return True

    def knows(self, name: str) -> bool:
        """See `Weights`."""
        return any(name in (weight.name, weight.path) for weight in self.weights)

    def put_all(self, nodes: NodesEdit, wanted: Mapping[str, Node]) -> None:
        """See `Weights`.

        Raises:
            WeightsMismatchError: A variable gets no weight, or one of another dtype or shape.
        """
        if not wanted:
            return
        names = {self._place_name(node): name for name, node in wanted.items()}
        pairs, self._found = match(self.weights, [self._place(node) for node in wanted.values()], self.how, partial=False)
        for weight, place in pairs:
            name = names[place.name]
            variable = variable_of(wanted[name])
            _put(nodes, weight, name, variable, wanted[name].device)

    def put_entry(self, nodes: NodesEdit, restored: Restored, dtype: int, name: str, table: Node) -> None:  # noqa: ARG002
        """Raises, for no weights hold a table.

        Raises:
            WeightsMismatchError: Always.
        """
        raise WeightsMismatchError(f"The table {table.name!r} is filled from a checkpoint, which is not here.", table=table.name)

    def matches(self) -> WeightMatches:
        """See `Weights`."""
        return self._found

    def _place(self, node: Node) -> Place:
        key = self.restored[node.name].key.removesuffix(_VALUE) if node.name in self.restored else ""
        variable = variable_of(node)
        return Place(self._place_name(node), key, dtype_name(variable.dtype), variable.shape)

    def _place_name(self, node: Node) -> str:
        told = (self.keys[name] for name in reversed(self.names_of(node)) if name in self.keys)
        return next(told, self._name_of(node))


def told_names(tensors: Iterable[StoredTensor]) -> dict[str, str]:
    """Returns the names that programs give to the entries of a checkpoint, by key, where those are others."""
    return {tensor.name: tensor.path for tensor in tensors if tensor.path and not tensor.constant}


def _put(nodes: NodesEdit, weight: Weight, name: str, variable: Variable, device: str) -> None:
    if variable.dtype == STRING:
        nodes.put(texts_node(name, weight.shape, _texts(weight.pieces), device))
    else:
        nodes.put_constant(name, variable.dtype, weight.shape, weight.pieces, device)


def _texts(pieces: Iterable[Piece]) -> list[bytes]:
    """Returns the strings of a plain value, each of which has its length before it."""
    content, texts, at = b"".join(chunks_of(pieces)), [], 0
    while at < len(content):
        end = at + 8 + int.from_bytes(content[at : at + 8], "little")
        texts.append(content[at + 8 : end])
        at = end
    return texts
