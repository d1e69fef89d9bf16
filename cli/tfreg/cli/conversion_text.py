"""A conversion as text and as a document: its steps, what became of the names, of the weights, and what a check showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.cli.documents import Document, diagnostic_document
from tfreg.cli.inspection_text import problem_lines
from tfreg.cli.tables import table
from tfreg.cli.wording import count_text, size_text
from tfreg.core.conversions.options import summary
from tfreg.core.conversions.records import Conversion, Planned
from tfreg.core.conversions.results import Check, CheckState, MappedName, Provenance, Result, WeightMatches

if TYPE_CHECKING:
    from tfreg.core.conversions.routes import Route
    from tfreg.core.inspections import MetaGraph, Signature
    from tfreg.core.records import DeclaredSignature

_MAX_LISTED = 5
_INPUTS = {"generated": "generated inputs", "samples": "the samples", "warm-up requests": "the model's warm-up requests"}


def plan_lines(planned: Planned) -> list[str]:
    """The steps of a plan, and what each loses."""
    rows = [
        (str(number), step.source, "->", step.target, f"by {step.by}", step.name) for number, step in enumerate(planned.steps, 1)
    ]
    lost = list(dict.fromkeys(text for step in planned.steps for text in step.loses))
    stored = [f"made already: {planned.stored}"] if planned.stored else []
    return [
        f"{planned.source_format} -> {planned.target}, {count_text(len(planned.steps), 'step')}",
        *table(rows, indent="  "),
        *(f"  loses {text}" for text in lost),
        *stored,
    ]


def plan_document(planned: Planned) -> Document:
    """A plan as a document."""
    return {
        "source_format": planned.source_format,
        "target": planned.target,
        "stored": planned.stored,
        "steps": [
            {
                "name": step.name,
                "source": step.source,
                "target": step.target,
                "by": step.by,
                "cost_ms": step.cost_ms,
                "loses": list(step.loses),
            }
            for step in planned.steps
        ],
    }


def route_lines() -> list[str]:
    """The table of routes."""
    from tfreg.core.conversions.routes import ROUTES

    rows = [(route.name, _sources(route), route.target, route.by.value, " ".join(sorted(route.needs)) or "-") for route in ROUTES]
    return table(rows, header=("route", "from", "to", "by", "needs"))


def _sources(route: Route) -> str:
    return "anything with weights" if len(route.sources) > _MAX_LISTED else ", ".join(route.sources)


def route_documents() -> list[Document]:
    """The table of routes as documents."""
    from tfreg.core.conversions.routes import ROUTES

    return [
        {
            "name": route.name,
            "sources": list(route.sources),
            "target": route.target,
            "by": route.by.value,
            "cost_ms": route.cost,
            "loses": list(route.loses),
            "options": sorted(route.options),
            "inputs": sorted(route.inputs),
            "needs": sorted(route.needs),
        }
        for route in ROUTES
    ]


def result_lines(result: Result, check: Check, offered: Offered) -> list[str]:
    """What became of names and weights, what was lost, and what a check showed."""
    return [
        *name_lines([*result.names, *_new_names(result.names, offered.signatures)]),
        *(f"run once before the first call: {target}" for target in offered.targets),
        *_weight_lines(result.weights),
        *problem_lines(result.notes),
        *check_lines(check),
    ]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a result offers its callers, as far as it is known here.

    Attributes:
        signatures: Its signatures.
        targets: Operations to run once before the first call, of a format that does not hold them.
    """

    signatures: tuple[Signature, ...] = ()
    targets: tuple[str, ...] = ()


def offered(declared: Sequence[DeclaredSignature], graphs: Sequence[MetaGraph] = ()) -> Offered:
    """Returns what the signatures that are kept beside a result say, else those that it holds itself."""
    own = tuple(signature for graph in graphs for signature in graph.signatures)
    targets = dict.fromkeys(target for one in declared for target in one.targets)
    return Offered(tuple(one.signature for one in declared) or own, tuple(targets))


def result_document(result: Result, check: Check, offered: Offered) -> Document:
    """The same as a document."""
    return {
        "targets": list(offered.targets),
        "names": [_name_document(name) for name in (*result.names, *_new_names(result.names, offered.signatures))],
        "weights": None if result.weights is None else _weights_document(result.weights),
        "notes": [diagnostic_document(note) for note in result.notes],
        "check": {
            "state": check.state.value,
            "reason": check.reason,
            "max_abs_difference": check.max_abs_difference,
            "tolerance": check.tolerance,
            "inputs": check.inputs,
        },
    }


def name_lines(names: Sequence[MappedName]) -> list[str]:
    """A line for each logical key: what it was and what it is."""
    lines: list[str] = []
    for signature in dict.fromkeys(name.signature for name in names):
        own = sorted((name for name in names if name.signature == signature), key=lambda name: name.is_output)
        now = next((name.new_signature for name in own if name.new_signature), "")
        title = " -> ".join(filter(None, (signature, now)))
        title = f"signature {title}" if title else "names"
        lines += [title, *table([_name_row(name) for name in own], indent="  ")]
    return lines


def conversion_rows(conversions: Sequence[Conversion]) -> list[tuple[str, ...]]:
    """A row for each conversion of a version: target, digest, size, whether it was checked, options."""
    return [
        (
            one.derived.provenance.target,
            one.derived.artifact_digest,
            size_text(one.derived.size_bytes),
            one.derived.check.state.value,
            "" if one.derived.is_plain else _said(one.derived.provenance),
        )
        for one in conversions
    ]


def _said(provenance: Provenance) -> str:
    """Returns how a conversion was asked for: `ema, outputs prob, with graph`."""
    try:
        options = summary(provenance.options)
    except ValueError:
        options = provenance.options  # of a newer server
    inputs = ", ".join(f"with {role.replace('_', ' ')}" for role in provenance.inputs)
    return ", ".join(filter(None, (options, inputs)))


def conversion_documents(conversions: Sequence[Conversion]) -> list[Document]:
    """The same as documents."""
    return [
        {
            "target": one.derived.provenance.target,
            "format": one.derived.format,
            "artifact_digest": one.derived.artifact_digest,
            "size_bytes": one.derived.size_bytes,
            "steps": list(one.derived.provenance.steps),
            "options": one.derived.provenance.options,
            "inputs": dict(one.derived.provenance.inputs),
            "tools": dict(one.derived.provenance.tools),
            **result_document(one.derived.result, one.derived.check, offered(one.derived.signatures)),
        }
        for one in conversions
    ]


def check_lines(check: Check) -> list[str]:
    """One line about a check."""
    if check.state is CheckState.UNCHECKED:
        return [f"unchecked: {check.reason}"]
    difference = "" if check.max_abs_difference is None else f", largest difference {check.max_abs_difference:.3g}"
    on = f" on {_INPUTS.get(check.inputs, check.inputs)}" if check.inputs else ""
    if check.state is CheckState.EQUAL:
        return [f"checked: equal within {check.tolerance:g}{on}{difference}"]
    return [f"checked: NOT EQUAL{on}{difference}: {check.reason}"]


def _new_names(names: Sequence[MappedName], signatures: Sequence[Signature]) -> Iterator[MappedName]:
    """Yields the keys of a result that none of the source became: tensors that were asked for, inputs that were put in."""
    sources = {name.new_signature or name.signature: name.signature for name in names}
    known = {
        (name.new_signature or name.signature, name.is_output, name.new_key or name.key) for name in names if not name.pruned
    }
    for signature in signatures:
        if signature.key not in sources:
            continue
        before = sources[signature.key]
        renamed = signature.key if signature.key != before else ""
        for is_output, specs in ((False, signature.inputs), (True, signature.outputs)):
            for spec in specs:
                if spec.ref is not None and (signature.key, is_output, spec.key) not in known:
                    yield MappedName(before, spec.key, is_output, None, spec.ref, spec.tensor_index, new_signature=renamed)


def _name_row(name: MappedName) -> tuple[str, ...]:
    role = "fetch" if name.is_output else "feed"
    key = f"{name.key} -> {name.new_key}" if name.new_key else name.key
    before = str(name.before) if name.before is not None else "-"
    if name.pruned:
        return (role, key, before, "->", f"pruned: {name.pruned}")
    if (
        name.before is None and name.after is None and name.tensor_index is None
    ):  # Keras on both sides: keys are all the names there are
        return (role, key, "", "", "")
    after = f"index {name.tensor_index}" if name.tensor_index is not None else str(name.after or "-")
    return (role, key, before, "->", after)


def _weight_lines(weights: WeightMatches | None) -> list[str]:
    if weights is None:
        return []
    lines = [f"weights: {len(weights.matched)} matched by {weights.by}"]
    for title, names in (("missing", weights.missing), ("left over", weights.left_over), ("misshaped", weights.misshaped)):
        if names:
            lines.append(f"  {title}: {_some(names)}")
    return lines


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(names[:_MAX_LISTED]) + more


def _name_document(name: MappedName) -> Document:
    return {
        "signature": name.signature,
        "key": name.key,
        "output": name.is_output,
        "before": None if name.before is None else str(name.before),
        "after": None if name.after is None else str(name.after),
        "tensor_index": name.tensor_index,
        "pruned": name.pruned,
        "new_signature": name.new_signature,
        "new_key": name.new_key,
    }


def _weights_document(weights: WeightMatches) -> Document:
    def texts(names: Iterable[str]) -> list[str]:
        return list(names)

    return {
        "by": weights.by,
        "matched": [{"source": one.source, "target": one.target} for one in weights.matched],
        "missing": texts(weights.missing),
        "left_over": texts(weights.left_over),
        "misshaped": texts(weights.misshaped),
    }
