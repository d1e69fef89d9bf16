"""An inspection as text, section by section. Each function returns lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tfreg.cli.tables import table
from tfreg.cli.wording import count_text, name_text, quantization_text, ref_text, size_text, type_text
from tfreg.core.bindings import Binding
from tfreg.core.diagnostics import Diagnostic, Place
from tfreg.core.files import FileStat
from tfreg.core.inspections import CallableFunction, ConcreteFunction, MetaGraph, Signature
from tfreg.core.records import VersionRecord
from tfreg.core.tensors import StoredTensor, TensorRef, TensorSpec
from tfreg.core.written_types import written_shape

MAX_NAMED = 2
"""Tensors that are named beside a reason; the rest is counted."""
MAX_CANDIDATES = 10
"""Unlikely inputs and outputs that are printed; `-o json` has all."""


def tags_text(graph: MetaGraph) -> str:
    """Returns `serve,gpu`."""
    return ",".join(graph.tags)


def graph_title(graph: MetaGraph) -> str:
    """One line about a MetaGraphDef: tag set, who wrote it, how large it is."""
    facts = [
        f"TensorFlow {graph.tensorflow_version}" if graph.tensorflow_version else "",
        f"producer {graph.producer}" if graph.producer else "",
        count_text(graph.node_count, "node"),
        count_text(graph.function_count, "function"),
    ]
    name = f"tag set {tags_text(graph)}" if graph.tags else "graph"
    return f"{name}: {', '.join(fact for fact in facts if fact)}"


def signature_lines(signature: Signature, *, java: bool, indent: str = "") -> list[str]:
    """A SignatureDef with its feeds and fetches."""
    method = f" ({signature.method_name})" if signature.method_name else ""
    kind = " internal" if signature.internal else " declared" if signature.declared else ""
    rows = [_signature_row("feed", tensor, java=java) for tensor in signature.inputs]
    rows += [_signature_row("fetch", tensor, java=java) for tensor in signature.outputs]
    return [f"{indent}signature {signature.key}{method}{kind}", *table(rows, indent=indent + "  ")]


def _signature_row(role: str, tensor: TensorSpec, *, java: bool) -> tuple[str, ...]:
    return (*tensor_row(role, tensor, java=java), quantization_text(tensor.quantization))


def tensor_row(role: str, tensor: TensorSpec, *, java: bool) -> tuple[str, ...]:
    """Role, key, dtype, shape, name. An output without a dtype is no tensor but an operation to run."""
    if tensor.ref is not None and not tensor.dtype and not tensor.components:
        return ("target", tensor.key or "-", "-", "-", tensor.ref.operation)
    shape = written_shape(tensor.shape) if tensor.has_shape else "?"
    return (role, tensor.key or "-", type_text(tensor), shape, name_text(tensor, java=java))


def binding_rows(binding: Binding, *, java: bool) -> list[tuple[str, ...]]:
    """Feeds with their use, and fetches; of guesses also how sure they are."""
    confidences = {(guess.ref, guess.output): guess.confidence.value for guess in binding.guesses}

    def row(role: str, tensor: TensorSpec, use: str) -> tuple[str, ...]:
        confidence = (tensor.ref and confidences.get((tensor.ref, role == "fetch"))) or ""
        return (*tensor_row(role, tensor, java=java), use, confidence)

    rows = [row("feed", feed.tensor, feed.use.value) for feed in binding.feeds]
    return rows + [row("fetch", tensor, "") for tensor in binding.fetches]


def reason_lines(binding: Binding, *, java: bool) -> list[str]:
    """Why feeds and fetches that no signature says are taken for ones, each reason once."""
    named = _named(binding)
    groups: dict[tuple[str, str], list[str]] = {}
    for guess in binding.guesses:
        if guess.ref in named:
            groups.setdefault((guess.confidence.value, guess.reason), []).append(ref_text(guess.ref, java=java))
    rows = [(confidence, reason, _some(names)) for (confidence, reason), names in groups.items()]
    return ["because:", *(f"  {confidence}: {reason}: {names}" for confidence, reason, names in rows)] if rows else []


def _some(names: Sequence[str]) -> str:
    more = [f"{len(names) - MAX_NAMED} more"] if len(names) > MAX_NAMED else []
    return ", ".join([*names[:MAX_NAMED], *more])


def _named(binding: Binding) -> set[TensorRef | None]:
    return {feed.tensor.ref for feed in binding.feeds} | {tensor.ref for tensor in binding.fetches}


def candidate_lines(binding: Binding, *, java: bool) -> list[str]:
    """What may be an input or an output, but more likely is none."""
    named = _named(binding)
    left = [guess for guess in binding.guesses if guess.ref not in named]
    rows = [("fetch" if guess.output else "feed", ref_text(guess.ref, java=java), guess.reason) for guess in left]
    more = [f"  ... {count_text(len(rows) - MAX_CANDIDATES, 'more candidate')}"] if len(rows) > MAX_CANDIDATES else []
    return ["unlikely:", *table(rows[:MAX_CANDIDATES], indent="  "), *more] if rows else []


def guess_lines(binding: Binding, *, java: bool) -> list[str]:
    """Feeds and fetches that no signature says."""
    rows = table(binding_rows(binding, java=java), indent="  ")
    return [
        "guessed, since no signature says them:",
        *rows,
        *reason_lines(binding, java=java),
        *candidate_lines(binding, java=java),
    ]


def version_lines(version: VersionRecord) -> list[str]:
    """Labels and attachments of a version."""
    rows = [(a.role, a.file.path, size_text(a.file.size_bytes)) for a in version.attachments]
    return label_lines(version.labels) + _titled("attachments", rows)


def label_lines(labels: Mapping[str, str]) -> list[str]:
    """What is said about a version, or would be said about one."""
    return _titled("labels", sorted(labels.items()))


def signature_list(graph: MetaGraph) -> list[str]:
    """Keys of all signatures with their methods."""
    return table(
        [(s.key, s.method_name or "-", "internal" if s.internal else "declared" if s.declared else "") for s in graph.signatures]
    )


def asset_lines(graph: MetaGraph, *, java: bool) -> list[str]:
    """Files that the graph reads when it is initialised."""
    return _titled("assets", [(asset.file_name, ref_text(asset.ref, java=java)) for asset in graph.assets])


def target_lines(graph: MetaGraph, *, java: bool) -> list[str]:
    """What a loader runs."""
    targets = graph.targets
    rows = [("init", operation) for operation in targets.init_operations]
    if targets.restore_operation:
        rows.append(("restore", f"{targets.restore_operation} (filename: {ref_text(targets.restore_filename, java=java)})"))
    return _titled("targets", rows)


def function_lines(functions: Iterable[CallableFunction]) -> list[str]:
    """What a SavedModel offers to Python, with the arguments of every trace."""
    lines = []
    for function in functions:
        lines.append(f"function {function.name}")
        for number, trace in enumerate(function.concrete_functions, start=1):
            lines.append(f"  trace {number}: {trace.name}" if trace.name else f"  trace {number}")
            lines += table(_argument_rows(trace), indent="    ")
    return lines


def tensor_lines(tensors: Sequence[StoredTensor]) -> list[str]:
    """Stored tensors with their place."""
    return table(
        [(t.name, t.dtype, written_shape(t.shape), size_text(t.size_bytes), t.file, str(t.offset_bytes)) for t in tensors],
        header=("name", "dtype", "shape", "size", "file", "offset"),
    )


def file_lines(files: Sequence[FileStat]) -> list[str]:
    """Files with their sizes."""
    return _titled("files", [(file.path, size_text(file.size_bytes)) for file in files])


def fact_lines(facts: Mapping[str, str]) -> list[str]:
    """Further facts, as the format names them."""
    return _titled("facts", [(name, " ".join(facts[name].split())) for name in facts])


def problem_lines(problems: Iterable[Diagnostic]) -> list[str]:
    """Findings with their place and the next step."""
    lines = []
    for problem in problems:
        place = place_text(problem.place)
        lines.append(f"{problem.severity.value} {problem.code}{' in ' + place if place else ''}: {problem.message}")
        if problem.hint:
            lines.append(f"  next: {problem.hint}")
    return lines


def _argument_rows(trace: ConcreteFunction) -> list[tuple[str, str, str]]:
    rows = [("argument", argument.name or "-", argument.value) for argument in trace.arguments]
    return rows + [("keyword", argument.name or "-", argument.value) for argument in trace.keyword_arguments]


def place_text(place: Place) -> str:
    """Returns `saved_model.pb, function f, operation x`."""
    named = (("", place.file), ("signature ", place.signature), ("function ", place.function), ("operation ", place.operation))
    return ", ".join(kind + name for kind, name in named if name)


def _titled(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    return [title, *table(rows, indent="  ")] if rows else []
