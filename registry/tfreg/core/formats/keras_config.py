"""The architecture that a Keras config describes, of Keras 1, 2 and 3: layers, how they are connected, shapes as far as it says.

Shapes come from input layers, from the symbolic tensors that Keras 3 writes where a layer is called, and from `build_config`; past these
they are worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.keras_names import group_key
from tfreg.core.formats.keras_shapes import Known, shape_bytes, shape_of, worked_out
from tfreg.core.tensors import Shape, TensorSpec

_MAX_DEPTH = 32
_MAX_LAYERS = 20_000
_MAX_ENDS = 10_000
_MAX_ENDS_BYTES = 1 << 20  # of all inputs, and of all outputs: many can refer to one layer of a long name or shape
_MAX_NAME_CHARACTERS = 2_000
_POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


@dataclass(slots=True)
class LayerNode:
    """A layer, or a model with its layers.

    Attributes:
        name: Its name.
        class_name: Its class.
        module: Where Keras finds the class; may be empty.
        config: Its own config.
        trainable: Whether it is trained, by itself and by the models around it.
        dtype: What it computes in.
        inputs: Outputs that it takes, as layer name and index.
        layers: Of a model: its layers.
        is_model: Whether it is a model.
        output_shape: Shape of its first output, None if not known.
    """

    name: str
    class_name: str
    module: str
    config: Mapping[str, Json]
    trainable: bool
    dtype: str
    inputs: tuple[tuple[str, int], ...] = ()
    layers: list[LayerNode] = field(default_factory=list)
    is_model: bool = False
    output_shape: Shape = None

    def children(self) -> dict[str, list[LayerNode]]:
        """Layers by what their groups are called in weight files, but for a number: their class in snake case."""
        found: dict[str, list[LayerNode]] = {}
        for layer in self.layers:
            if ".ops." not in layer.module:  # an operation in a Functional model is no layer to Keras, so not counted
                found.setdefault(group_key(layer.class_name), []).append(layer)
        return found

    def walk(self, prefix: str = "") -> Iterator[tuple[str, LayerNode]]:
        """Yields all layers with their path, models before their own layers."""
        for layer in self.layers:
            path = f"{prefix}{layer.name}"
            yield path, layer
            yield from layer.walk(f"{path}/")


def read_model(config: Mapping[str, Json]) -> LayerNode:
    """Returns the model that `{"class_name": ..., "config": ...}` describes.

    Raises:
        LimitError: It has more layers than are read.
    """
    model = _node(config, True, 0, Allowance("layers", _MAX_LAYERS))
    model.is_model = True
    return model


def model_inputs(model: LayerNode) -> tuple[TensorSpec, ...]:
    """Returns what goes in; keys as a caller's dict has them."""
    told = list(islice(_ends(model.config.get("input_layers"), ""), _MAX_ENDS))
    if not told:
        told = [("", layer.name, 0) for layer in model.layers if layer.class_name == "InputLayer"]
    if not told and model.layers and model.class_name == "Sequential":
        first = model.layers[0]
        shape = shape_of(first.config.get("batch_input_shape", model.config.get("build_input_shape")))
        return (TensorSpec(f"{first.name}_input", None, _dtype(first.config), shape, shape is not None),)
    return _specs({layer.name: layer for layer in model.layers}, told)


def model_outputs(model: LayerNode) -> tuple[TensorSpec, ...]:
    """Returns what comes out; keys as a caller's dict has them, else names of layers."""
    told = list(islice(_ends(model.config.get("output_layers"), ""), _MAX_ENDS))
    if not told and model.layers and model.class_name == "Sequential":
        told = [("", model.layers[-1].name, 0)]
    return _specs({layer.name: layer for layer in model.layers}, told)


def text_bytes(text: str) -> int:
    """Returns how many bytes a text takes in a message."""
    return len(text) if text.isascii() else len(text.encode())


def plain_class(name: str) -> str:
    """Returns a class without the package that it was registered in: `Scale` for `shop>Scale`."""
    return name.rpartition(">")[2]


def _specs(by_name: Mapping[str, LayerNode], ends: list[tuple[str, str, int]]) -> tuple[TensorSpec, ...]:
    """Returns the inputs or outputs, as many as fit."""
    found: list[TensorSpec] = []
    left = _MAX_ENDS_BYTES
    for key, name, _ in ends:
        spec = _spec(by_name, key, name)
        left -= text_bytes(spec.key) + shape_bytes(spec.shape)
        if left < 0:
            break
        found.append(spec)
    return tuple(found)


def _spec(by_name: Mapping[str, LayerNode], key: str, name: str) -> TensorSpec:
    found = layer = by_name.get(name)
    if found is None or layer is None:
        return TensorSpec(key or name[:_MAX_NAME_CHARACTERS], None, "", None, False)
    while layer.is_model and layer.layers and not layer.dtype:
        layer = layer.layers[-1]
    return TensorSpec(key or found.name, None, layer.dtype, found.output_shape, found.output_shape is not None)


def _node(config: Mapping[str, Json], trainable: bool, depth: int, room: Allowance) -> LayerNode:
    """Reads a layer and what is in it.

    Raises:
        LimitError: There are more layers than are read.
    """
    room.take(1)
    own = config.get("config")
    inner = as_list(own) if isinstance(own, list) else as_list(as_mapping(own).get("layers"))  # Keras 1 has a bare list
    details = as_mapping(own)
    name = as_text(details.get("name")) or as_text(config.get("name"))
    node = LayerNode(
        name[:_MAX_NAME_CHARACTERS],
        plain_class(as_text(config.get("class_name")))[:_MAX_NAME_CHARACTERS],
        as_text(config.get("module"))[:_MAX_NAME_CHARACTERS],
        details,
        trainable and details.get("trainable") is not False,
        _dtype(details),
    )
    if inner and depth < _MAX_DEPTH:
        node.is_model = True
        node.layers = [_node(as_mapping(layer), node.trainable, depth + 1, room) for layer in inner if isinstance(layer, dict)]
        _connect(node, [as_mapping(layer) for layer in inner if isinstance(layer, dict)])
    return node


def _connect(model: LayerNode, configs: list[Mapping[str, Json]]) -> None:
    """Fills in what each layer of a model takes, and the shapes that follow."""
    known: Known = {}
    before: tuple[tuple[str, int], ...] = ()
    for layer, config in zip(model.layers, configs, strict=True):
        layer.inputs = _calls(config.get("inbound_nodes"), known) if "inbound_nodes" in config else before
        built = as_mapping(config.get("build_config")).get("input_shape")
        for source, written in zip(layer.inputs, [built] if len(layer.inputs) == 1 else as_list(built), strict=False):
            if (told := shape_of(written)) is not None:
                known.setdefault(source, (told, ""))
        before = () if "inbound_nodes" in config else ((layer.name, 0),)
    for layer in model.layers:
        shape, dtype = known.get((layer.name, 0), (None, ""))
        shape = worked_out(layer, known) if shape is None else shape
        layer.output_shape, layer.dtype = shape, dtype or layer.dtype
        if shape is not None:
            known[layer.name, 0] = shape, dtype


def _calls(nodes: Json, known: Known) -> tuple[tuple[str, int], ...]:
    """Returns which outputs a layer takes at its first call, and notes the shapes of all that it ever takes."""
    found: dict[tuple[str, int], None] = {}
    for number, node in enumerate(as_list(nodes)):
        for source, shape, dtype in _sources(node):
            if number == 0:
                found[source] = None
            if shape is not None or dtype:
                known.setdefault(source, (shape, dtype))
    return tuple(found)


def _sources(node: Json) -> Iterator[tuple[tuple[str, int], Shape, str]]:
    """Yields the outputs that a call takes: symbolic tensors of Keras 3, or `[layer, node, index, kwargs]` of Keras 1 and 2."""
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                tensor = as_mapping(value.get("config"))
                history = as_list(tensor.get("keras_history"))
                if (source := _source(history)) is not None:
                    yield source, shape_of(tensor.get("shape")), as_text(tensor.get("dtype"))
            else:
                waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            if (source := _source(value)) is not None:
                yield source, None, ""
            else:
                waiting.extend(reversed(value))


def _source(value: list[Json]) -> tuple[str, int] | None:
    if len(value) < 3 or not isinstance(value[0], str) or not isinstance(value[1], int) or not isinstance(value[2], int):
        return None
    return value[0], value[2]


def _ends(value: Json, key: str, depth: int = 0) -> Iterator[tuple[str, str, int]]:
    """Yields key, layer and index of the inputs or outputs of a model, whichever structure they form."""
    if isinstance(value, list) and (source := _source(value)) is not None:
        yield key, *source
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _ends(inner, f"{key[:_MAX_NAME_CHARACTERS]}/{number}" if key else "", depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, dict):
        for name, inner in value.items():
            yield from _ends(inner, f"{key}/{name}"[:_MAX_NAME_CHARACTERS] if key else name[:_MAX_NAME_CHARACTERS], depth + 1)


def _dtype(config: Mapping[str, Json]) -> str:
    """Returns what a layer computes in: a dtype, or what a policy says."""
    told = config.get("dtype", config.get("input_dtype"))  # the latter of Keras 1
    policy = as_mapping(as_mapping(told).get("config"))
    name = as_text(policy.get("name")) or as_text(policy.get("source_name")) or as_text(told)  # the latter of quantized layers
    return _POLICIES.get(name, name)[:64]
