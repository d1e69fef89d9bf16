"""What a step says beside its files. A model of a stranger may have run in its worker, so nothing of it is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.diagnostics import CODES, Diagnostic, Severity

_MAX_CHARACTERS = 2000
_MAX_NOTES = 100
_MAX_TOOLS = 20
_SEVERITIES = {severity.value: severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of a step.

    Attributes:
        renamed: Tensors that have another name now: `old:0` -> `new:0`.
        pruned: Keys that were left out, and why.
        notes: What was lost or left over.
        tools: Versions of what did the work, by name.
    """

    renamed: Mapping[str, str]
    pruned: Mapping[str, str]
    notes: tuple[Diagnostic, ...]
    tools: Mapping[str, str]


def told_by(facts: Mapping[str, object]) -> Told:
    """Reads facts; what is of another form is passed over, and what is too long is cut."""
    notes = facts.get("notes")
    tools = list(_texts(facts.get("tools")).items())[:_MAX_TOOLS]
    return Told(
        _texts(facts.get("renamed")),
        _texts(facts.get("pruned")),
        tuple(_notes(notes[:_MAX_NOTES])) if isinstance(notes, list) else (),
        dict(tools),
    )


def _notes(told: list[object]) -> Iterator[Diagnostic]:
    for note in told:
        fields = _texts(note)
        code, severity = fields.get("code"), _SEVERITIES.get(fields.get("severity", ""))
        if code in CODES and severity is not None:
            yield Diagnostic(code, severity, fields.get("message", ""), fields.get("hint", ""))


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {_text(key): _text(item) for key, item in value.items() if isinstance(key, str) and isinstance(item, str)}


def _text(value: str) -> str:
    """Returns a text without what cannot be shown, such as half a character, which no message can hold."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in value[:_MAX_CHARACTERS])
