"""Python source as its formatters leave it at 88 columns: calls on one line, or one argument a line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 88
_STEP = 4


def literal(text: str) -> str:
    """Returns a string literal: in double quotes, unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def commented(text: str) -> str:
    """Returns a text for a docstring: nothing in it ends the string or steers a terminal."""
    plain = "".join(_escaped(character, "") for character in text)
    return plain.replace('"', "'")


def shape_literal(shape: Sequence[int | None]) -> str:
    """Returns a tuple on one line."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def call(indent: int, before: str, arguments: Sequence[str], after: str) -> list[str]:
    """Returns the lines of `before(arguments)after`. Arguments are on one line each, but for tuples, which break as calls do."""
    line = f"{' ' * indent}{before}({', '.join(arguments)}){after}"
    if len(line) <= WIDTH or not arguments:
        return [line]
    inner = [part for argument in arguments for part in _argument(indent + _STEP, argument)]
    return [f"{' ' * indent}{before}(", *inner, f"{' ' * indent}){after}"]


def docstring(indent: int, summary: str, *paragraphs: Iterable[str]) -> list[str]:
    """Returns a docstring; the lines of paragraphs are indented already, and wrapped with a hanging indent."""
    blocks = [_wrapped(indent, [summary], first=3)]
    blocks += [_wrapped(indent, paragraph) for paragraph in paragraphs]
    lines = blocks[0]
    for block in blocks[1:]:
        lines += ["", *block]
    lines[0] = f'{" " * indent}"""{lines[0].strip()}'
    if len(blocks) == 1 and len(lines) == 1 and len(lines[0]) <= WIDTH - 3:
        return [f'{lines[0]}"""']
    return [*lines, f'{" " * indent}"""']


def _wrapped(indent: int, lines: Iterable[str], *, first: int = 0) -> list[str]:
    found: list[str] = []
    for line in lines:
        own = len(line) - len(line.lstrip())
        margin = " " * (indent + own)
        hanging = margin if own == 0 else margin + " " * _STEP
        found += textwrap.wrap(
            line.strip(),
            WIDTH - first,
            initial_indent=margin,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return found


def _argument(indent: int, argument: str) -> list[str]:
    line = f"{' ' * indent}{argument},"
    if len(line) <= WIDTH or not argument.startswith("("):
        return [line]
    parts = argument[1:-1].split(", ")  # a tuple of numbers
    return [f"{' ' * indent}(", *(f"{' ' * (indent + _STEP)}{part}," for part in parts), f"{' ' * indent}),"]


def _escaped(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode()
