"""Which signatures the result of a conversion shall have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.errors import OptionUnsupportedError, RequestInvalidError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import PLACEHOLDER_OPS, Reachability, Reached
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.guesses import find_candidates
from tfreg.core.resolving.nearest import shown
from tfreg.core.resolving.refusals import no_graph
from tfreg.core.resolving.signatures import SERVING_DEFAULT, callable_signatures, choose_signature, unknown_signature
from tfreg.core.resolving.tables import table_initialisers
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.rewrites.graphs.edit import check_nodes
from tfreg.core.rewrites.interface.candidates import outputs_required
from tfreg.core.rewrites.interface.interface import Interface, graph_source
from tfreg.core.rewrites.interface.naming import (
    by_key,
    described_again,
    named_inputs,
    named_outputs,
    needed_inputs,
    placeholder_specs,
    refs,
)
from tfreg.core.rewrites.interface.training import refuse_training_graph, trains_itself
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.signing.request import PREDICT
from tfreg.core.tensors import TensorRef, TensorSpec

NOT_NEEDED = "no output depends on it"
"""Why an input is pruned."""


def choose_interface(request: RewriteRequest) -> Interface:
    """Returns what the result shall offer, by the source's signatures and the caller's options.

    The refs are those of the graph after `applying.apply_options`: a traced function's call is not in the graph before.

    Raises:
        TagSetAmbiguousError, TagSetNotFoundError: See `tag_sets`.
        SignatureAmbiguousError, SignatureNotFoundError: See `resolving.signatures`.
        NoGraphError, GraphUnreadableError: There is no graph.
        NoSignaturesError: A TF2 SavedModel without signatures, and no function was named; the hint lists what to say.
        OutputsRequiredError: No signature, and no outputs were named; the metadata ranks the candidates.
        OutputNotFoundError, SignatureInvalidError: A named tensor is not there.
        FunctionNotFoundError: No such traced function.
        TrainingGraphError: The graph of a checkpoint is for training.
        LimitExceededError: The graph has too many nodes or functions.
    """
    source, options = graph_source(request), request.options
    if not source.inspection.meta_graphs:
        raise no_graph(source.inspection)
    place = choose_meta_graph(source.inspection.meta_graphs, options.tags)
    meta_graph = source.inspection.meta_graphs[place]
    if options.function:
        from tfreg.core.rewrites.interface.tracing import traced_interface

        return traced_interface(request, place)
    if options.spec:
        raise OptionUnsupportedError("--spec says which trace of a function: it needs --function.", hint="Name the function.")
    with source.graph(place) as graph:
        check_nodes(graph)
        return _Choice(request, place, meta_graph, graph, Reachability(graph)).interface()


@dataclass(slots=True)
class _Choice:
    """A choice that is being made."""

    request: RewriteRequest
    place: int
    meta_graph: MetaGraph
    graph: Graph
    reachability: Reachability
    pruned: dict[str, str] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)
    replaced: Mapping[TensorRef, TensorSpec] = field(default_factory=dict)

    def interface(self) -> Interface:
        self.replaced = placeholder_specs(self.graph, self.request.options.placeholders)
        if self.replaced:
            self._check_replaced()
        signatures = tuple(self._completed(signature) for signature in self._chosen())
        kept = {spec.key for signature in signatures for spec in signature.inputs}
        pruned = {key: why for key, why in self.pruned.items() if key not in kept}
        return Interface(self.place, signatures, self._targets(signatures), pruned, {}, tuple(dict.fromkeys(self.notes)))

    def _check_replaced(self) -> None:
        """Refuses to replace what is needed to load the model: nobody feeds a placeholder then."""
        targets = self.meta_graph.targets
        loading = tuple(TensorRef(name) for name in (targets.restore_operation, *targets.init_operations) if name)
        run = self.reachability.reached(loading, tuple(self.replaced))
        for ref in (ref for ref in self.replaced if ref in run.fed or ref.operation in run.nodes):
            raise RequestInvalidError(
                f"The tensor {ref} is needed while the model is loaded; no placeholder can take its place.",
                hint="Name a tensor that callers shall feed.",
                tensor=str(ref),
            )

    def _chosen(self) -> tuple[Signature, ...]:
        """Returns the signatures as the source and the options have them, inputs not yet pruned."""
        options, own = self.request.options, callable_signatures(self.meta_graph)
        if own and not (options.inputs or options.outputs or options.signature) and self.request.target == "saved_model":
            return own
        if own:
            signature = choose_signature(self.meta_graph, options.signature)
            outputs = named_outputs(self.graph, self.reachability, signature, options.outputs) or signature.outputs
            inputs = named_inputs(self.graph, signature, options.inputs) or signature.inputs
            return (replace(signature, inputs=inputs, outputs=outputs),)
        if options.signature and not options.outputs:
            raise unknown_signature(self.meta_graph, options.signature)
        return (self._unsigned(),)

    def _unsigned(self) -> Signature:
        options = self.request.options
        key = options.signature or SERVING_DEFAULT
        if not options.outputs:
            self._refuse()
        outputs = named_outputs(self.graph, self.reachability, None, options.outputs)
        inputs = named_inputs(self.graph, None, options.inputs)
        return Signature(key, PREDICT, inputs, outputs)

    def _refuse(self) -> None:
        """Raises what says how to name outputs: no guess is ever converted."""
        source = graph_source(self.request)
        if source.inspection.functions:
            from tfreg.core.rewrites.interface.tracing import function_required

            raise function_required(self.request, self.place)
        candidates = find_candidates(self.graph, loader_fed(self.meta_graph))
        if candidates.fetches:
            likely = Signature(SERVING_DEFAULT, PREDICT, (), candidates.fetches)
            refuse_training_graph(self.graph, self.reachability, (likely,), self.request, tuple(self.replaced))
        raise outputs_required(self.graph, candidates)

    def _completed(self, signature: Signature) -> Signature:
        """Returns a signature with its inputs: those that its outputs need, and the placeholders that replace what they need."""
        outputs = tuple(described_again(self.graph, spec) for spec in signature.outputs)
        wanted, options = refs(outputs), self.request.options
        given = signature.inputs
        if not given and not options.inputs and not callable_signatures(self.meta_graph):
            given = self._found(wanted)
        given = tuple(spec for spec in given if spec.ref not in self.replaced)
        fed = (*refs(given), *self.replaced)
        run = self.reachability.reached(wanted, fed)
        reached = run.fed
        inputs = [self.replaced[ref] for ref in self.replaced if ref in reached]
        for spec in given:
            if reached.isdisjoint(refs((spec,))):
                self._prune(spec)
            else:
                inputs.append(described_again(self.graph, spec))
        told = refuse_training_graph(self.graph, self.reachability, (replace(signature, outputs=outputs),), self.request, fed)
        self.notes += told
        self._tell_unnamed(signature, run)
        outputs = tuple(self._as_replaced(spec) for spec in outputs)
        return replace(signature, inputs=by_key(inputs, "input"), outputs=outputs, declared=False)

    def _found(self, wanted: tuple[TensorRef, ...]) -> tuple[TensorSpec, ...]:
        """Returns the inputs of a graph that no signature names, those behind a replaced tensor left out."""
        behind = self.reachability.reached(wanted, tuple(self.replaced)).nodes if self.replaced else None
        hidden = loader_fed(self.meta_graph)
        found = needed_inputs(self.graph, self.reachability, wanted, batches=not trains_itself(self.request))
        return tuple(
            spec
            for spec in found
            if spec.ref and spec.ref.operation not in hidden and (behind is None or spec.ref.operation in behind)
        )

    def _as_replaced(self, spec: TensorSpec) -> TensorSpec:
        """Returns an output; one that a placeholder replaces is that placeholder."""
        placeholder = self.replaced.get(spec.ref) if spec.ref is not None else None
        return spec if placeholder is None else replace(spec, ref=placeholder.ref)

    def _prune(self, spec: TensorSpec) -> None:
        self.pruned[spec.key] = NOT_NEEDED
        self.notes.append(
            Diagnostic(
                "TFR503",
                Severity.INFO,
                f"The input {shown(spec.key)} is left out: {NOT_NEEDED}.",
                place=Place(operation=spec.ref.operation if spec.ref else ""),
            )
        )

    def _tell_unnamed(self, signature: Signature, run: Reached) -> None:
        for name in sorted(name for name in run.nodes if self.graph.nodes.op_of(name) in PLACEHOLDER_OPS):
            self.notes.append(
                Diagnostic(
                    "TFR203",
                    Severity.WARNING,
                    f"The placeholder {name}:0 is needed, but the signature {shown(signature.key)} does not name it.",
                    f"Name it too: --inputs {name}:0, or ask for outputs that do not need it.",
                    Place(operation=name, signature=signature.key),
                )
            )

    def _targets(self, signatures: tuple[Signature, ...]) -> tuple[str, ...]:
        """Returns the operations that fill what the signatures use, those that do nothing left out."""
        wanted = refs(spec for signature in signatures for spec in signature.outputs)
        own = self.meta_graph.targets.init_operations or table_initialisers(self.graph, self.reachability, wanted)
        declared = graph_source(self.request).targets
        extra = (name for signature in signatures for name in declared.get(signature.key, ()))
        return tuple(name for name in dict.fromkeys((*own, *extra)) if self._does_something(name))

    def _does_something(self, name: str) -> bool:
        nodes = self.graph.nodes
        return any(nodes.op_of(reached) != "NoOp" for reached in self.reachability.reached((TensorRef(name),)).nodes)


def loader_fed(meta_graph: MetaGraph) -> set[str]:
    """Returns the operations into which a SavedModel's loader feeds paths."""
    filename = meta_graph.targets.restore_filename
    return {asset.ref.operation for asset in meta_graph.assets} | ({filename.operation} if filename else set())
