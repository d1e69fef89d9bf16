"""Which variable of which layer a dataset of a Keras weight file is.

Two layouts: the legacy one has a group for each top-level layer and in it datasets by the variables' names; the one of Keras 3 (and of
`.keras` and `.weights.h5` since 2.12) has groups by attribute and class, `layers/dense_1/vars/0`, with variables by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfreg.core.codecs.hdf5 import Attribute, Dataset
from tfreg.core.formats.keras_config import LayerNode
from tfreg.core.formats.keras_names import VARIABLES, group_key, is_trained, variable_names

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_MAX_PIECES = 20
_STATES = ("optimizer", "metrics", "seed_generator", "optimizer_weights")
_CELLS = {"LSTM": "LSTMCell", "GRU": "GRUCell", "SimpleRNN": "SimpleRNNCell"}
_BY_KEY = {group_key(name): name for name in (*VARIABLES, *_CELLS, "MultiHeadAttention", "GroupQueryAttention")}
Groups = Mapping[str, Mapping[str, Attribute]]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a dataset is.

    Attributes:
        path: The variable as Keras names it, such as `tower/low/kernel`.
        trainable: Whether training changes it; None if that cannot be told.
        layers: The layers that it belongs to, the outermost first, the model itself left out.
        is_weight: False for what an optimiser, a metric or a random generator keeps.
    """

    path: str
    trainable: bool | None
    layers: tuple[LayerNode, ...] = ()
    is_weight: bool = True


class Naming:
    """Names the variables of one file.

    Args:
        groups: Attributes of its groups, by path.
        model: Its architecture; None if it holds none.
        keras_3: Whether Keras 3 wrote it, which puts the name of a Sequential model before those of its layers.
        root: The group that the weights of the legacy layout are in, with `/` at its end; empty for the file itself.
    """

    def __init__(self, groups: Groups, model: LayerNode | None, keras_3: bool, root: str = "") -> None:
        self._groups = groups
        self._model = model
        self._root = root
        self._children: dict[str, dict[str, LayerNode]] = {}
        self._inside: dict[str, list[str]] = {}
        self._layers: dict[int, dict[str, LayerNode]] = {}
        for path in groups:
            before, slash, name = path.rpartition("/")
            self._inside.setdefault(before + slash, []).append(name)
        self._named = any("name" in attributes for path, attributes in groups.items() if path.rpartition("/")[2] == "vars")
        self._by_name = {layer.name: layer for layer in model.layers} if model is not None else {}
        named = model is not None and keras_3 and model.class_name != "Functional"
        self._prefix = (model.name,) if named and model is not None else ()

    def variable(self, dataset: Dataset) -> Variable:
        """Returns what a dataset is."""
        parts = dataset.path.split("/")
        if "vars" in parts[-2:-1]:
            return self._numbered(parts, dataset.dtype)
        return self._legacy(dataset.path, dataset.dtype)

    def _legacy(self, path: str, dtype: str) -> Variable:
        """`model_weights/LAYER/NAME`, where NAME has `/` of its own and may end in `:0`."""
        inside = path.removeprefix(self._root)
        layer, _, name = inside.partition("/")
        name = (name or layer).removesuffix(":0")
        if layer in _STATES or not path.startswith(self._root):
            return Variable(f"optimizer/{name}", False, (), False)
        found = self._by_name.get(layer)
        parts = name.split("/")
        if layer not in parts and layer != "top_level_model_weights" and inside != name:
            parts = [layer, *parts]
        chain: list[LayerNode] = []
        while found is not None:
            chain.append(found)
            found = self._inner(found, parts) if found.is_model else None
        variable = parts[-1].removeprefix(f"{chain[-1].name}_" if chain else "")  # Keras 1 has the layer's name in it
        return Variable("/".join(parts), _trainable(variable, dtype, chain), tuple(chain))

    def _inner(self, model: LayerNode, parts: list[str]) -> LayerNode | None:
        """Returns the layer of a nested model that a variable names: `inner/kernel`, or `inner_W` in Keras 1."""
        if (layers := self._layers.get(id(model))) is None:
            layers = self._layers[id(model)] = {layer.name: layer for layer in model.layers}
        pieces = parts[-1].split("_")[:_MAX_PIECES]
        beginnings = ["_".join(pieces[:end]) for end in range(len(pieces) - 1, 0, -1)]
        return next((layers[name] for name in (*parts, *beginnings) if name in layers), None)

    def _numbered(self, parts: list[str], dtype: str) -> Variable:
        """`layers/CLASS_N/ATTRIBUTE/vars/NUMBER`."""
        *groups, _, number = parts
        if groups and (groups[0] in ("optimizer", "metrics") or "seed_generator" in groups):
            return Variable("", False, (), False)
        names, chain, node, class_name = list(self._prefix), [], self._model, ""
        config: object = None
        for depth, part in enumerate(groups, 1):
            if part in _CONTAINERS and (node is None or node.is_model) and depth < len(groups):
                continue
            told = self._groups.get("/".join((*groups[:depth], "vars")), {}).get("name")
            node = self._child(node, groups[: depth - 1], part) if node is not None and node.is_model else None
            if node is not None:
                chain.append(node)
                class_name, config = node.class_name, node.config
            else:
                class_name, config = _inner_class(part, class_name, config)
            if isinstance(told, str):
                names.append(told)
            elif node is not None:
                names.append(node.name)
            elif not self._named or depth == len(groups):
                names.append(group_key(class_name) if part == "cell" else part)
        known = variable_names(class_name, config)
        variable = known[int(number)] if number.isascii() and number.isdigit() and int(number[:9]) < len(known) else number
        return Variable("/".join((*names, variable)), _trainable(variable, dtype, chain), tuple(chain))

    def _child(self, model: LayerNode, groups: list[str], part: str) -> LayerNode | None:
        """Returns the layer of a model that a group is of, by its class and its rank among the groups of that class.

        Numbers count from nothing, 1, 2 ... but Keras 2.12 leaves some out.
        """
        prefix = "/".join((*groups, ""))
        if (found := self._children.get(prefix)) is None:
            found = self._children[prefix] = {}
            there = _numbers(self._inside.get(prefix, ()))
            for key, layers in model.children().items():
                numbers = sorted(there.get(key, ()))
                numbers = numbers if len(numbers) == len(layers) else list(range(len(layers)))
                found |= {f"{key}_{n}" if n else key: layer for n, layer in zip(numbers, layers, strict=True)}
        return found.get(part)


def _numbers(groups: Iterable[str]) -> dict[str, list[int]]:
    """Returns which numbers there are of each class: 0 for `dense`, 2 for `dense_2`."""
    found: dict[str, list[int]] = {}
    for name in groups:
        found.setdefault(name, []).append(0)
        key, _, number = name.rpartition("_")
        if key and number.isascii() and number.isdigit() and len(number) < 10:
            found.setdefault(key, []).append(int(number))
    return found


def _inner_class(part: str, outer: str, config: object) -> tuple[str, object]:
    """Returns class and config of a layer that is an attribute of another one, as far as that can be told."""
    told = config if isinstance(config, dict) else {}
    if part == "cell":
        return _CELLS.get(outer, "LSTMCell"), told  # the cells of Keras name their variables alike
    if part in ("layer", "forward_layer", "backward_layer") and isinstance(inner := told.get("layer"), dict):
        return str(inner.get("class_name", "")), inner.get("config")
    if part.endswith("_dense") and outer.endswith("Attention"):
        return "EinsumDense", told
    key, _, number = part.rpartition("_")
    return _BY_KEY.get(part) or (_BY_KEY.get(key, "") if number.isdigit() else ""), None


def _trainable(variable: str, dtype: str, chain: list[LayerNode]) -> bool | None:
    """Returns whether training changes a variable: its layer can be frozen, and its name can say that it never does."""
    return False if any(not layer.trainable for layer in chain) else is_trained(variable, dtype)
