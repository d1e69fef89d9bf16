"""A config of Keras 1 in the words of Keras 2, which reads the weights of Keras 1 but not what it says of layers.

How weights begin (`init`) is left out, for they are loaded. Source: the legacy interfaces of Keras 2.0, and the layers of Keras 1.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tfreg.core.codecs.json_text import Json, as_list, as_mapping, as_text
from tfreg.core.errors import ConversionRefusedError

Config = dict[str, Json]

_CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Dot",
}
_KEYS = {
    "output_dim": "units",
    "bias": "use_bias",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample": "strides",
    "subsample_length": "strides",
    "stride": "strides",
    "pool_length": "pool_size",
    "length": "size",
    "atrous_rate": "dilation_rate",
    "border_mode": "padding",
    "p": "rate",
    "sigma": "stddev",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "input_dtype": "dtype",
}
_EMBEDDING_KEYS = {"W_regularizer": "embeddings_regularizer", "W_constraint": "embeddings_constraint", "output_dim": "output_dim"}
_DROPPED = frozenset(
    {"init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "depthwise_init", "pointwise_init", "weights"}
    | {"consume_less", "nb_row", "nb_col", "kernel_dim1", "kernel_dim2", "kernel_dim3", "dim_ordering", "mode"}
)
_GONE_KEYS = {"Embedding": ("dropout",), "Reshape": (), "RepeatVector": ()}
_GONE = frozenset({"MaxoutDense", "Highway", "ParametricSoftplus", "SReLU", "LocallyConnected1D", "LocallyConnected2D"})
_LISTS = {"kernel_size": (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))}


def as_second_keras(config: Mapping[str, Json]) -> Config:
    """Returns the config of a model, or of a layer of it, as Keras 2 writes it.

    Args:
        config: A mapping of `class_name` and `config`; in a functional model `name` and `inbound_nodes` too.

    Raises:
        ConversionRefusedError: Keras 2 has no such layer.
    """
    name, inner = as_text(config.get("class_name")), config.get("config")
    if name in ("Model", "Sequential"):
        return {**config, "config": _model(inner)}
    own = as_mapping(inner)
    if name in _GONE or (name == "BatchNormalization" and own.get("mode", 0) == 1):
        raise _gone(name, own)
    if name == "Merge":
        return {**config, **_merge(own)}
    if name in ("TimeDistributed", "Bidirectional"):
        return {**config, "config": {**own, "layer": as_second_keras(as_mapping(own.get("layer")))}}
    return {**config, "class_name": _CLASSES.get(name, name), "config": _layer(name, own)}


def _model(config: Json) -> Json:
    """A sequential model of Keras 1 is a list of layers; a functional one a mapping that holds such a list."""
    if isinstance(config, list):
        return _layers(config)
    return {**as_mapping(config), "layers": _layers(as_list(as_mapping(config).get("layers")))}


def _layers(layers: Iterable[Json]) -> list[Json]:
    return [as_second_keras(as_mapping(layer)) for layer in layers]


def _layer(name: str, config: Mapping[str, Json]) -> Config:
    keys = _KEYS | _EMBEDDING_KEYS if name == "Embedding" else _KEYS
    if name == "Lambda":
        return dict(config)
    found: Config = {keys.get(key, key): _value(key, value) for key, value in config.items() if key not in _DROPPED}
    for key, choices in _LISTS.items():
        for names in choices:
            if all(one in config for one in names):
                found[key] = [config[one] for one in names]
    if "dim_ordering" in config:
        found["data_format"] = "channels_first" if config["dim_ordering"] == "th" else "channels_last"
    for key in _GONE_KEYS.get(name, ("input_dim", "input_length", "output_shape")):
        found.pop(key, None)  # which Keras 2 takes for an input of its own
    return found | ({"reset_after": False} if name == "GRU" else {})


def _value(key: str, value: Json) -> Json:
    """Regularisers and constraints of Keras 1 are a mapping of their name and arguments."""
    if not isinstance(value, dict) or "class_name" in value or not key.endswith(("_regularizer", "_constraint")):
        return value
    own = {("max_value" if inner == "m" else inner): given for inner, given in value.items() if inner != "name"}
    name = as_text(value.get("name"))
    if key.endswith("_regularizer"):
        return {"class_name": "L1L2", "config": {inner: own.get(inner, 0.0) for inner in ("l1", "l2")}}
    return {"class_name": {"maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm"}.get(name, name), "config": own}


def _merge(config: Mapping[str, Json]) -> Config:
    mode = as_text(config.get("mode"))
    if mode not in _MERGES or "layers" in config or config.get("mode_type", "raw") != "raw":
        raise _gone("Merge", config)
    own: Config = {"name": config.get("name")}
    if mode == "concat":
        own["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        own |= {"axes": config.get("dot_axes", -1), "normalize": mode == "cos"}
    return {"class_name": _MERGES[mode], "config": own}


def _gone(name: str, config: Mapping[str, Json]) -> ConversionRefusedError:
    layer = as_text(config.get("name"))
    return ConversionRefusedError(
        f"The layer {layer!r} of the class {name} is one that only Keras 1 has.",
        hint="Replace it where the model was made, and save the model again.",
        layer=layer,
        layer_class=name,
    )
