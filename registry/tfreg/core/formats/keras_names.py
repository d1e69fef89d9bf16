"""Names that Keras itself has, from `keras_names.txt`, which tests/fixtures/make/keras_names.py writes from Keras 2 and 3."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_DEFAULT_PACKAGE = "Custom>"
_OWN_MODULES = ("keras", "tf_keras", "tensorflow")
VARIABLES: dict[str, tuple[str, ...]] = {
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "Conv1D": ("kernel", "bias"),
    "Conv1DTranspose": ("kernel", "bias"),
    "Conv2D": ("kernel", "bias"),
    "Conv2DTranspose": ("kernel", "bias"),
    "Conv3D": ("kernel", "bias"),
    "Conv3DTranspose": ("kernel", "bias"),
    "ConvLSTMCell": ("kernel", "recurrent_kernel", "bias"),
    "Dense": ("kernel", "bias", "kernel_scale"),
    "DepthwiseConv1D": ("kernel", "bias"),
    "DepthwiseConv2D": ("kernel", "bias"),
    "EinsumDense": ("kernel", "bias", "kernel_scale"),
    "Embedding": ("embeddings", "embeddings_scale"),
    "GRUCell": ("kernel", "recurrent_kernel", "bias"),
    "GroupNormalization": ("gamma", "beta"),
    "LSTMCell": ("kernel", "recurrent_kernel", "bias"),
    "LayerNormalization": ("gamma", "beta"),
    "Normalization": ("mean", "variance", "count"),
    "PReLU": ("alpha",),
    "RMSNormalization": ("scale",),
    "SeparableConv1D": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "SeparableConv2D": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "SimpleRNNCell": ("kernel", "recurrent_kernel", "bias"),
}
"""Names of a layer's variables in the order in which `save_own_variables` numbers them."""
_SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center"}
_SCALES = ("kernel_scale", "embeddings_scale")  # of quantized weights
_NEVER_TRAINED = frozenset({"moving_mean", "moving_variance", "mean", "variance", "count", "seed_generator_state", *_SCALES})
_RUNNING = ("running_mean", "running_std")
_OF_KERAS_1 = ("W_", "U_", "b_")
_TRAINED = frozenset(name for names in VARIABLES.values() for name in names) - _NEVER_TRAINED


@cache
def _table() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("keras_names.txt").read_text(encoding="utf-8").splitlines())


def is_own_class(name: str, module: str, registered_name: str = "") -> bool:
    """Whether Keras has a class; a module that is Keras' own is believed for names that look like a class."""
    name = name.removeprefix(_DEFAULT_PACKAGE)  # Keras 2 registers its own optimizers there
    if ">" in name or (">" in registered_name and registered_name != f"{_DEFAULT_PACKAGE}{name}"):
        return False
    if f"class {name}" in _table():
        return not module or is_own_module(module)
    return is_own_module(module) and name[:1].isupper()


def is_own_function(name: str) -> bool:
    """Whether Keras has an activation, a loss, a metric or an initializer of this name."""
    return f"function {name}" in _table()


def is_own_module(module: str) -> bool:
    """Whether a module is one of Keras."""
    return module.partition(".")[0] in _OWN_MODULES


def group_key(class_name: str) -> str:
    """Returns what Keras calls the groups of a class's instances in weight files (naming.to_snake_case): `conv2d` for Conv2D."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def variable_names(class_name: str, config: object = None) -> tuple[str, ...]:
    """Returns the names of a layer's variables by number, those left out that its config switches off; none if not known."""
    told = config if isinstance(config, dict) else {}
    return tuple(name for name in VARIABLES.get(class_name, ()) if told.get(_SWITCHES.get(name, ""), True) is not False)


def is_trained(variable: str, dtype: str) -> bool | None:
    """Whether training changes a variable of this name in a layer that is not frozen; None if neither name nor dtype says."""
    if "int" in dtype or dtype in ("bool", "string") or variable.endswith(_RUNNING):
        return False
    if variable.startswith(_OF_KERAS_1) or variable in ("W", "U", "b"):
        return True
    return True if variable in _TRAINED else False if variable in _NEVER_TRAINED else None
