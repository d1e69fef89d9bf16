"""Runs a plan: rewrites in place, steps of TensorFlow by whoever runs them. The same code for a local folder and for a registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from tfreg.core import json_values
from tfreg.core.conversions import options as written
from tfreg.core.conversions.name_map import Changes, is_signed, name_map
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.planning import Plan, Step
from tfreg.core.conversions.results import Progress, Result, WeightMatches
from tfreg.core.conversions.routes import By
from tfreg.core.conversions.steps import Report, StepJob, StepRunner, StillWanted
from tfreg.core.conversions.targets import Target, target_named
from tfreg.core.conversions.told import told_by
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.errors import CancelledError, ConversionRefusedError, NoGraphError, TensorflowMissingError
from tfreg.core.files import FileTree
from tfreg.core.formats.registry import format_named
from tfreg.core.inspections import Inspection
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.feeds import refs_of
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.rewrites.rewriting import Rewrite, RewriteRequest, Rewritten, Source
from tfreg.core.signing.overlay import overlay

if TYPE_CHECKING:
    from tfreg.core.formats.format import Format
    from tfreg.core.graphs.graph import Graph

_FOREIGN_CODES = frozenset({"TFR402", "TFR403", "TFR404", "TFR406"})
_UNSIGNED_FORMATS = frozenset({"frozen_graph", "tf1_checkpoint"})
"""Formats that have tensors by name and hold no signature."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion made, as long as the context of `convert` lasts.

    Attributes:
        tree: The files: a `RewrittenTree`, or what a worker wrote.
        format: Their format.
        inspection: What they say about themselves.
        result: What became of the names.
        signatures: What callers see of a format that holds no signatures.
        tools: Versions of what did the work, by name; tfreg's own is not among them.
    """

    tree: FileTree
    format: Format
    inspection: Inspection
    result: Result
    signatures: tuple[DeclaredSignature, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a step made."""

    source: Source
    kind: Format
    own: Inspection
    signatures: tuple[DeclaredSignature, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """What the steps said until now."""

    changes: Changes = field(default_factory=Changes)
    notes: list[Diagnostic] = field(default_factory=list)
    weights: WeightMatches | None = None
    tools: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Means:
    """Who runs TensorFlow, who is told, and what is held until the result was used."""

    runner: StepRunner | None
    report: Report
    still_wanted: StillWanted
    held: ExitStack


def source_of(tree: FileTree, kind: Format, inspection: Inspection, declared: Sequence[DeclaredSignature] = ()) -> Source:
    """Returns an artifact as rewrites read it, with declared signatures laid over it."""
    seen = overlay(inspection, declared)
    return Source(
        tree,
        kind.name,
        seen.inspection,
        seen.graph(lambda index: kind.graph(tree, index)),
        seen.sources,
        {one.signature.key: one.targets for one in declared if one.targets},
    )


def plain_source(tree: FileTree) -> Source:
    """Returns files that are no model, such as samples or a module: only steps of TensorFlow take them."""

    def no_graph(index: int) -> Graph:
        raise NoGraphError(f"{tree.name} is no model: it has no graph {index}.")

    return Source(tree, "", Inspection(""), no_graph, ())


def form_of(inspection: Inspection) -> str:
    """Returns what planning calls an artifact: its format, or the form of it that is a target of its own."""
    if inspection.format == "frozen_graph" and inspection.facts.get("graph_def.file", "").endswith(("pbtxt", ".pb.txt")):
        return "frozen_graph_text"
    if inspection.format == "keras_weights" and inspection.facts.get("keras.weights_layout") == "legacy":
        return "keras_weights_legacy"
    return inspection.format


@contextmanager
def convert(
    source: Source,
    way: Plan,
    others: Mapping[str, Source],
    *,
    runner: StepRunner | None,
    report: Report,
    still_wanted: StillWanted,
) -> Iterator[Converted]:
    """Converts an artifact. Leaving the context takes away what workers wrote.

    Args:
        source: What is converted.
        way: What `planning.plan` returned for it.
        others: What else goes in, by role.
        runner: Who runs TensorFlow; None if nobody does here.
        report: Is told how far it is.
        still_wanted: Is asked between steps, and by the runner all the time.

    Raises (on entering):
        ConversionRefusedError and its children: It cannot be done; the message says why.
        TensorflowMissingError: A step needs TensorFlow, and nobody runs it here.
        CancelledError: It is no longer wanted.
        TfregError: The source is damaged, or an option names what is not there; or as `StepRunner.run`.
    """
    told = _Gathered()
    with ExitStack() as held:
        means = _Means(runner, report, still_wanted, held)
        made, current, named, until = None, source, source, Changes()
        for number, step in enumerate(way.steps):
            if not still_wanted():
                raise CancelledError("The conversion is no longer wanted.", hint="Nothing was changed.")
            of_step = replace(means, report=_part(report, number, len(way.steps)))
            of_step.report(Progress(step.route.name))
            made = _taken(current, step, {role: others[role] for role in step.inputs}, told, of_step)
            current = made.source
            if not is_signed(named.inspection, way.options):
                named, until = current, told.changes
        if made is None:
            raise ValueError("a plan has at least one step")
        # Of a graph without signatures the names are those that the first step gave it, whose tensors are the source's own.
        options = way.options if named is source else ConversionOptions()
        names = name_map(named.inspection, made.source.inspection, options, told.changes, until.renamed)
        _check_names(made, way.target)
        result = Result(names, told.weights, tuple(dict.fromkeys(told.notes)))
        yield Converted(made.source.tree, made.kind, made.own, result, made.signatures, told.tools)


def _part(report: Report, number: int, count: int) -> Report:
    """Returns who is told of one step among several: its shares become shares of all."""
    return lambda progress: report(replace(progress, share=(number + progress.share) / count))


def _taken(current: Source, step: Step, others: Mapping[str, Source], told: _Gathered, means: _Means) -> _Made:
    if step.route.by is By.REWRITE:
        return _rewritten(current, step, others, told)
    return _run(current, step, others, told, means)


def _rewritten(current: Source, step: Step, others: Mapping[str, Source], told: _Gathered) -> _Made:
    rewrite = cast(Rewrite, import_module(f"tfreg.core.rewrites.{step.route.module}").rewrite)
    rewritten: Rewritten = rewrite(RewriteRequest(current, step.route.target, step.options, others))
    told.changes = told.changes.then(rewritten.renamed, rewritten.pruned)
    told.notes += rewritten.notes
    told.weights = rewritten.weights or told.weights
    return _made(rewritten.tree, target_named(step.route.target), rewritten.signatures)


def _run(
    current: Source,
    step: Step,
    others: Mapping[str, Source],
    told: _Gathered,
    means: _Means,
) -> _Made:
    if means.runner is None:
        raise TensorflowMissingError(
            f"{step.route.name} needs TensorFlow, which does not run here.",
            hint="Install tfreg[tensorflow], or convert on a server that has it.",
            step=step.route.name,
        )
    target = target_named(step.route.target)
    job = StepJob(
        step.route.name,
        {"source": current.tree, **{role: other.tree for role, other in others.items()}},
        json_values.encode(_arguments(current, step, target)).decode(),
        runs_foreign_code="custom_objects" in others or _holds_foreign_code(current.inspection),
    )
    result = means.held.enter_context(means.runner.run(job, means.report, means.still_wanted))
    own = told_by(result.facts)
    told.changes = told.changes.then(own.renamed, own.pruned)
    told.notes += own.notes
    told.tools |= own.tools
    return _made(result.tree, target, _carried(current, target))


def _arguments(current: Source, step: Step, target: Target) -> dict[str, object]:
    """Returns what a worker is told: see convert/steps."""
    signatures = [one for meta_graph in current.inspection.meta_graphs for one in callable_signatures(meta_graph)]
    return {
        "options": written.encode(step.options),
        "target_file": target.file_name,
        "format": current.format,
        "feeds": [str(ref) for one in signatures for spec in one.inputs for ref in refs_of(spec)],
        "fetches": [str(ref) for one in signatures for spec in one.outputs for ref in refs_of(spec)],
        "targets": [target for one in signatures for target in current.targets.get(one.key, ())],
    }


def _holds_foreign_code(inspection: Inspection) -> bool:
    return any(problem.code in _FOREIGN_CODES for problem in inspection.problems)


def _carried(current: Source, target: Target) -> tuple[DeclaredSignature, ...]:
    """Returns the signatures of what went in, for a result that has the same tensors and cannot hold them itself."""
    if target.format not in _UNSIGNED_FORMATS or current.format not in _UNSIGNED_FORMATS:
        return ()
    return tuple(
        DeclaredSignature((), replace(signature, declared=False), current.targets.get(signature.key, ()))
        for meta_graph in current.inspection.meta_graphs
        for signature in callable_signatures(meta_graph)
    )


def _made(tree: FileTree, target: Target, signatures: Sequence[DeclaredSignature]) -> _Made:
    """Inspects what a step made, which is the first test that it passes."""
    kind = format_named(target.format)
    if not kind.recognise(tree):
        raise ConversionRefusedError(
            f"The step to {target.name} wrote something that is no {target.format}.",
            hint="Please report this, with tfreg show of the model.",
            target=target.name,
        )
    inspection = kind.inspect(tree)
    return _Made(source_of(tree, kind, inspection, signatures), kind, inspection, tuple(signatures))


def _check_names(made: _Made, target: Target) -> None:
    """Raises ConversionRefusedError if a signature of the result names an operation that its graph lacks."""
    if not made.kind.has_graph or made.source.inspection.subgraphs:
        return
    for index, meta_graph in enumerate(made.source.inspection.meta_graphs):
        signatures = callable_signatures(meta_graph)
        if not signatures:
            continue
        with made.source.graph(index) as graph:
            specs = [spec for signature in signatures for spec in (*signature.inputs, *signature.outputs)]
            lost = sorted({spec.key for spec in specs if spec.ref is not None and spec.ref.operation not in graph.nodes})
        if lost:
            raise ConversionRefusedError(
                f"The {target.name} would lack the tensors of {', '.join(lost)}.",
                hint="Name the outputs that you need; please report this, with tfreg show of the model.",
                keys=", ".join(lost),
            )
