"""Makes the object graph of a TF2 checkpoint: objects by their attributes, and which key each variable's value has.

A program's objects find theirs by attributes, step by step from the root, so that one object may be found by several names: a layer as
`model/dense`, as the operation of that number of a Keras 3 model and as the layer of that number of a Keras 2 model. An object that
only few programs have does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.formats.variables import OBJECT_GRAPH
from tfreg.core.rewrites.bundles import BundleEntry
from tfreg.core.rewrites.pieces import Inline
from tfreg.core.rewrites.weights import Weight
from tfreg.core.rewrites.weights.states import VALUE
from tfreg.wire.object_graph_pb2 import TrackableObjectGraph

ROOT = 0
_VALUE_NAME, _LENGTH_BYTES, _SAVE_COUNTER = "VARIABLE_VALUE", 8, "save_counter"


class ObjectGraph:
    """The objects of a checkpoint while they are put together; an object is its number, the root is `ROOT`."""

    def __init__(self) -> None:
        self._graph = TrackableObjectGraph()
        self._children: list[dict[str, int]] = []
        self._entries: dict[str, BundleEntry] = {}
        self.new()

    def new(self) -> int:
        """Returns a further object, which nothing leads to yet."""
        self._graph.nodes.add().has_checkpoint_values.value = True
        self._children.append({})
        return len(self._children) - 1

    def at(self, parent: int, attributes: Iterable[str]) -> int:
        """Returns what a way of attributes leads to; objects that are not there are made."""
        for attribute in attributes:
            if attribute not in self._children[parent]:
                self.link(parent, attribute, self.new())
            parent = self._children[parent][attribute]
        return parent

    def link(self, parent: int, attribute: str, target: int) -> None:
        """Lets an attribute of an object hold another; one that there is stays as it is."""
        if attribute not in self._children[parent]:
            self._children[parent][attribute] = target
            self._graph.nodes[parent].children.add(node_id=target, local_name=attribute)

    def share(self, parent: int, other: int) -> None:
        """Lets an object have all that another's attributes hold."""
        for attribute, target in list(self._children[other].items()):
            self.link(parent, attribute, target)

    def keep(self, variable: int, attributes: Iterable[str], weight: Weight) -> None:
        """Gives an object a value, whose key is written as a way of attributes that leads to it."""
        key = key_of(attributes)
        self._graph.nodes[variable].attributes.add(name=_VALUE_NAME, full_name=weight.name, checkpoint_key=key)
        self._entries[key] = BundleEntry(key, weight.dtype, weight.shape, weight.pieces, weight.crc32c)

    def entries(self) -> list[BundleEntry]:
        """Returns the values, the counter that a program has that restores by `tf.train.Checkpoint.restore`, and the graph itself."""
        if _SAVE_COUNTER not in self._children[ROOT]:
            counter = Weight(_SAVE_COUNTER, _SAVE_COUNTER, "int64", (), (Inline((1).to_bytes(8, "little")),))
            self.keep(self.at(ROOT, [_SAVE_COUNTER]), [_SAVE_COUNTER], counter)
        return [*self._entries.values(), graph_entry(self._graph.SerializeToString(deterministic=True))]


def graph_entry(content: bytes) -> BundleEntry:
    """Returns the entry that an object graph is kept in."""
    return BundleEntry(OBJECT_GRAPH, "string", (), [Inline(len(content).to_bytes(_LENGTH_BYTES, "little") + content)])


def key_of(attributes: Iterable[str]) -> str:
    """Returns the key of the value that a way of attributes leads to (trackable_utils.escape_local_name)."""
    return "/".join(attribute.replace(".", "..").replace("/", ".S") for attribute in attributes) + VALUE
