"""Completion in bash, which cuts words at `@`, `:` and `=` before anybody is asked: `team/bert@pr` comes as three.

Bash replaces what follows the last `:` or `=` of the line, but from the last `@` on, that included (readline completes names of
hosts so). Seen with bash 5.2.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import redirect_stdout

BREAKS = "@:="


def asked_by_bash(environment: MutableMapping[str, str]) -> bool:
    """True if bash asks what could follow."""
    return environment.get("_TFREG_COMPLETE") == "complete_bash"


def complete(environment: MutableMapping[str, str], answer: Callable[[], object]) -> None:
    """Joins the words of the environment, lets `answer` print what could follow, and prints the part that bash replaces.

    Raises:
        SystemExit: As `answer` does.
    """
    words = environment.get("COMP_WORDS", "").split("\n")[: int(environment.get("COMP_CWORD") or 0) + 1]
    joined, at = join(words)
    kept = 0
    if len(joined) < len(words):
        kept = replaced_from(joined[-1])
        environment.update({"COMP_WORDS": "\n".join(joined), "COMP_CWORD": str(at)})
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            answer()
    finally:
        sys.stdout.write("".join(line[kept:] + "\n" for line in printed.getvalue().splitlines()))


def join(words: Sequence[str]) -> tuple[list[str], int]:
    """Returns the words as they were typed, and the place of the last."""
    joined: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if word and before and (word[0] in BREAKS or before[-1] in BREAKS):
            joined[-1] += word
        else:
            joined.append(word)
    return joined, len(joined) - 1


def replaced_from(word: str) -> int:
    """Returns where the part of a word begins that bash replaces."""
    return max(0, word.rfind("@"), word.rfind(":") + 1, word.rfind("=") + 1)
