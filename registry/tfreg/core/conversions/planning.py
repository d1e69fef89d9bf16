"""Planning: the cheapest way from a format to a target, over the table of routes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.records import Planned, PlannedStep
from tfreg.core.conversions.routes import ROUTES, By, Keeps, Route
from tfreg.core.conversions.targets import Target, target_named
from tfreg.core.errors import ConversionRefusedError, NoRouteError, OptionUnsupportedError, RequestInvalidError

_MAX_STEPS = 4
_WHY = {
    "tf2_checkpoint": (
        "a TF2 checkpoint holds no graph",
        "Take its SavedModel, or name its Keras config as the architecture (--architecture) or its graph (--graph).",
    ),
    "keras_weights": ("the file holds weights without their model", "Name the model's config: --architecture FILE|REF."),
    "safetensors": (
        "the file holds weights without their model",
        "Name the model's config (--architecture) or its graph (--graph).",
    ),
    "keras_weights_legacy": ("the file holds weights without their model", "Name the model's config: --architecture FILE|REF."),
    "npz": ("the file holds weights without their model", "Name the model's config (--architecture) or its graph (--graph)."),
    "keras_json": ("the file holds an architecture without weights", "Name its weights: --weights FILE|REF."),
    "tflite": (
        "TFLite is an end: its tensors have lost the names and the graph they came from",
        "Convert what it was made from.",
    ),
    "tfjs": ("tfreg does not read TensorFlow.js models", "Convert the SavedModel or the Keras model that it was made from."),
    "onnx": ("tfreg does not read ONNX models", "Convert the TensorFlow model that it was made from."),
    "pytorch": ("tfreg does not read PyTorch models", "Convert the TensorFlow model that it was made from."),
    "pickle": ("what a pickle holds only running its code would tell", "Convert the TensorFlow model that it was made from."),
}
_QUANTIZED = ("float16", "dynamic_range", "int8")
_OUT_OF_SCOPE = {
    "tfjs": "tfreg does not write TensorFlow.js models: convert the SavedModel with tensorflowjs_converter.",
    "tensorrt": "tfreg does not write TensorRT engines: they fit one GPU and one release; convert the SavedModel where it will run.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A route taken on the way, with the options and inputs that are its own.

    Attributes:
        route: The route.
        source: Format of what it starts from.
        options: Its options.
        inputs: Roles of what else goes in.
        loses: What the result of the whole way lacks by it: mere weights in the middle are given back their graph by the next step.
    """

    route: Route
    source: str
    options: ConversionOptions
    inputs: frozenset[str]
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A way: at least one step."""

    source: str
    target: Target
    steps: tuple[Step, ...]
    options: ConversionOptions = ConversionOptions()

    @property
    def cost(self) -> int:
        """Sum of the steps' costs, in milliseconds for a model of 100 MB."""
        return sum(step.route.cost for step in self.steps)

    @property
    def needs_tensorflow(self) -> bool:
        """Whether a step runs TensorFlow."""
        return any(step.route.by is By.TENSORFLOW for step in self.steps)


def plan(source: str, target: str, options: ConversionOptions | None = None, inputs: Collection[str] = ()) -> Plan:
    """Returns the cheapest way that takes all options and all inputs.

    Args:
        source: Format of what is converted.
        target: Name of the target.
        options: What the caller said.
        inputs: Roles of what else goes in.

    Raises:
        FormatUnknownError: Nothing is converted to `target`.
        NoRouteError: No way leads there, or it needs an input that was not given.
        ConversionRefusedError: Integers are asked for without samples.
        OptionUnsupportedError: A way leads there, but no step on it takes an option or an input.
        RequestInvalidError: The source is in that format already, and nothing shall be changed; or an option's value is none of its own.
    """
    options = options or ConversionOptions()
    if target in _OUT_OF_SCOPE:
        raise NoRouteError(_OUT_OF_SCOPE[target], source=source, target=target)
    if options.quantize not in ("", *_QUANTIZED):
        raise RequestInvalidError(
            f"{options.quantize[:100]!r} is no way to quantise.", hint=f"There are: {', '.join(_QUANTIZED)}."
        )
    wanted = target_named(target)
    if source == wanted.name and not options.given and not inputs:
        raise RequestInvalidError(
            f"It is in the format {source} already.",
            hint="Say what shall change, or pull it as it is.",
            source=source,
            target=target,
        )
    ways = list(_ways(source, wanted.name, frozenset(inputs), frozenset({source}), ()))
    if source == wanted.name:  # a detour by another format would lose what that cannot hold
        ways = [way for way in ways if all(target_named(route.target).format == wanted.format for route in way)]
    if not ways:
        raise _no_route(source, wanted)
    open_ways = [way for way in ways if all(route.needs <= set(inputs) for route in way)]
    if not open_ways:
        raise _needs(source, wanted, min(ways, key=_cost))
    fitting = [way for way in open_ways if options.given <= _options(way) and set(inputs) <= _inputs(way)]
    if not fitting:
        raise _unsupported(source, wanted, min(open_ways, key=_cost), options, inputs)
    if options.quantize == "int8" and "samples" not in inputs:
        raise ConversionRefusedError(
            "Full integers (int8) need samples to measure the range of each tensor on, and none were given.",
            hint="Add --samples FILE.npz, an array for each input, its first dimension the samples: np.savez('samples.npz', x=...).",
            needs="samples",
        )
    return Plan(source, wanted, tuple(_steps(source, min(fitting, key=_cost), options, frozenset(inputs))), options)


def planned_of(way: Plan, stored: str = "") -> Planned:
    """Returns a plan as callers see it; `stored` is the digest of the artifact, if it is there already."""
    steps = tuple(
        PlannedStep(step.route.name, step.source, step.route.target, step.route.by.value, step.route.cost, step.loses)
        for step in way.steps
    )
    return Planned(way.source, way.target.name, steps, stored)


def _ways(
    source: str, target: str, inputs: frozenset[str], seen: frozenset[str], taken: tuple[Route, ...]
) -> Iterator[tuple[Route, ...]]:
    for route in ROUTES:
        if source not in route.sources:
            continue
        if route.target == target:
            yield (*taken, route)
        fresh = route.target not in seen or (route.target == source and route not in taken)  # the same format, signed anew
        if fresh and len(taken) + 1 < _MAX_STEPS and not _ends(route, inputs):
            yield from _ways(route.target, target, inputs, seen | {route.target}, (*taken, route))


def _ends(route: Route, inputs: frozenset[str]) -> bool:
    """Whether a way ends with this route: of mere weights nothing is made but with a graph that they belong to."""
    return route.keeps is not Keeps.MODEL and not (route.target == "tf1_checkpoint" and "graph" in inputs)


def _steps(source: str, way: tuple[Route, ...], options: ConversionOptions, inputs: frozenset[str]) -> Iterator[Step]:
    """Yields the steps; an option goes to the first that takes it: those after it find what that one made of it."""
    left, roles = set(options.given), set(inputs)
    for route in way:
        own = left & route.options
        loses = route.loses if route is way[-1] or route.keeps is Keeps.MODEL else ()
        yield Step(route, source, _only(options, own), frozenset(roles & route.inputs), loses)
        left -= own
        roles -= route.inputs
        source = route.target


def _only(options: ConversionOptions, names: Collection[str]) -> ConversionOptions:
    defaults = {field.name: field.default for field in fields(options) if field.name not in names}
    return replace(options, **defaults)  # type: ignore[arg-type]  # each default is of its field's type


def _cost(way: tuple[Route, ...]) -> tuple[int, int]:
    return sum(route.cost for route in way), len(way)


def _options(way: tuple[Route, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(route.options for route in way))


def _inputs(way: tuple[Route, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(route.inputs for route in way))


def _no_route(source: str, target: Target) -> NoRouteError:
    why, hint = _WHY.get(source, (f"no conversion leads from {source} to {target.name}", "tfreg convert --routes lists all."))
    return NoRouteError(f"From {source} no way leads to {target.name}: {why}.", hint=hint, source=source, target=target.name)


def _needs(source: str, target: Target, way: tuple[Route, ...]) -> NoRouteError:
    missing = sorted(frozenset[str]().union(*(route.needs for route in way)))
    why, hint = _WHY.get(source, (f"the {', '.join(missing)} must be given", f"Name it: --{missing[0]} FILE|REF."))
    return NoRouteError(
        f"From {source} alone no way leads to {target.name}: {why}.",
        hint=hint,
        source=source,
        target=target.name,
        needs=", ".join(missing),
    )


def _unsupported(
    source: str, target: Target, way: tuple[Route, ...], options: ConversionOptions, inputs: Collection[str]
) -> OptionUnsupportedError:
    names = sorted((options.given - _options(way)) | (set(inputs) - _inputs(way)))
    taken = sorted(_options(way) | _inputs(way))
    return OptionUnsupportedError(
        f"From {source} to {target.name} there is no use for {', '.join(names)}.",
        hint=f"This conversion takes: {', '.join(taken)}." if taken else "This conversion takes no options.",
        options=", ".join(names),
        existing=", ".join(taken),
    )
