"""The routes: which conversions there are, one row each. A way from a format to a target is a path over this table.

A rewrite is the function `rewrite` of the module below `core/rewrites` that the row names. A step of TensorFlow is the module below
`convert/steps` of the row's own name; it runs in a sandboxed worker. A test holds the rows and the files together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_CUT = frozenset({"signature", "tags", "inputs", "outputs", "shapes", "renamed", "placeholders", "clear_devices"})
_SIGNED = frozenset({"method_name", "new_tags", "new_signature"})
_TRACE = frozenset({"function", "spec"})
_LOADED = frozenset({"variable_keys", "ema", "allow_training_graph"})
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


class By(Enum):
    """What does the work of a route."""

    REWRITE = "rewrite"
    TENSORFLOW = "tensorflow"


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
    """

    name: str
    sources: tuple[str, ...]
    target: str
    by: By
    cost: int
    module: str = ""
    loses: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


_NO_SIGNATURES = "the SignatureDefs, which a GraphDef cannot hold; the registry keeps them beside it"
_NO_TRAINING = "what only training needs"
_ONLY_WEIGHTS = "the graph: only weights are left"
_NO_PYTHON = "layers and their Python side: what is left is the graph"

ROUTES: tuple[Route, ...] = (
    # -- graphs, by rewrite --
    Route(
        "checkpoint_to_frozen_graph",
        ("tf1_checkpoint",),
        "frozen_graph",
        By.REWRITE,
        200,
        "freezing",
        (_NO_SIGNATURES, _NO_TRAINING),
        _CUT | _LOADED | _FROZEN,
        frozenset({"graph"}),
    ),
    Route(
        "checkpoint_to_saved_model",
        ("tf1_checkpoint",),
        "saved_model",
        By.REWRITE,
        200,
        "checkpoint_to_saved_model",
        (_NO_TRAINING,),
        _CUT | _LOADED | _SIGNED,
        frozenset({"graph"}),
    ),
    Route(
        "weights_to_frozen_graph",
        ("tf2_checkpoint", "keras_weights", "keras_weights_legacy", "keras_v3", "keras_h5", "safetensors", "npz"),
        "frozen_graph",
        By.REWRITE,
        200,
        "freezing",
        (_NO_SIGNATURES,),
        _CUT | _LOADED | _FROZEN | _MATCHED,
        frozenset({"graph"}),
        frozenset({"graph"}),
    ),
    Route(
        "saved_model_to_frozen_graph",
        ("saved_model",),
        "frozen_graph",
        By.REWRITE,
        200,
        "freezing",
        (_NO_SIGNATURES, _NO_TRAINING),
        _CUT | _FROZEN | _TRACE | _LOADED,
    ),
    Route(
        "frozen_graph_to_saved_model",
        ("frozen_graph",),
        "saved_model",
        By.REWRITE,
        100,
        "frozen_graph_to_saved_model",
        (),
        _CUT | _SIGNED,
    ),
    Route(
        "frozen_graph_to_text",
        ("frozen_graph",),
        "frozen_graph_text",
        By.REWRITE,
        1000,
        "frozen_graph_to_text",
        (),
        _CUT,
    ),
    Route(
        "frozen_graph_to_binary",
        _FROZEN_GRAPH,
        "frozen_graph",
        By.REWRITE,
        100,
        "frozen_graph_to_binary",
        (),
        _CUT,
    ),
    Route(
        "saved_model_to_saved_model",
        ("saved_model",),
        "saved_model",
        By.REWRITE,
        100,
        "resigning",
        (),
        _CUT | _SIGNED | _TRACE | frozenset({"inference_only"}),
    ),
    # -- weights, by rewrite --
    Route("weights_to_npz", _WEIGHTS, "npz", By.REWRITE, 200, "weights_to_npz", (_ONLY_WEIGHTS,)),
    Route("weights_to_safetensors", _WEIGHTS, "safetensors", By.REWRITE, 200, "weights_to_safetensors", (_ONLY_WEIGHTS,)),
    Route(
        "weights_to_tf1_checkpoint",
        _WEIGHTS,
        "tf1_checkpoint",
        By.REWRITE,
        200,
        "weights_to_tf1_checkpoint",
        (_ONLY_WEIGHTS,),
        frozenset({"variable_keys"}) | _MATCHED,
        frozenset({"graph"}),
    ),
    Route(
        "weights_to_tf2_checkpoint",
        _WEIGHTS,
        "tf2_checkpoint",
        By.REWRITE,
        200,
        "weights_to_tf2_checkpoint",
        (_ONLY_WEIGHTS,),
        _MATCHED,
        frozenset({"architecture"}),
    ),
    Route(
        "weights_to_keras_weights",
        _WEIGHTS,
        "keras_weights",
        By.REWRITE,
        200,
        "weights_to_keras_weights",
        (_ONLY_WEIGHTS,),
        _MATCHED,
        frozenset({"architecture"}),
    ),
    Route(
        "weights_to_keras_weights_legacy",
        _WEIGHTS,
        "keras_weights_legacy",
        By.REWRITE,
        200,
        "weights_to_keras_weights_legacy",
        (_ONLY_WEIGHTS,),
        _MATCHED,
        frozenset({"architecture"}),
    ),
    # -- Keras, by rewrite --
    Route(
        "keras_to_json",
        ("keras_v3", "keras_h5"),
        "keras_json",
        By.REWRITE,
        10,
        "keras_to_json",
        ("the weights: only the architecture is left",),
    ),
    Route(
        "keras_json_to_keras_v3",
        ("keras_json",),
        "keras_v3",
        By.REWRITE,
        200,
        "keras_assembly",
        ("the optimiser's state",),
        _MATCHED,
        frozenset({"weights"}),
        frozenset({"weights"}),
    ),
    Route(
        "keras_json_to_keras_h5",
        ("keras_json",),
        "keras_h5",
        By.REWRITE,
        200,
        "keras_assembly",
        ("the optimiser's state",),
        _MATCHED,
        frozenset({"weights"}),
        frozenset({"weights"}),
    ),
    Route(
        "weights_to_keras_v3",
        _WEIGHTS,
        "keras_v3",
        By.REWRITE,
        300,
        "keras_assembly",
        ("the optimiser's state",),
        _MATCHED,
        frozenset({"architecture"}),
        frozenset({"architecture"}),
    ),
    Route(
        "weights_to_keras_h5",
        _WEIGHTS,
        "keras_h5",
        By.REWRITE,
        300,
        "keras_assembly",
        ("the optimiser's state",),
        _MATCHED,
        frozenset({"architecture"}),
        frozenset({"architecture"}),
    ),
    # -- by TensorFlow --
    Route(
        "keras_to_saved_model",
        ("keras_v3", "keras_h5"),
        "saved_model",
        By.TENSORFLOW,
        8000,
        "",
        (_NO_PYTHON,),
        frozenset({"shapes", "method_name"}),
        frozenset({"custom_objects"}),
    ),
    Route(
        "saved_model_to_tflite",
        ("saved_model",),
        "tflite",
        By.TENSORFLOW,
        10000,
        "",
        ("variables, functions and names within the graph: TFLite has tensors by index",),
        _TFLITE,
        frozenset({"samples"}),
    ),
    Route(
        "optimize_frozen_graph",
        _FROZEN_GRAPH,
        "frozen_graph",
        By.TENSORFLOW,
        6000,
        "",
        ("names of nodes that are folded into others",),
        frozenset({"optimize", "inputs", "outputs"}),
    ),
)
