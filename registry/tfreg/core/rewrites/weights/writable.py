"""What the files of mere weights have in common: weights that they cannot hold are left out and told, other dtypes stand in for some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import ConversionRefusedError, RequestInvalidError
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.rewriting import RewriteRequest, Source
from tfreg.core.rewrites.weights.loading import loaded_weights
from tfreg.core.rewrites.weights.weight import Weight
from tfreg.core.values.selection import ValueHeader

LEFT_OUT = "TFR501"


@dataclass(frozen=True, slots=True)
class Writable:
    """A weight, and what the file says of it."""

    weight: Weight
    header: ValueHeader


def writable(request: RewriteRequest, written: Callable[[Writable], str]) -> tuple[list[Writable], list[Diagnostic]]:
    """Returns the weights that a file can hold, and what is told of others and of those whose dtype becomes another.

    Args:
        request: Where the weights are, and which options give them other values.
        written: Gives the dtype that a weight has in the file; raises RequestInvalidError for one that it cannot hold.

    Raises:
        ConversionRefusedError: There are none.
        TensorNotFoundError: An option names a key that the source lacks.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    kept: list[Writable] = []
    lost: dict[str, list[str]] = {}
    changed: dict[tuple[str, str], list[str]] = {}
    for weight in loaded_weights(request.source, request.options):
        size = None if weight.dtype == "string" else weight.size_bytes
        one = Writable(weight, ValueHeader(weight.name, weight.dtype, weight.shape, size))
        try:
            dtype = written(one)
        except RequestInvalidError as error:
            lost.setdefault(error.message, []).append(weight.name)
            continue
        kept.append(one)
        if dtype != weight.dtype:
            changed.setdefault((weight.dtype, dtype), []).append(weight.name)
    if not kept:
        raise _nothing(request.source, next(iter(lost), ""))
    notes = [Diagnostic(LEFT_OUT, Severity.WARNING, f"Left out: {message}") for message in lost]
    for (before, after), names in changed.items():
        notes.append(Diagnostic(LEFT_OUT, Severity.INFO, f"{before} is written as {after}: {listed(names)}."))
    return kept, notes


def _nothing(source: Source, reason: str) -> ConversionRefusedError:
    """Returns the refusal of a source without weights: of one that is cut off or damaged it says so."""
    damage = next((problem for problem in source.inspection.problems if problem.severity is Severity.ERROR), None)
    if damage is not None and not reason:
        return ConversionRefusedError(
            f"No weights of {source.tree.name} can be read: {damage.message}",
            hint=damage.hint or "Copy or export it again.",
            code=damage.code,
        )
    return ConversionRefusedError(
        f"{source.tree.name} has no weights to write. {reason}".rstrip(),
        hint="It holds no variables, and no constants that are weights by what they are.",
    )
