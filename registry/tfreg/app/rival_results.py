"""What callers are told where a version was converted to one format in several ways: which result answers, and how to name another."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.app.choice import Chosen
from tfreg.core.conversions.options import summary
from tfreg.core.conversions.records import Derived
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import SignatureNotFoundError

_MAX_NAMED = 3


def findings(chosen: Chosen) -> tuple[Diagnostic, ...]:
    """Returns what to say of a result that was made with options: it is the first that was made, and stays the answer."""
    derived = chosen.derived
    if derived is None or derived.is_plain:
        return ()
    made = f"This {derived.format} was made with {summary(derived.provenance.options) or 'further inputs'}"
    if not chosen.rivals:
        return (Diagnostic("TFR507", Severity.INFO, f"{made}."),)
    message = f"{made}; the version has {len(chosen.rivals)} more in this format, made later."
    return (Diagnostic("TFR507", Severity.WARNING, message, f"Name another by its digest: {_named(chosen, chosen.rivals)}."),)


def with_rivals(error: SignatureNotFoundError, chosen: Chosen, signature: str) -> SignatureNotFoundError:
    """Returns the error of a signature that the chosen result lacks, with the results of the same format that have it."""
    having = [rival for rival in chosen.rivals if signature in _signatures(rival)]
    if having:
        error.hint = f"Another result in this format has it: {_named(chosen, having)}."
    return error


def _signatures(derived: Derived) -> set[str]:
    return {name.new_signature or name.signature for name in derived.result.names if not name.pruned}


def _named(chosen: Chosen, results: Iterable[Derived]) -> str:
    named = [
        f"{chosen.version.model}@{one.artifact_digest} ({summary(one.provenance.options) or 'without options'})"
        for one in results
    ]
    return ", ".join(named[:_MAX_NAMED])
