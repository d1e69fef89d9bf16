"""How the command line tells of failure: on stderr, as text or as one JSON object, never as a traceback."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence

import typer

from tfreg.cli.exit_codes import BY_KIND
from tfreg.cli.writing import printable
from tfreg.core.errors import InternalError, RequestInvalidError, StorageFullError, TfregError


def wants_json(arguments: Sequence[str]) -> bool:
    """True if the user asked for JSON. Looks at the raw arguments, since a wrong command line is told in JSON too."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(first == "-ojson" or (first, second) == ("-o", "json") for first, second in pairs)


def report(error: Exception, *, as_json: bool) -> int:
    """Tells of an error on stderr and returns the exit code."""
    known = as_tfreg_error(error)
    code = BY_KIND[known.kind]
    sys.stderr.write(_document(known, code) if as_json else _text(known))
    if isinstance(known, InternalError) and os.environ.get("TFREG_DEBUG"):
        import traceback

        traceback.print_exception(error)
    return code


def as_tfreg_error(error: Exception) -> TfregError:
    """Returns an error of tfreg's tree for whatever was raised."""
    if isinstance(error, TfregError):
        return error
    if isinstance(error, typer.TyperException):
        return _usage_error(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return StorageFullError(f"No space left on the disk: {error}.", hint="Make room and repeat the command.")
    if isinstance(error, OSError) and error.filename:
        return RequestInvalidError(
            f"'{error.filename}' cannot be used: {error.strerror}.",
            hint="Check the path and its permissions.",
            path=str(error.filename),
        )
    return InternalError(
        f"{type(error).__name__}: {error}", hint="This is a bug of tfreg; TFREG_DEBUG=1 shows where it happened."
    )


def _usage_error(error: typer.TyperException) -> TfregError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tfreg"
    return RequestInvalidError(error.format_message(), hint=f"{command} --help tells the arguments.")


def _text(error: TfregError) -> str:
    lines = [f"error: {error.message}"]
    if error.hint:
        lines.append(f"  next: {error.hint}")
    lines.append(f"  code: {error.reason}")
    return "".join(printable(line) + "\n" for line in lines)


def _document(error: TfregError, exit_code: int) -> str:
    content = {
        "error": {
            "code": error.reason,
            "kind": error.kind.value,
            "message": error.message,
            "hint": error.hint,
            "metadata": error.metadata,
            "exit_code": exit_code,
        }
    }
    return json.dumps(content, indent=2) + "\n"
