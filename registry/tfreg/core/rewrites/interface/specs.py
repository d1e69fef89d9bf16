"""Which trace of a function a caller means: `x: float32[?,3], training=False`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import combinations

_TENSOR = re.compile(r"([^\s:=]+)\s*:\s*(\w+)\s*(\[[^\]]*\])?")
_UNKNOWN_SIZES = re.compile(r"(?<=[\[,])(?:None|-1)?(?=[,\]])")
_SPACES = re.compile(r"\s+")
_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "'\""
_MAX_PARTS = 12  # of which pairs are tried to tell traces apart


def matching(spec: str, traces: Sequence[tuple[str, ...]]) -> list[int]:
    """Returns the positions of the traces that have all arguments which the spec names; the only one that has no others, if it names all.

    Args:
        spec: What the caller wrote; empty: every trace matches.
        traces: The arguments of each trace, as `structures.written_arguments` writes them.
    """
    wanted = [_normal(part) for part in split(spec)]
    known = [[_normal(part) for part in trace] for trace in traces]
    found = [at for at, parts in enumerate(known) if all(any(_fits(one, part) for part in parts) for one in wanted)]
    whole = [at for at in found if len(known[at]) == len(wanted)]
    return whole if wanted and len(whole) == 1 else found


def telling_spec(trace: int, traces: Sequence[tuple[str, ...]]) -> str:
    """Returns the shortest spec that only one of the traces matches; empty if it is the only one."""
    if len(traces) == 1:
        return ""
    parts = traces[trace][:_MAX_PARTS]
    tries = [",".join(some) for count in (1, 2) for some in combinations(parts, count)]
    return next((spec for spec in tries if matching(spec, traces) == [trace]), ", ".join(traces[trace]))


def option(function: str, trace: int, traces: Sequence[tuple[str, ...]], *, with_spec: bool = False) -> str:
    """Returns what to paste into the command line: `--function call --spec 'training=False'`.

    Args:
        function: Its name.
        trace: Position of the trace.
        traces: The arguments of each.
        with_spec: Whether the spec is told even if there is no other trace.
    """
    spec = telling_spec(trace, traces) or (", ".join(traces[trace]) if with_spec else "")
    return f"--function {shlex.quote(function)}" + (f" --spec {shlex.quote(spec)}" if spec else "")


def split(spec: str) -> list[str]:
    """Returns the parts of a spec: it is cut at commas that stand neither in brackets nor in quotes."""
    parts, start, depth, quote = [], 0, 0, ""
    for at, character in enumerate(spec):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(spec[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, spec[start:]) if part.strip()]


def _normal(part: str) -> str:
    tensor = _TENSOR.fullmatch(part)
    if tensor is None:
        name, equals, value = part.partition("=")
        return f"{name.strip()}{equals}{_SPACES.sub('', value)}"
    sizes = _UNKNOWN_SIZES.sub("?", _SPACES.sub("", tensor[3] or "")) if tensor[3] != "[]" else "[]"
    return f"{tensor[1]}:{tensor[2]}{sizes}"


def _fits(wanted: str, part: str) -> bool:
    """True for the same argument; a tensor whose shape the caller leaves out fits any."""
    return wanted == part or ("[" not in wanted and ":" in wanted and "=" not in wanted and part.startswith(f"{wanted}["))
