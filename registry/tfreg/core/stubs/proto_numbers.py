"""Field numbers of a .proto that is written anew: what stays keeps its number, what goes is reserved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*((?:optional |repeated )?[\w.]+) (\w+) = (\d+)\b", re.MULTILINE)
_RESERVED = re.compile(r"^\s*reserved ([^;]*);", re.MULTILINE)
_RANGE = re.compile(r"(\d+)(?:\s+to\s+(\d+))?")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_KEPT_BY_PROTOBUF = range(19_000, 20_000)
_MOST = 1_000_000
"""No range of reserved numbers is read further: such a file was not written by tfreg."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message: its fields' numbers, and what none of its fields may use."""

    fields: Mapping[str, int]
    reserved_numbers: tuple[int, ...] = ()
    reserved_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A message of the file that is there: type and number of each field, and what is reserved."""

    fields: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    reserved_numbers: frozenset[int] = frozenset()
    reserved_names: frozenset[str] = frozenset()


def known_messages(text: str) -> dict[str, Known]:
    """Returns the messages of a .proto by name; none of a text that is no .proto of ours."""
    return {found[1]: _known(found[2]) for found in _MESSAGE.finditer(_COMMENT.sub("", text))}


def numbered(fields: Sequence[tuple[str, str]], known: Known) -> Numbered:
    """Gives fields (name, type) their numbers.

    A field keeps its number if its type is the same. A field that is gone, or has another type, leaves its number reserved for good,
    since messages of the old kind may be around.
    """
    kept = {name: known.fields[name][1] for name, kind in fields if name in known.fields and known.fields[name][0] == kind}
    gone = {number for name, (_, number) in known.fields.items() if name not in kept} | known.reserved_numbers
    free = max((0, *kept.values(), *gone)) + 1
    numbers = {}
    for name, _ in fields:
        if name not in kept:
            free = _KEPT_BY_PROTOBUF.stop if free in _KEPT_BY_PROTOBUF else free
            numbers[name], free = free, free + 1
        else:
            numbers[name] = kept[name]
    names = (known.fields.keys() | known.reserved_names) - numbers.keys()
    return Numbered(numbers, tuple(sorted(gone)), tuple(sorted(names)))


def _known(body: str) -> Known:
    reserved = " , ".join(found[1] for found in _RESERVED.finditer(body))
    names = frozenset(re.findall(r'"(\w+)"', reserved))
    numbers: set[int] = set()
    for first, last in _RANGE.findall(re.sub(r'"\w*"', "", reserved)):
        numbers |= set(range(int(first), min(int(last or first), _MOST) + 1))
    fields = {name: (kind, int(number)) for kind, name, number in _FIELD.findall(body)}
    return Known(fields, frozenset(numbers), names)
