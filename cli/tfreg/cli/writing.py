"""How the command line writes: data to stdout, notes to stderr, nothing that steers a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping

_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class OutputClosedError(Exception):
    """The reader of stdout has gone, such as `head`."""


def printable(text: str) -> str:
    """Escapes what would steer a terminal or forge a line or a column: names inside a model are whatever its author wrote."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def write_lines(lines: Iterable[str]) -> None:
    """Writes lines to stdout.

    Raises:
        OutputClosedError: Nobody reads them.
    """
    write("".join(f"{printable(line)}\n" for line in lines))


def write_json(document: Mapping[str, object]) -> None:
    """Writes one JSON document to stdout.

    Raises:
        OutputClosedError: Nobody reads it.
    """
    write(json.dumps(document, indent=2) + "\n")


def write_json_line(document: Mapping[str, object]) -> None:
    """Writes one JSON document of many to stdout, as one line.

    Raises:
        OutputClosedError: Nobody reads it.
    """
    write(json.dumps(document) + "\n")


def write(text: str) -> None:
    """Writes text to stdout and flushes it.

    Raises:
        OutputClosedError: Nobody reads it.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise OutputClosedError from None
    except UnicodeEncodeError:
        write(text.encode("ascii", "backslashreplace").decode())


def note(text: str, *, quiet: bool = False) -> None:
    """Tells the user something besides the answer, on stderr."""
    if not quiet:
        sys.stderr.write(printable(text) + "\n")


def forget_stdout() -> None:
    """Points stdout at nothing, so that the interpreter's last flush does not complain about a closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
