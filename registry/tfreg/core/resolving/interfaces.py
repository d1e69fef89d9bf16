"""Names where there is no graph: a TFLite model's tensors by number, a Keras model's by the keys that Keras feeds."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.bindings import Binding, BindingQuery, Feed, FeedUse
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import OutputNotFoundError
from tfreg.core.fingerprints.interface import signature_fingerprint
from tfreg.core.formats.format import Format
from tfreg.core.inspections import Inspection, KerasModel, MetaGraph, Subgraph
from tfreg.core.resolving.findings import guessed
from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, repaired, shown
from tfreg.core.resolving.signatures import callable_signatures, choose_signature, unknown_signature
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.tensors import TensorSpec

GRAPHLESS_FORMATS = frozenset({"tflite", "keras_v3", "keras_h5", "keras_json"})
"""Formats without a graph whose names can be given nevertheless."""
_NO_META_GRAPH = MetaGraph((), (), ())


def resolves(format_: Format) -> bool:
    """Whether artifacts of a format can have names to give."""
    return format_.has_graph or format_.name in GRAPHLESS_FORMATS


def has_interface(inspection: Inspection) -> bool:
    """Whether an artifact without a graph says its inputs and outputs itself."""
    keras = inspection.keras
    return bool(inspection.subgraphs) or (keras is not None and not inspection.meta_graphs and bool(keras.inputs))


def resolve_interface(inspection: Inspection, query: BindingQuery) -> Binding:
    """Answers `query` by what the artifact says of itself; see `has_interface`. All inputs count as required.

    Raises:
        TagSetNotFoundError: Tags were asked for; there are none.
        SignatureAmbiguousError, SignatureNotFoundError: See `signatures`.
        OutputNotFoundError: There is no output of that key.
    """
    meta_graphs = inspection.meta_graphs or (_NO_META_GRAPH,)
    meta_graph = meta_graphs[choose_meta_graph(meta_graphs, query.tags)]
    if callable_signatures(meta_graph):
        signature = choose_signature(meta_graph, query.signature)
        binding = _binding(signature.inputs, signature.outputs, query)
        faults = [problem for problem in inspection.problems if problem.place.signature == signature.key]
        return replace(
            binding,
            signature=signature.key,
            method_name=signature.method_name,
            diagnostics=tuple(faults),
            signature_fingerprint=signature_fingerprint(signature),
        )
    if query.signature:
        raise unknown_signature(meta_graph, query.signature)
    if inspection.subgraphs:
        return _of_subgraph(inspection.subgraphs[0], query)
    if inspection.keras is None:
        raise ValueError("the artifact has no interface")
    return _of_keras(inspection.keras, query)


def _of_subgraph(main: Subgraph, query: BindingQuery) -> Binding:
    """Returns the names of a TFLite model without signatures: those of its tensors, in the interpreter's order."""
    inputs, outputs = tuple(map(_keyed, main.inputs)), tuple(map(_keyed, main.outputs))
    binding = _binding(inputs, outputs, query)
    reason = "no signature says them; they are the names that the converter gave to the main subgraph's tensors"
    return replace(binding, guessed=True, diagnostics=(guessed("The keys are", reason),))


def _of_keras(model: KerasModel, query: BindingQuery) -> Binding:
    found = Diagnostic(
        "TFR303",
        Severity.INFO,
        "The names are those by which Keras feeds the model; there is no graph for a session.",
        "Load it with Keras. For Java, load it with Keras, call model.export('DIR'), and push the SavedModel that this writes.",
    )
    return replace(_binding(model.inputs, model.outputs, query), diagnostics=(found,))


def _binding(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], query: BindingQuery) -> Binding:
    fetches = tuple(_output(outputs, key) for key in dict.fromkeys(query.outputs)) if query.outputs else outputs
    return Binding("", (), "", "", tuple(Feed(spec, FeedUse.REQUIRED) for spec in inputs), fetches)


def _output(outputs: tuple[TensorSpec, ...], key: str) -> TensorSpec:
    for spec in outputs:
        if spec.key == key:
            return spec
    keys = [spec.key for spec in outputs]
    close = (found,) if (found := repaired(key, keys.__contains__)) else nearest(key, keys)
    raise OutputNotFoundError(
        f"The output {shown(key)} does not exist.{did_you_mean(close)}",
        hint=f"There are: {listed(keys)}." if keys else "There are no outputs.",
        output=key[:MAX_SHOWN_CHARACTERS],
        existing=listed(keys),
        nearest=listed(close),
    )


def _keyed(spec: TensorSpec) -> TensorSpec:
    """Returns a tensor with its own name as its key, and no ref, which only a graph's tensors have in a binding."""
    return replace(spec, key=spec.ref.operation if spec.ref else f"tensor_{spec.tensor_index}", ref=None)
