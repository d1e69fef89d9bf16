"""The check of a conversion: both models run on the same inputs by a worker, signature by signature, and what that showed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core import json_values
from tfreg.core.bindings import BindingQuery
from tfreg.core.checking.calls import CalledTensor, ModelCall, call_of
from tfreg.core.checking.index_bounds import index_bounds
from tfreg.core.checking.inputs import InputKind, InputPlan, plan_inputs
from tfreg.core.checking.tolerances import tolerance_of
from tfreg.core.checking.warm_up import warm_up_requests
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import Check, CheckState, MappedName
from tfreg.core.conversions.steps import Report, StepJob, StepRunner, StillWanted
from tfreg.core.errors import CancelledError, TfregError, WorkerFailedError
from tfreg.core.files import FileTree
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.rewrites.rewriting import RewriteRequest, Source
from tfreg.core.tensors import TensorRef

STEP = "check"
_RUNNABLE = frozenset({"saved_model", "frozen_graph", "tf1_checkpoint", "tflite", "keras_v3", "keras_h5"})
_MAX_SIGNATURES = 8
NOTHING_TO_RUN = "there is nothing to run: one side holds weights or an architecture only"
NOTHING_SAID = "nothing says what to run: the model has no signature, and no outputs were named"
NEVER_CHECKED = frozenset({NOTHING_TO_RUN, NOTHING_SAID})
"""Reasons that no other machine and no later day changes."""
_CRASHED = "TensorFlow ended its process while the models ran, as some of its kernels do on values that they do not expect"


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """A signature to run in both models.

    Attributes:
        source: How the source is run.
        result: How the result is run.
        plan: What both are run on; by the source's keys.
        inputs: By input key of the result, that of the source.
        outputs: Likewise for outputs.
    """

    source: ModelCall
    result: ModelCall
    plan: InputPlan
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """All that a worker is told to check.

    Attributes:
        signatures: Each is run in both.
        tolerance: See `tolerances`.
    """

    signatures: tuple[CheckedSignature, ...]
    tolerance: float = 1e-6


def plan_check(
    source: Source,
    result: Source,
    names: Sequence[MappedName],
    *,
    tolerance: float | None = None,
    samples: FileTree | None = None,
    tags: tuple[str, ...] = (),
) -> CheckPlan:
    """Plans a check.

    Args:
        source: What was converted, with declared signatures.
        result: What came of it, likewise.
        names: The conversion's name map.
        tolerance: None: as `tolerances` says.
        samples: Attached inputs.
        tags: Tag set of the source that was converted; empty: its only one.

    Raises:
        TfregError: A signature of either cannot be resolved.
    """
    pairs = list(dict.fromkeys((name.signature, name.new_signature or name.signature) for name in names if not name.pruned))
    checked = [_signature(source, result, pair, names, samples=samples, tags=tags) for pair in pairs[:_MAX_SIGNATURES]]
    if tolerance is None:
        outputs = [fetch.dtype for one in checked for fetch in (*one.source.fetches, *one.result.fetches)]
        tolerance = tolerance_of(source.format, result.inspection, outputs)
    return CheckPlan(tuple(checked), tolerance)


def why_unchecked(source_format: str, result_format: str, names: Sequence[MappedName]) -> str:
    """Returns why there is nothing to run on both sides; empty if there is."""
    if source_format not in _RUNNABLE or result_format not in _RUNNABLE:
        return NOTHING_TO_RUN
    return "" if names else NOTHING_SAID


def check(
    source: Source,
    result: Source,
    names: Sequence[MappedName],
    *,
    runner: StepRunner,
    report: Report,
    still_wanted: StillWanted,
    tolerance: float | None = None,
    samples: FileTree | None = None,
    custom_objects: FileTree | None = None,
    tags: tuple[str, ...] = (),
    options: ConversionOptions = ConversionOptions(),
    roles: Collection[str] = (),
    runs_foreign_code: bool = False,
    checked_at_ms: int = 0,
) -> Check:
    """Runs source and result on the same inputs. Whatever goes wrong makes the conversion unchecked, with the reason.

    Args:
        source: What was converted, with declared signatures.
        result: What came of it, likewise.
        names: The conversion's name map.
        runner: Who runs TensorFlow.
        report: Is told how far it is.
        still_wanted: Is asked by the runner.
        tolerance: None: as `tolerances` says.
        samples: Attached inputs: a .npz, or a folder of .npy and .npz.
        custom_objects: The module that a Keras source was loaded with.
        tags: Tag set of the source that was converted; empty: its only one.
        options: What the caller of the conversion said.
        roles: Roles of what else went into it.
        runs_foreign_code: As `StepJob`.
        checked_at_ms: What the check says about when.

    Raises:
        CancelledError: It is no longer wanted.
    """
    reason = why_unchecked(source.format, result.format, names) or _meant_to_differ(options, roles)
    if reason:
        return _unchecked(reason, checked_at_ms)
    try:
        source = _signed(source, options)
        plan = plan_check(source, result, names, tolerance=tolerance, samples=samples, tags=tags)
        further = {"samples": samples, "custom_objects": custom_objects}
        inputs = {"source": source.tree, "result": result.tree} | {role: tree for role, tree in further.items() if tree}
        job = StepJob(STEP, inputs, json_values.encode({"plan": plan}).decode(), runs_foreign_code)
        with runner.run(job, report, still_wanted) as ran:
            return check_of(ran.facts, plan.tolerance, checked_at_ms)
    except CancelledError:
        raise
    except WorkerFailedError as error:
        return _unchecked(f"{_CRASHED}: {error.message}" if _crashed(error) else error.message, checked_at_ms)
    except TfregError as error:
        return _unchecked(error.message, checked_at_ms)


def _crashed(error: TfregError) -> bool:
    return bool(error.metadata.get("signal")) and not error.metadata.get("limit")


def _signed(source: Source, options: ConversionOptions) -> Source:
    """Returns a SavedModel with the signature that a traced function was given, which a session needs to run it."""
    if not options.function or source.format != "saved_model":
        return source
    from tfreg.core.conversions.converting import source_of
    from tfreg.core.formats.registry import format_named
    from tfreg.core.rewrites.resigning import rewrite

    asked = ConversionOptions(
        function=options.function, spec=options.spec, tags=options.tags, new_signature=options.new_signature
    )
    made = rewrite(RewriteRequest(source, "saved_model", asked, {}))
    kind = format_named("saved_model")
    return source_of(made.tree, kind, kind.inspect(made.tree), made.signatures)


def _meant_to_differ(options: ConversionOptions, roles: Collection[str]) -> str:
    """Returns why the source computes something else than the result shall; empty if it does not."""
    if "graph" in roles:
        return "the graph is another than the checkpoint's own, so there is nothing to compare it with"
    if options.ema or options.variable_keys:
        return "variables were loaded from other keys than their own, so the source computes something else"
    return ""


def check_of(facts: Mapping[str, object], tolerance: float, checked_at_ms: int = 0) -> Check:
    """Returns what a worker's facts say; what it says is not believed to be well formed."""
    told = facts.get("check")
    if not isinstance(told, dict):
        return _unchecked("the worker did not say what came of it", checked_at_ms)
    known = {state.value: state for state in CheckState}
    state = known.get(str(told.get("state")), CheckState.UNCHECKED)
    difference = told.get("max_abs_difference")
    return Check(
        state,
        str(told.get("reason", ""))[:2000],
        float(difference) if isinstance(difference, int | float) else None,
        tolerance,
        str(told.get("inputs", ""))[:100],
        checked_at_ms,
    )


def _unchecked(reason: str, checked_at_ms: int) -> Check:
    return Check(CheckState.UNCHECKED, reason, checked_at_ms=checked_at_ms)


def _signature(
    source: Source,
    result: Source,
    pair: tuple[str, str],
    names: Sequence[MappedName],
    *,
    samples: FileTree | None,
    tags: tuple[str, ...],
) -> CheckedSignature:
    before, after = pair
    wanted = [name for name in names if (name.signature, name.new_signature or name.signature) == pair and not name.pruned]
    called = call_of(result, BindingQuery(after))
    result_keys = {feed.key for feed in called.feeds} | {fetch.key for fetch in called.fetches}
    wanted = [name for name in wanted if (name.new_key or name.key) in result_keys]
    original, keys = _original(source, before, wanted, tags)
    shapes = {keys[False].get(feed.key, feed.key): feed for feed in called.feeds}
    kind = InputKind.SAMPLES if samples is not None else _kind(source, before)
    bounds = _bounds(source, original) or {keys[False].get(key, key): bound for key, bound in _bounds(result, called).items()}
    return CheckedSignature(original, called, plan_inputs(original.feeds, kind, bounds, shapes), keys[False], keys[True])


def _original(
    source: Source, signature: str, names: Sequence[MappedName], tags: tuple[str, ...]
) -> tuple[ModelCall, dict[bool, dict[str, str]]]:
    """Returns how the source is run, and by key of the result that of the source: of inputs (False) and outputs (True)."""
    if not _has_signature(source, signature, tags):
        return _unsigned(source, names, tags)
    known, further = _further_tensors(source, signature, names, tags)
    outputs = tuple(further.get(name.key, name.key) for name in known if name.is_output)
    call = call_of(source, BindingQuery(signature, tags, outputs))
    by_tensor = {fetch.tensor: fetch.key for fetch in call.fetches}
    keys = {side: {name.new_key or name.key: name.key for name in known if name.is_output is side} for side in (False, True)}
    keys[True] |= {key: by_tensor[tensor] for key, tensor in further.items() if tensor in by_tensor}
    return call, keys


def _further_tensors(
    source: Source, signature: str, names: Sequence[MappedName], tags: tuple[str, ...]
) -> tuple[list[MappedName], dict[str, str]]:
    """Returns the names that the source can be asked for, and the tensors of those outputs that its signature does not name."""
    meta_graphs = source.inspection.meta_graphs
    place = choose_meta_graph(meta_graphs, tags) if meta_graphs else 0
    signatures = callable_signatures(meta_graphs[place]) if meta_graphs else ()
    specs = [spec for one in signatures if one.key == signature for spec in (*one.inputs, *one.outputs)]
    keys = {spec.key for spec in specs}
    further = [name for name in names if specs and name.key not in keys]
    if not further:
        return list(names), {}
    with source.graph(place) as graph:
        tensors = {
            name.key: str(name.before)
            for name in further
            if name.is_output and name.before is not None and name.before.operation in graph.nodes
        }
    return [name for name in names if name.key in keys or name.key in tensors], tensors


def _unsigned(source: Source, names: Sequence[MappedName], tags: tuple[str, ...]) -> tuple[ModelCall, dict[bool, dict[str, str]]]:
    """Returns the same for a source that has no such signature: its tensors are those that the name map says."""
    outputs = tuple(str(name.before) for name in names if name.is_output and name.before is not None)
    call = call_of(source, BindingQuery("", tags, outputs))
    by_tensor = {False: {feed.tensor: feed.key for feed in call.feeds}, True: {fetch.tensor: fetch.key for fetch in call.fetches}}
    keys = {
        side: {
            name.new_key or name.key: by_tensor[side][str(name.before)]
            for name in names
            if name.is_output is side and str(name.before) in by_tensor[side]
        }
        for side in (False, True)
    }
    return call, keys


def _has_signature(source: Source, signature: str, tags: tuple[str, ...]) -> bool:
    if not source.inspection.meta_graphs or not signature:
        return True
    meta_graph = source.inspection.meta_graphs[choose_meta_graph(source.inspection.meta_graphs, tags)]
    return any(found.key == signature for found in callable_signatures(meta_graph))


def _kind(source: Source, signature: str) -> InputKind:
    requests = warm_up_requests(source.tree) if source.format == "saved_model" else ()
    return InputKind.WARM_UP if any(request.signature == signature for request in requests) else InputKind.GENERATED


def _bounds(source: Source, call: ModelCall) -> dict[str, int]:
    """Returns by key below which integers must be."""
    integers = [feed for feed in call.feeds if feed.tensor and feed.dtype.startswith(("int", "uint"))]
    if not integers or not source.inspection.meta_graphs:
        return {}
    with source.graph(choose_meta_graph(source.inspection.meta_graphs, call.tags)) as graph:
        found = index_bounds(graph, [TensorRef.parse(feed.tensor) for feed in integers])
    return {feed.key: bound for feed, bound in _with(integers, found)}


def _with(feeds: Iterable[CalledTensor], bounds: Mapping[TensorRef, int]) -> Iterator[tuple[CalledTensor, int]]:
    for feed in feeds:
        bound = bounds.get(TensorRef.parse(feed.tensor))
        if bound is not None:
            yield feed, bound
