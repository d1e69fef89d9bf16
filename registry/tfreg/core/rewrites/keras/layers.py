"""The variables of each of Keras's layers, in the order in which Keras keeps them.

Trainable ones come before others, a layer's own before those of the layers in it. Keras 2 and 3 agree but where a row says so.
tests/core/rewrites/keras checks the rows against both.

A shape is written size by size: `in` is the input's channels, `units` what the config says, `4*units` and `in/groups` what follows;
`...kernel_size` stands for as many sizes as the config lists, `axis` for the input's sizes along the config's axis.
A condition names flags of the config: `use_bias`, `!reset_after`, `score_mode=concat`, `mode!=real`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SWITCHED_ON = frozenset({"use_bias", "center", "scale"})
"""Flags that are on in configs that do not mention them; others are off."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a layer.

    Attributes:
        name: Its name.
        shape: Its shape as the module describes it; None if even the rank depends on more than the config.
        when: Flags on which it depends.
        trained: Whether training changes it.
        number: Whether it is of the layer's own floating type; False for counters.
        before: Its name in Keras 2, if that is another.
    """

    name: str
    shape: tuple[str, ...] | None = None
    when: tuple[str, ...] = ()
    trained: bool = True
    number: bool = True
    before: str = ""


@dataclass(frozen=True, slots=True)
class Inner:
    """A layer within a layer.

    Attributes:
        attribute: The attribute that holds it, which is its group's name in weight files.
        row: Class whose row it has; empty: the config says.
        config: Where the config describes it; empty: it has the outer layer's own config.
        name: Its name; `{}` stands for the name that the config gives it; empty: its class in snake case.
        otherwise: Where the config describes it if `config` does not.
        before: The attribute in Keras 2, if that is another.
    """

    attribute: str
    row: str = ""
    config: str = ""
    name: str = ""
    otherwise: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `LAYERS`.

    Attributes:
        classes: The classes that it is of.
        variables: Their own variables.
        inner: The layers in them, in Keras's order.
    """

    classes: tuple[str, ...]
    variables: tuple[Variable, ...] = ()
    inner: tuple[Inner, ...] = ()


_BIAS = ("use_bias",)
_SCALE = ("scale",)
_CENTER = ("center",)
_RENORM = ("renorm",)
_KERNEL_1D, _KERNEL_2D = ("1", "in*depth_multiplier", "filters"), ("1", "1", "in*depth_multiplier", "filters")


def _recurrent(gates: int, *bias: Variable) -> tuple[Variable, ...]:
    """Returns the variables of a cell: what its gates are computed by."""
    width = f"{gates}*units"
    return (Variable("kernel", ("in", width)), Variable("recurrent_kernel", ("units", width)), *bias)


LAYERS: tuple[Row, ...] = (
    Row(("Dense",), (Variable("kernel", ("in", "units")), Variable("bias", ("units",), _BIAS))),
    Row(("EinsumDense",), (Variable("kernel"), Variable("bias", None, ("bias_axes",)))),
    Row(("Embedding",), (Variable("embeddings", ("input_dim", "output_dim")),)),
    Row(
        ("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D"),
        (Variable("kernel", ("...kernel_size", "in/groups", "filters")), Variable("bias", ("filters",), _BIAS)),
    ),
    Row(
        (
            "Conv1DTranspose",
            "Conv2DTranspose",
            "Conv3DTranspose",
            "Convolution1DTranspose",
            "Convolution2DTranspose",
            "Convolution3DTranspose",
        ),
        (Variable("kernel", ("...kernel_size", "filters", "in")), Variable("bias", ("filters",), _BIAS)),
    ),
    Row(
        ("DepthwiseConv1D", "DepthwiseConv2D"),
        (
            Variable("kernel", ("...kernel_size", "in", "depth_multiplier"), before="depthwise_kernel"),
            Variable("bias", ("in*depth_multiplier",), _BIAS),
        ),
    ),
    Row(
        ("SeparableConv1D", "SeparableConvolution1D"),
        (
            Variable("depthwise_kernel", ("...kernel_size", "in", "depth_multiplier")),
            Variable("pointwise_kernel", _KERNEL_1D),
            Variable("bias", ("filters",), _BIAS),
        ),
    ),
    Row(
        ("SeparableConv2D", "SeparableConvolution2D"),
        (
            Variable("depthwise_kernel", ("...kernel_size", "in", "depth_multiplier")),
            Variable("pointwise_kernel", _KERNEL_2D),
            Variable("bias", ("filters",), _BIAS),
        ),
    ),
    Row(("LocallyConnected1D", "LocallyConnected2D"), (Variable("kernel"), Variable("bias", None, _BIAS))),
    Row(
        ("BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1"),
        (
            Variable("gamma", ("axis",), _SCALE),
            Variable("beta", ("axis",), _CENTER),
            Variable("moving_mean", ("axis",), (), trained=False),
            Variable("moving_variance", ("axis",), (), trained=False),
            Variable("moving_stddev", ("axis",), _RENORM, trained=False),
            Variable("renorm_mean", ("axis",), _RENORM, trained=False),
            Variable("renorm_stddev", ("axis",), _RENORM, trained=False),
        ),
    ),
    Row(
        ("LayerNormalization", "GroupNormalization"),
        (Variable("gamma", ("axis",), _SCALE), Variable("beta", ("axis",), _CENTER)),
    ),
    Row(("RMSNormalization",), (Variable("scale", ("axis",)),)),
    Row(("PReLU",), (Variable("alpha"),)),
    Row(
        ("Attention",),
        (
            Variable("scale", (), ("use_scale",)),
            Variable("concat_score_weight", (), ("score_mode=concat",)),
        ),
    ),
    Row(("AdditiveAttention",), (Variable("scale", ("in",), ("use_scale",)),)),
    Row(
        ("MultiHeadAttention",),
        (),
        (
            Inner("query_dense", "_Projection", name="query", before="_query_dense"),
            Inner("key_dense", "_Projection", name="key", before="_key_dense"),
            Inner("value_dense", "_Projection", name="value", before="_value_dense"),
            Inner("output_dense", "_Projection", name="attention_output", before="_output_dense"),
        ),
    ),
    Row(
        ("GroupedQueryAttention",),
        (),
        (
            Inner("_query_dense", "_Projection", name="query"),
            Inner("_key_dense", "_Projection", name="key"),
            Inner("_value_dense", "_Projection", name="value"),
            Inner("_output_dense", "_Projection", name="attention_output"),
        ),
    ),
    Row(("_Projection",), (Variable("kernel"), Variable("bias", None, _BIAS))),
    Row(("SimpleRNN",), (), (Inner("cell", "SimpleRNNCell"),)),
    Row(("GRU",), (), (Inner("cell", "GRUCell"),)),
    Row(("LSTM",), (), (Inner("cell", "LSTMCell"),)),
    Row(("SimpleRNNCell",), _recurrent(1, Variable("bias", ("units",), _BIAS))),
    Row(
        ("GRUCell",),
        _recurrent(
            3,
            Variable("bias", ("2", "3*units"), ("use_bias", "reset_after")),
            Variable("bias", ("3*units",), ("use_bias", "!reset_after")),
        ),
    ),
    Row(("LSTMCell",), _recurrent(4, Variable("bias", ("4*units",), _BIAS))),
    Row(("CuDNNGRU",), _recurrent(3, Variable("bias", ("6*units",)))),
    Row(("CuDNNLSTM",), _recurrent(4, Variable("bias", ("8*units",)))),
    Row(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), (), (Inner("cell", "ConvLSTMCell"),)),
    Row(
        ("ConvLSTMCell",),
        (
            Variable("kernel", ("...kernel_size", "in", "4*filters")),
            Variable("recurrent_kernel", ("...kernel_size", "filters", "4*filters")),
            Variable("bias", ("4*filters",), _BIAS),
        ),
    ),
    Row(("RNN",), (), (Inner("cell", config="cell"),)),
    Row(("StackedRNNCells",), (), (Inner("cells", config="cells"),)),
    Row(
        ("Bidirectional",),
        (),
        (
            Inner("forward_layer", config="layer", name="forward_{}"),
            Inner("backward_layer", config="backward_layer", otherwise="layer", name="backward_{}"),
        ),
    ),
    Row(("TimeDistributed",), (), (Inner("layer", config="layer", name="{}"),)),
    Row(
        ("Normalization",),
        (
            Variable("mean", ("axis",), ("!mean",), trained=False),
            Variable("variance", ("axis",), ("!mean",), trained=False),
            Variable("count", (), ("!mean",), trained=False, number=False),
        ),
    ),
    Row(
        ("STFTSpectrogram",),
        (
            Variable("real_kernel", None, ("mode!=imag",)),
            Variable("imag_kernel", None, ("mode!=real",)),
        ),
    ),
    Row(
        ("ReversibleEmbedding",),
        (
            Variable("embeddings", ("input_dim", "output_dim")),
            Variable("reverse_embeddings", ("output_dim", "input_dim"), ("!tie_weights",)),
        ),
    ),
)
NOT_TOLD = frozenset(
    {
        "AtrousConvolution2D",
        "DenseFeatures",
        "FeatureSpace",
        "FlaxLayer",
        "Highway",
        "JaxLayer",
        "LinearModel",
        "MaxoutDense",
        "Merge",
        "ModuleWrapper",
        "RandomFourierFeatures",
        "SequenceFeatures",
        "SpectralNormalization",
        "TFSMLayer",
        "TorchModuleWrapper",
        "WideDeepModel",
    }
)
"""Layers of Keras whose variables no row tells. All others that have no row have no variables."""
WRITTEN_AS: Mapping[str, str] = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes that configs call otherwise than Keras itself, whose name counts in weight files."""
KEPT_AS_FILES = frozenset({"IntegerLookup", "StringLookup", "TextVectorization"})
"""Layers that keep a vocabulary beside the weights, in `assets/` of a `.keras`, unless their config holds it."""
