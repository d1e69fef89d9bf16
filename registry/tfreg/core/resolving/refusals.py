"""Why an artifact has no names to give, and what would give some."""

from __future__ import annotations

from tfreg.core.diagnostics import Severity
from tfreg.core.errors import GraphUnreadableError, NoGraphError, NoSignaturesError, TfregError
from tfreg.core.inspections import Argument, CallableFunction, Inspection
from tfreg.core.resolving.nearest import listed

GRAPH_FORMATS = frozenset({"saved_model", "frozen_graph"})
_ROUTES = {
    "tf1_checkpoint": "A checkpoint holds weights only. Push the SavedModel or the frozen graph that was exported from it.",
    "tf2_checkpoint": "A checkpoint holds weights only. Push the SavedModel that tf.saved_model.save or model.export() writes.",
    "keras_v3": "Load it with Keras, call model.export(), and push the SavedModel that this writes.",
    "keras_h5": "Load it with Keras, call model.export(), and push the SavedModel that this writes.",
    "keras_weights": "Load the weights into their model with Keras, call model.export(), and push the SavedModel that this writes.",
    "keras_json": "This is an architecture without weights. Push the SavedModel that model.export() writes.",
    "tflite": "A TFLite model is run by its own interpreter. Push the SavedModel that it was converted from.",
}
_OTHER_ROUTE = "Push the model's SavedModel."


def no_graph(inspection: Inspection) -> TfregError:
    """Returns the error for an artifact without any MetaGraphDef: by its format, or because it is damaged."""
    if inspection.format in GRAPH_FORMATS:
        fault = next((problem.message for problem in inspection.problems if problem.severity is Severity.ERROR), "")
        return GraphUnreadableError(
            f"The {inspection.format} has no graph that can be read. {fault}".rstrip(),
            hint="Push the model again from its original files.",
            format=inspection.format,
        )
    route = _ROUTES.get(inspection.format, _OTHER_ROUTE)
    return NoGraphError(
        f"The format {inspection.format} holds no graph, so there are no names to feed and fetch.",
        hint=route,
        format=inspection.format,
        routes=route,
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
