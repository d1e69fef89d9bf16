"""The objects of a Keras model that have variables: layers, layers within layers, cells; each with its place in Keras's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.codecs.json_text import Json, as_mapping, as_text
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.keras_config import LayerNode, read_model
from tfreg.core.formats.keras_names import group_key, is_own_class
from tfreg.core.rewrites.keras import shapes
from tfreg.core.rewrites.keras.layers import LAYERS, NOT_TOLD, WRITTEN_AS, Inner, Row, Variable
from tfreg.core.tensors import Shape

_ROWS: Mapping[str, Row] = {name: row for row in LAYERS for name in row.classes}
_RECURRENT = frozenset({"SimpleRNN", "GRU", "LSTM", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "RNN"})
_SAME_TYPE = ("float32", "float64")
_CHANGES = ("quantization_config", "lora_rank", "use_gate")
"""Settings by which a layer gets variables that its row does not tell."""
_MAX_DEPTH = 32
_MAX_LAYERS = 20_000


@dataclass(frozen=True, slots=True)
class OwnVariable:
    """A variable of a part.

    Attributes:
        name: Its name.
        shape: As far as it is known.
        dtype: Empty if not known.
        trainable: Whether training changes it.
    """

    name: str
    shape: Shape
    dtype: str
    trainable: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A layer, a model, a cell, or a layer within a layer.

    Attributes:
        name: What Keras calls it.
        class_name: Its class.
        group: Its group in a weight file, below that of what it is part of: `layers/dense_1`, `cell`; empty for the model itself.
        attribute: The attribute that holds it, or its name if it is one of a model's layers.
        variables: Its own, in the order of their numbers.
        parts: What it consists of, in Keras's order.
        is_known: Whether all its variables are known; False for a user's own class.
        is_model: Whether it is a model.
        has_vocabulary: Whether its config holds a vocabulary.
    """

    name: str
    class_name: str
    group: str
    attribute: str
    variables: tuple[OwnVariable, ...] = ()
    parts: tuple[Part, ...] = ()
    is_known: bool = True
    is_model: bool = False
    has_vocabulary: bool = False

    def walk(self, above: tuple[Part, ...] = ()) -> Iterator[tuple[Part, ...]]:
        """Yields each part with all that it is part of before it, itself last."""
        chain = (*above, self)
        yield chain
        for part in self.parts:
            yield from part.walk(chain)


def structure_of(model: LayerNode, major: int) -> Part:
    """Returns the parts of a model.

    Args:
        model: Its architecture.
        major: Which Keras it is of: 1, 2 or 3.

    Raises:
        LimitError: It has more layers than are read; a layer that holds another twice counts that twice.
    """
    if not model.layers and major > 1:
        return Part(model.name, model.class_name, "", model.name, is_known=False, is_model=True)  # its author's own class
    return _Builder(major, Allowance("layers", _MAX_LAYERS)).model(model, "", model.name, trainable=True, depth=0)


@dataclass(frozen=True, slots=True)
class _Builder:
    major: int
    room: Allowance

    def model(self, node: LayerNode, group: str, attribute: str, *, trainable: bool, depth: int) -> Part:
        """Returns a model with its layers. A Sequential does not count its InputLayer among them."""
        layers = [layer for layer in node.layers if ".ops." not in layer.module]
        if node.class_name == "Sequential":
            layers = [layer for layer in layers if layer.class_name != "InputLayer"]
        outputs = {layer.name: layer.output_shape for layer in node.layers}
        parts: list[Part] = []
        for layer, key in zip(layers, _numbered([_class_of(layer) for layer in layers]), strict=True):
            parts.append(
                self.layer(layer, f"layers/{key}", layer.name, _taken(layer, outputs), trainable=trainable, depth=depth + 1)
            )
        return Part(node.name, _class_of(node), group, attribute, (), tuple(parts), is_model=True)

    def layer(self, node: LayerNode, group: str, attribute: str, taken: Shape, *, trainable: bool, depth: int) -> Part:
        """Returns a layer with the layers in it."""
        trainable = trainable and node.trainable
        if node.is_model and depth < _MAX_DEPTH:
            return self.model(node, group, attribute, trainable=trainable, depth=depth)
        class_name = _class_of(node)
        row = _ROWS.get(class_name, Row(()))
        if not self._is_known(node) or depth >= _MAX_DEPTH:
            return Part(node.name, node.class_name, group, attribute, is_known=False)
        variables = [
            self._own(variable, node.config, taken, trainable=trainable)
            for variable in row.variables
            if shapes.exists(variable, node.config)
        ]
        variables.sort(key=lambda variable: not variable.trainable)  # stable: trainable ones first
        parts = [part for inner in row.inner for part in self._inner(node, inner, taken, trainable=trainable, depth=depth + 1)]
        told = bool(node.config.get("vocabulary"))
        return Part(node.name, class_name, group, attribute, tuple(variables), tuple(parts), has_vocabulary=told)

    def _inner(self, node: LayerNode, inner: Inner, taken: Shape, *, trainable: bool, depth: int) -> Iterator[Part]:
        told = node.config.get(inner.config) or node.config.get(inner.otherwise) if inner.config else None
        if isinstance(told, list) and inner.attribute == "cell":  # RNN([cell, cell])
            told = {"class_name": "StackedRNNCells", "config": {"cells": told}}
        if isinstance(told, list):
            found = [self._read(one) for one in told]
            keys = _numbered([one.class_name for one in found])
            for number, (one, key) in enumerate(zip(found, keys, strict=True)):
                shape = taken if number == 0 else None
                yield self.layer(
                    one, f"{inner.attribute}/{key}", f"{inner.attribute}/{number}", shape, trainable=trainable, depth=depth
                )
            return
        if inner.config:
            below = self._read(told)
            plain = inner.otherwise and isinstance(
                node.config.get(inner.config), dict
            )  # Keras 3 keeps the name of a layer of its own
            name = below.name if plain and self.major >= 3 else _renamed(inner.name, below.name)
        else:
            below = LayerNode(inner.row, inner.row, "keras.layers", node.config, True, node.dtype)
            name = inner.name
        below.name = name or group_key(below.class_name)
        attribute = inner.before if inner.before and self.major < 3 else inner.attribute
        if node.class_name == "TimeDistributed" and taken is not None:
            taken = (*taken[:1], *taken[2:])
        yield self.layer(below, attribute, attribute, taken, trainable=trainable, depth=depth)

    def _own(self, variable: Variable, config: Mapping[str, Json], taken: Shape, *, trainable: bool) -> OwnVariable:
        dtype = as_mapping(as_mapping(config.get("dtype")).get("config")).get("name") or config.get("dtype")
        known = dtype if isinstance(dtype, str) and dtype in _SAME_TYPE and variable.number else ""
        name = variable.before if variable.before and self.major < 3 else variable.name
        return OwnVariable(name, shapes.shape_of(variable, config, taken), known, trainable and variable.trained)

    def _read(self, told: Json) -> LayerNode:
        """Reads the config of a layer that is not among a model's layers.

        Raises:
            LimitError: There are too many of them.
        """
        node = read_model(as_mapping(told))
        self.room.take(1 + sum(1 for _ in node.walk()))
        node.is_model = bool(node.layers)
        return node

    def _is_known(self, node: LayerNode) -> bool:
        config = node.config
        own = is_own_class(node.class_name, node.module, as_text(config.get("registered_name"))) or node.class_name in _ROWS
        changed = any(config.get(key) for key in _CHANGES) or "Quantized" in as_text(
            as_mapping(config.get("dtype")).get("class_name")
        )
        kept = node.class_name in _RECURRENT and config.get("stateful") is True and self.major >= 3  # the state is a variable
        return own and self.major > 1 and node.class_name not in NOT_TOLD and not changed and not kept


def _renamed(pattern: str, name: str) -> str:
    """Returns `forward_lstm` for `lstm`, and for `forward_lstm`, which some configs have already."""
    return pattern.format(name.removeprefix(pattern.removesuffix("{}")))


def _taken(layer: LayerNode, outputs: Mapping[str, Shape]) -> Shape:
    """Returns the shape of a layer's first input."""
    if layer.inputs:
        name, index = layer.inputs[0]
        return outputs.get(name) if index == 0 else None
    return shapes.written(layer.config.get("batch_input_shape"))


def _class_of(node: LayerNode) -> str:
    """Returns a layer's class; a Model that has layers is read as a Functional one."""
    return "Functional" if node.is_model and node.class_name == "Model" else WRITTEN_AS.get(node.class_name, node.class_name)


def _numbered(classes: list[str]) -> Iterator[str]:
    """Yields the groups of layers of these classes: `dense`, `dense_1` ..."""
    times: dict[str, int] = {}
    for name in classes:
        key = group_key(name)
        number = times[key] = times.get(key, -1) + 1
        yield f"{key}_{number}" if number else key
