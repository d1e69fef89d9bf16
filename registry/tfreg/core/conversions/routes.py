"""The routes: which conversions there are, one row each. A way from a format to a target is a path over this table.

A rewrite is the function `rewrite` of the module below `core/rewrites` that the row names. A step of TensorFlow is the module below
`convert/steps` of the row's own name; it runs in a sandboxed worker. A test holds the rows and the files together.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Enum

_CUT = frozenset({"signature", "tags", "inputs", "outputs", "shapes", "renamed", "placeholders", "clear_devices"})
_SIGNED = frozenset({"method_name", "new_tags", "new_signature"})
_TRACE = frozenset({"function", "spec"})
_OTHER_KEYS = frozenset({"variable_keys", "ema"})
_LOADED = _OTHER_KEYS | {"allow_training_graph"}
_FROZEN = frozenset({"keep_variables"})
_MATCHED = frozenset({"match", "partial"})
_TFLITE = frozenset({"signature", "tags", "quantize", "select_tf_ops"})
_FROZEN_GRAPH = ("frozen_graph", "frozen_graph_text")
_WEIGHTS = (
    "frozen_graph_text",
    "keras_weights_legacy",
    "saved_model",
    "frozen_graph",
    "tf1_checkpoint",
    "tf2_checkpoint",
    "keras_v3",
    "keras_h5",
    "keras_weights",
    "safetensors",
    "npz",
)
_WEIGHTS_ALONE = ("tf2_checkpoint", "keras_weights", "keras_weights_legacy", "keras_v3", "keras_h5", "safetensors", "npz")


class By(Enum):
    """What does the work of a route."""

    REWRITE = "rewrite"
    TENSORFLOW = "tensorflow"


class Keeps(Enum):
    """What of a model is left behind a route."""

    MODEL = "model"
    WEIGHTS = "weights"
    ARCHITECTURE = "architecture"


@dataclass(frozen=True, slots=True)
class Route:
    """A row of `ROUTES`.

    Attributes:
        name: Its name, `<source>_to_<target>` unless several sources share it.
        sources: Formats that it starts from; where a target is another form of a format (`frozen_graph_text`), that form is named too.
        target: Target that it makes (`targets.TARGETS`).
        by: What does the work.
        cost: About what it costs, in milliseconds for a model of 100 MB.
        module: Module below `core/rewrites`; empty: a step of the route's own name below `convert/steps`.
        loses: What the result has no longer, a clause each.
        options: Names of the options that it takes.
        inputs: Roles of further artifacts or attachments that it takes.
        needs: Those of `inputs` without which it cannot go.
        keeps: What of the model is left.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    by: By
    cost: int
    _: KW_ONLY
    module: str = ""
    loses: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    keeps: Keeps = Keeps.MODEL


_GRAPH = frozenset({"graph"})
_ARCHITECTURE = frozenset({"architecture"})
_GIVEN_WEIGHTS = frozenset({"weights"})
_NO_SIGNATURES = "the SignatureDefs, which a GraphDef cannot hold; the registry keeps them beside it"
_NO_TRAINING = "what only training needs"
_ONLY_WEIGHTS = ("the graph: only weights are left",)
_ONLY_ARCHITECTURE = ("the weights: only the architecture is left",)
_NO_STATE = ("the optimiser's state",)
_NOT_COMPILED = ("how the model was compiled, and the optimiser's state",)
_NO_PYTHON = ("layers and their Python side: what is left is the graph",)
_NO_NAMES = ("variables, functions and names within the graph: TFLite has tensors by index",)
_FOLDED = ("names of nodes that are folded into others",)
_FROZEN_LOSES = (_NO_SIGNATURES, _NO_TRAINING)

ROUTES: tuple[Route, ...] = (
    # -- graphs, by rewrite --
    Route(
        "checkpoint_to_frozen_graph",
        ("tf1_checkpoint",),
        "frozen_graph",
        By.REWRITE,
        200,
        module="freezing",
        loses=_FROZEN_LOSES,
        options=_CUT | _LOADED | _FROZEN,
        inputs=_GRAPH,
    ),
    Route(
        "checkpoint_to_saved_model",
        ("tf1_checkpoint",),
        "saved_model",
        By.REWRITE,
        200,
        module="checkpoint_to_saved_model",
        loses=(_NO_TRAINING,),
        options=_CUT | _LOADED | _SIGNED,
        inputs=_GRAPH,
    ),
    Route(
        "weights_to_frozen_graph",
        _WEIGHTS_ALONE,
        "frozen_graph",
        By.REWRITE,
        350,  # more than by way of a checkpoint where a SavedModel is wanted, which keeps its variables then
        module="freezing",
        loses=(_NO_SIGNATURES,),
        options=_CUT | _LOADED | _FROZEN | _MATCHED,
        inputs=_GRAPH,
        needs=_GRAPH,
    ),
    Route(
        "saved_model_to_frozen_graph",
        ("saved_model",),
        "frozen_graph",
        By.REWRITE,
        200,
        module="freezing",
        loses=_FROZEN_LOSES,
        options=_CUT | _FROZEN | _TRACE | _LOADED,
    ),
    Route(
        "frozen_graph_to_saved_model",
        _FROZEN_GRAPH,
        "saved_model",
        By.REWRITE,
        100,
        module="frozen_graph_to_saved_model",
        options=_CUT | _SIGNED,
    ),
    Route(
        "frozen_graph_to_text",
        ("frozen_graph",),
        "frozen_graph_text",
        By.REWRITE,
        1000,
        module="frozen_graph_to_text",
        options=_CUT,
    ),
    Route(
        "frozen_graph_to_binary", _FROZEN_GRAPH, "frozen_graph", By.REWRITE, 100, module="frozen_graph_to_binary", options=_CUT
    ),
    Route(
        "saved_model_to_saved_model",
        ("saved_model",),
        "saved_model",
        By.REWRITE,
        100,
        module="resigning",
        options=_CUT | _SIGNED | _TRACE | frozenset({"inference_only"}),
    ),
    # -- weights, by rewrite --
    Route(
        "weights_to_npz",
        _WEIGHTS,
        "npz",
        By.REWRITE,
        200,
        module="weights_to_npz",
        loses=_ONLY_WEIGHTS,
        options=_OTHER_KEYS,
        keeps=Keeps.WEIGHTS,
    ),
    Route(
        "weights_to_safetensors",
        _WEIGHTS,
        "safetensors",
        By.REWRITE,
        200,
        module="weights_to_safetensors",
        loses=_ONLY_WEIGHTS,
        options=_OTHER_KEYS,
        keeps=Keeps.WEIGHTS,
    ),
    Route(
        "weights_to_tf1_checkpoint",
        _WEIGHTS,
        "tf1_checkpoint",
        By.REWRITE,
        200,
        module="weights_to_tf1_checkpoint",
        loses=_ONLY_WEIGHTS,
        options=_OTHER_KEYS,
        keeps=Keeps.WEIGHTS,
    ),
    Route(
        "weights_to_tf2_checkpoint",
        _WEIGHTS,
        "tf2_checkpoint",
        By.REWRITE,
        200,
        module="weights_to_tf2_checkpoint",
        loses=_ONLY_WEIGHTS,
        options=_MATCHED,
        inputs=_ARCHITECTURE,
        keeps=Keeps.WEIGHTS,
    ),
    Route(
        "weights_to_keras_weights",
        _WEIGHTS,
        "keras_weights",
        By.REWRITE,
        200,
        module="weights_to_keras_weights",
        loses=_ONLY_WEIGHTS,
        options=_MATCHED,
        inputs=_ARCHITECTURE,
        keeps=Keeps.WEIGHTS,
    ),
    Route(
        "weights_to_keras_weights_legacy",
        _WEIGHTS,
        "keras_weights_legacy",
        By.REWRITE,
        200,
        module="weights_to_keras_weights_legacy",
        loses=_ONLY_WEIGHTS,
        options=_MATCHED,
        inputs=_ARCHITECTURE,
        keeps=Keeps.WEIGHTS,
    ),
    # -- Keras, by rewrite --
    Route(
        "keras_to_json",
        ("keras_v3", "keras_h5"),
        "keras_json",
        By.REWRITE,
        10,
        module="keras_to_json",
        loses=_ONLY_ARCHITECTURE,
        keeps=Keeps.ARCHITECTURE,
    ),
    Route(
        "keras_h5_to_keras_v3",
        ("keras_h5",),
        "keras_v3",
        By.REWRITE,
        300,
        module="keras_assembly",
        loses=_NOT_COMPILED,
    ),
    Route(
        "keras_v3_to_keras_h5",
        ("keras_v3",),
        "keras_h5",
        By.REWRITE,
        300,
        module="keras_assembly",
        loses=_NOT_COMPILED,
    ),
    Route(
        "keras_json_to_keras_v3",
        ("keras_json",),
        "keras_v3",
        By.REWRITE,
        200,
        module="keras_assembly",
        loses=_NO_STATE,
        options=_MATCHED,
        inputs=_GIVEN_WEIGHTS,
        needs=_GIVEN_WEIGHTS,
    ),
    Route(
        "keras_json_to_keras_h5",
        ("keras_json",),
        "keras_h5",
        By.REWRITE,
        200,
        module="keras_assembly",
        loses=_NO_STATE,
        options=_MATCHED,
        inputs=_GIVEN_WEIGHTS,
        needs=_GIVEN_WEIGHTS,
    ),
    Route(
        "weights_to_keras_v3",
        _WEIGHTS,
        "keras_v3",
        By.REWRITE,
        300,
        module="keras_assembly",
        loses=_NO_STATE,
        options=_MATCHED,
        inputs=_ARCHITECTURE,
        needs=_ARCHITECTURE,
    ),
    Route(
        "weights_to_keras_h5",
        _WEIGHTS,
        "keras_h5",
        By.REWRITE,
        300,
        module="keras_assembly",
        loses=_NO_STATE,
        options=_MATCHED,
        inputs=_ARCHITECTURE,
        needs=_ARCHITECTURE,
    ),
    # -- by TensorFlow --
    Route(
        "keras_to_saved_model",
        ("keras_v3", "keras_h5"),
        "saved_model",
        By.TENSORFLOW,
        8000,
        loses=_NO_PYTHON,
        options=frozenset({"shapes", "method_name"}),
        inputs=frozenset({"custom_objects"}),
    ),
    Route(
        "saved_model_to_tflite",
        ("saved_model",),
        "tflite",
        By.TENSORFLOW,
        10000,
        loses=_NO_NAMES,
        options=_TFLITE,
        inputs=frozenset({"samples"}),
    ),
    Route(
        "optimize_frozen_graph",
        _FROZEN_GRAPH,
        "frozen_graph",
        By.TENSORFLOW,
        6000,
        loses=_FOLDED,
        options=frozenset({"optimize", "inputs", "outputs"}),
    ),
)
