"""Why an artifact has no names to give, and what would give some."""

from __future__ import annotations

from tfreg.core.diagnostics import Severity
from tfreg.core.errors import GraphUnreadableError, NoGraphError, NoSignaturesError, TfregError
from tfreg.core.inspections import Argument, CallableFunction, Inspection
from tfreg.core.resolving.nearest import listed

GRAPH_FORMATS = frozenset({"saved_model", "frozen_graph", "tflite"})
_SUBCLASSED = "no architecture that says inputs and outputs, for the model is its author's own class"
_WITH_CODE = "Load it with Keras and the class's code, call model.export('DIR'), and push the SavedModel that this writes."
_CONVERTED = "Push the TensorFlow model that it was made from, or convert it to a SavedModel first."
_LACKS = {
    "tf1_checkpoint": (
        "weights but no graph, for its .meta file is not here",
        "Push the checkpoint with its .meta file, or the SavedModel or frozen graph that was exported from it.",
    ),
    "tf2_checkpoint": (
        "weights and the objects that own them, but no graph",
        "Restore it in the program that made it, and push the SavedModel that tf.saved_model.save or model.export('DIR') writes.",
    ),
    "keras_v3": (_SUBCLASSED, _WITH_CODE),
    "keras_h5": (_SUBCLASSED, _WITH_CODE),
    "keras_json": (_SUBCLASSED, _WITH_CODE),
    "keras_weights": (
        "weights without their model",
        "Load the weights into their model with Keras, call model.export('DIR'), and push the SavedModel that this writes.",
    ),
    "tfjs": (
        "a model for TensorFlow.js, which tfreg does not read",
        "Push the SavedModel or the Keras model that it was converted from.",
    ),
    "onnx": ("a model for ONNX runtimes, which tfreg does not read", _CONVERTED),
    "pytorch": ("a model of PyTorch, which tfreg does not read", _CONVERTED),
    "pickle": ("Python objects, which only running the file's code makes", _CONVERTED),
    "npz": (
        "weights without their model",
        "Load the weights in the program that defines the model, and push the SavedModel that it exports.",
    ),
    "safetensors": (
        "weights without their model",
        "Load the weights in the program that defines the model, and push the SavedModel that it exports.",
    ),
}
"""For each format: what it holds in place of a graph, and the next step."""
_OTHER = ("no graph", "Push the model's SavedModel.")


def no_graph(inspection: Inspection) -> TfregError:
    """Returns the error for an artifact without any MetaGraphDef: by its format, or because it is damaged."""
    if inspection.format in GRAPH_FORMATS:
        fault = next((problem.message for problem in inspection.problems if problem.severity is Severity.ERROR), "")
        return GraphUnreadableError(
            f"This artifact of format {inspection.format} has no graph that can be read. {fault}".rstrip(),
            hint="Copy or export it again from the original files.",
            format=inspection.format,
        )
    holds, route = _LACKS.get(inspection.format, _OTHER)
    return NoGraphError(
        f"An artifact of format {inspection.format} holds {holds}, so there are no names to feed and fetch.",
        hint=route,
        format=inspection.format,
        routes=route,
    )


def names_of_its_own(inspection: Inspection) -> TfregError:
    """Returns the error for a signature over a Keras file: there is no graph that it could name tensors of, and no need of one."""
    return NoGraphError(
        f"The names of this {inspection.format} are Keras's own, those of its input and output layers; it has no graph to sign.",
        hint="tfreg resolve REF tells these names. For a signature, sign the SavedModel that model.export('DIR') writes.",
        format=inspection.format,
    )


def no_signatures(inspection: Inspection) -> NoSignaturesError:
    """Returns the error for a SavedModel that has no signature for callers; it lists the functions that it does have."""
    lines = [line for function in inspection.functions for line in _traces(function)]
    functions = listed(lines, "; ")
    found = f" Its functions, for Python only: {functions}." if functions else ""
    return NoSignaturesError(
        "The SavedModel has no signatures, so a session finds neither inputs nor outputs in it.",
        hint=f"Export it with tf.saved_model.save(model, path, signatures=...) or model.export() and push that.{found}",
        functions=functions,
    )


def _traces(function: CallableFunction) -> list[str]:
    traces = [
        f"{function.name}({', '.join(map(_written, (*trace.arguments, *trace.keyword_arguments)))})"
        for trace in function.concrete_functions
    ]
    return traces or [f"{function.name} (never traced)"]


def _written(argument: Argument) -> str:
    return f"{argument.name}={argument.value}" if argument.name else argument.value
