"""What runs, or is imported, when a Keras config is loaded: Lambda layers, and classes and functions that Keras does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text
from tfreg.core.formats.keras_names import is_own_class, is_own_function, is_own_module
from tfreg.core.formats.problems import Problems

_MAX_LISTED = 1_000
_LOSS_WORDS = frozenset({"accuracy", "acc", "crossentropy", "ce", "auto"})
_BY_NAME = ("loss", "losses", "metrics", "weighted_metrics")


@dataclass(slots=True)
class Foreign:
    """What a config brings along.

    Attributes:
        lambdas: Names of the Lambda layers with compiled code, in order.
        objects: Classes and functions that Keras does not have, and the layer that first uses each.
        scanned: Lists and dicts of losses and metrics that were looked through, by identity.
    """

    lambdas: dict[str, None] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    scanned: set[int] = field(default_factory=set)


def find_foreign(config: Json) -> Foreign:
    """Looks through a config, whichever way it is nested."""
    found = Foreign()
    waiting: list[tuple[Json, str]] = [(config, "")]
    while waiting:
        value, layer = waiting.pop()
        if isinstance(value, dict):
            layer = as_text(as_mapping(value.get("config")).get("name")) or layer
            _look_at(value, layer, found)
            waiting.extend((inner, layer) for inner in reversed(value.values()) if isinstance(inner, dict | list))
        elif isinstance(value, list):
            waiting.extend((inner, layer) for inner in reversed(value) if isinstance(inner, dict | list))
    return found


def tell_foreign(found: Foreign, file: str, problems: Problems) -> None:
    """Adds what a user should know before loading the model."""
    for name in found.lambdas:
        message = f"The Lambda layer {name!r} holds compiled Python code, which loading the model runs."
        problems.warn(
            "TFR403", message, "Load it only if you trust its author; else replace the layer.", file=file, operation=name
        )
    for name, layer in found.objects.items():
        where = f", used by the layer {layer!r}" if layer else ""
        message = f"{name!r}{where} is not of Keras: loading the model imports its author's code."
        problems.warn("TFR406", message, "Pass it to load_model as one of custom_objects.", file=file, operation=layer)


def tell_trained(found: Foreign, file: str, problems: Problems) -> None:
    """Adds what compiling the model brings along, which nobody needs who only runs it."""
    for name in (*found.objects, *(f"compiled Python code of {layer or 'the model'}" for layer in found.lambdas)):
        message = (
            f"{name!r} among losses, metrics and the optimiser is not of Keras: compiling the model needs its author's code."
        )
        hint = "Load it by load_model(..., compile=False), or pass it as one of custom_objects."
        problems.warn("TFR409", message, hint, file=file)


def _look_at(value: Mapping[str, Json], layer: str, found: Foreign) -> None:
    name, own = value.get("class_name"), value.get("config")
    if name == "__lambda__":
        found.lambdas[layer] = None
    elif name == "function":
        _function(value, layer, found)
    elif isinstance(name, str) and ("config" in value or "module" in value) and not name.startswith("__"):
        module, registered = as_text(value.get("module")), as_text(value.get("registered_name"))
        if module != "builtins" and not is_own_class(name, module, registered):
            plain = registered if ">" in registered else f"{module}.{name}" if module and not is_own_module(module) else name
            _add(found, plain, layer)
        if name == "Lambda":
            _lambda(as_mapping(own), layer, found)
    for key, inner in value.items():
        if isinstance(inner, str) and key.endswith("activation") and not is_own_function(inner):
            _add(found, inner, layer)
        elif key in _BY_NAME and "class_name" not in value:
            for word in _words(inner, found.scanned):
                if word not in _LOSS_WORDS and not is_own_function(word) and not is_own_class(word, ""):
                    _add(found, word, "")


def _lambda(config: Mapping[str, Json], layer: str, found: Foreign) -> None:
    """A Lambda of Keras 1 and 2: code is a list of marshalled bytes, default values and closure."""
    function = config.get("function")
    if any(config.get(key) == "lambda" for key in ("function_type", "output_shape_type", "mask_type")) or as_list(function):
        found.lambdas[layer] = None
    elif isinstance(function, str) and not is_own_function(function):
        _add(found, function, layer)


def _function(value: Mapping[str, Json], layer: str, found: Foreign) -> None:
    """A function by name, as Keras 3 writes it."""
    module, name, registered = as_text(value.get("module")), as_text(value.get("config")), as_text(value.get("registered_name"))
    if ">" in registered:
        _add(found, registered, layer)
    elif module in ("", "builtins") or is_own_module(module):
        if not is_own_function(name):
            _add(found, name, layer)
    else:
        _add(found, f"{module}.{name}", layer)


def _words(value: Json, scanned: set[int]) -> Iterator[str]:
    """Yields the texts of lists and dicts of losses or metrics, each list and dict once."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict | list):
            if id(inner) in scanned:
                continue
            scanned.add(id(inner))
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, list):
            waiting.extend(inner)
        elif isinstance(inner, dict) and "class_name" not in inner:
            waiting.extend(inner.values())


def _add(found: Foreign, name: str, layer: str) -> None:
    if name and len(found.objects) < _MAX_LISTED:
        found.objects.setdefault(name[:500], layer)
