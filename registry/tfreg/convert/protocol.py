"""What parent and worker say to each other: JSON, a line each. The parent believes nothing of it.

The parent says one line, the job: `step`, `module`, `inputs` (path by role), `arguments`. The worker says `progress` lines, then one of
`done` (with the facts), `refused` (an error of tfreg: reason, message, hint, metadata) and `failed` (limit, message).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

MAX_LINE_BYTES = 16 << 20
"""The longest line: facts may hold the names of a large graph."""
MAX_TALK_BYTES = 64 << 20
"""What a worker may say in all."""
MAX_TEXT = 4096
"""Characters of a message, and of a value of metadata."""
MAX_LINES = 50_000
"""And in how many lines."""
_MAX_METADATA = 32
_MAX_DIGITS = 20

PROGRESS, DONE, REFUSED, FAILED, READY = "progress", "done", "refused", "failed", "ready"


def line(kind: str, content: Mapping[str, object]) -> bytes:
    """Writes a line."""
    return json.dumps({kind: content}).encode() + b"\n"


def parse(text: bytes) -> tuple[str, Mapping[str, object]] | None:
    """Reads a line; None if it is not one of this protocol."""
    try:
        document = json.loads(text, parse_int=_number)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or len(document) != 1:
        return None
    ((kind, content),) = document.items()
    return (kind, content) if isinstance(content, dict) else None


def _number(digits: str) -> int | float:
    """Returns a number; a longer one than any count as `inf`, for no other number is so large that it cannot be reckoned with."""
    return int(digits) if len(digits) < _MAX_DIGITS else float(digits)


def text_of(value: object, limit: int = MAX_TEXT) -> str:
    """Returns a text of a worker, short and printable; empty if it is not one."""
    if not isinstance(value, str):
        return ""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in value[:limit])


def texts_of(value: object) -> dict[str, str]:
    """Returns the texts by name that a worker gave as metadata."""
    if not isinstance(value, dict):
        return {}
    return {text_of(key, 64): text_of(text) for key, text in list(value.items())[:_MAX_METADATA] if key.isidentifier()}
