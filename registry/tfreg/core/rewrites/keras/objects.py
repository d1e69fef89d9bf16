"""The objects of a Keras model as programs of Keras 2 and 3 reach them from a checkpoint's root.

Keras 3 tracks a Functional model's layers as `_operations/N`, a Sequential's as `_functional/_operations/N`, whose first is its input;
Keras 2 tracks `layer-N` and `layer_with_weights-N`. A variable is `kernel` in Keras 2 and often `_kernel` in Keras 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core.formats.keras_config import LayerNode
from tfreg.core.rewrites.checkpoints.object_graphs import ROOT, ObjectGraph
from tfreg.core.rewrites.keras.structure import Part
from tfreg.core.rewrites.weights import Weight

_INPUT, _SEQUENTIAL = "InputLayer", "Sequential"
Carried = Mapping[str, Sequence[tuple[str, Weight]]]


def keras_objects(root: Part, node: LayerNode, values: Mapping[str, Weight], carried: Carried) -> ObjectGraph:
    """Returns the objects of a model, which is the root itself and the root's attribute `model`.

    Args:
        root: The model's parts.
        node: Its layers.
        values: The weight of each variable by its dataset in a `.weights.h5`.
        carried: Weights of layers whose variables are not known, by the layer's group: each becomes an attribute of the layer, called as
            its file calls it.
    """
    objects = _Objects(values, carried)
    model = objects.graph.at(ROOT, ["model"])
    objects.add(model, root, node, "", ())
    objects.graph.share(ROOT, model)
    return objects.graph


@dataclass(frozen=True, slots=True)
class _Objects:
    values: Mapping[str, Weight]
    carried: Carried
    graph: ObjectGraph = field(default_factory=ObjectGraph)

    def add(self, number: int, part: Part, node: LayerNode | None, group: str, way: tuple[str, ...]) -> bool:
        """Adds what a part consists of; returns whether it has variables."""
        own = list(self._own(part, group))
        for attributes, weight in own:
            holder = self.graph.at(number, attributes[:-1])
            variable = self.graph.at(holder, attributes[-1:])
            self.graph.link(holder, f"_{attributes[-1]}", variable)
            self.graph.keep(variable, (*way, *attributes), weight)
        below = {layer.name: layer for layer in node.layers} if node is not None else {}
        filled = []
        for inner in part.parts:
            attributes = [inner.name] if part.is_model else inner.attribute.split("/")
            child = self.graph.at(number, attributes)
            if not part.is_model:
                self.graph.link(number, _other(attributes[0]), self.graph.at(number, attributes[:1]))
            filled.append(self.add(child, inner, below.get(inner.name), f"{group}{inner.group}/", (*way, *attributes)))
        if part.is_model and node is not None:
            self._layers(number, part, node, filled)
        return bool(own) or any(filled)

    def _own(self, part: Part, group: str) -> Iterator[tuple[list[str], Weight]]:
        """Yields the attributes that lead to a part's own variables."""
        for index, variable in enumerate(part.variables):
            if weight := self.values.get(f"{group}vars/{index}"):
                yield [variable.name], weight
        for place, weight in self.carried.get(group.removesuffix("/"), ()):
            yield [*(name for name in place.split("/")[:-1] if name != "vars"), weight.name.rpartition("/")[2]], weight

    def _layers(self, number: int, part: Part, node: LayerNode, filled: Sequence[bool]) -> None:
        """Adds the names by which Keras 2 and 3 number a model's layers."""
        children = {inner.name: self.graph.at(number, [inner.name]) for inner in part.parts}
        weighted = (name for name, has_variables in zip(children, filled, strict=True) if has_variables)
        for index, name in enumerate(weighted):
            self.graph.link(number, f"layer_with_weights-{index}", children[name])
        for index, child in enumerate(children.values()):
            self.graph.link(number, f"layer-{index}", child)
        is_sequential = part.class_name == _SEQUENTIAL
        operations = self.graph.at(number, ["_functional", "_operations"] if is_sequential else ["_operations"])
        names = [layer.name for layer in node.layers]
        first = 1 if is_sequential and not (node.layers and node.layers[0].class_name == _INPUT) else 0
        for index, name in enumerate(names, first):
            if name in children:
                self.graph.link(operations, str(index), children[name])


def _other(attribute: str) -> str:
    """Returns what another version of Keras calls an attribute: `_query_dense` and `query_dense`."""
    return attribute.removeprefix("_") if attribute.startswith("_") else f"_{attribute}"
