"""Entry point of `tfreg`: runs a command and turns whatever happens into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from tfreg.cli.app import root
from tfreg.cli.bash_words import asked_by_bash, complete
from tfreg.cli.exit_codes import INTERRUPTED, OK, OUTPUT_CLOSED
from tfreg.cli.failures import report, wants_json
from tfreg.cli.progress import REPEAT
from tfreg.cli.settings import Settings
from tfreg.cli.writing import OutputClosedError, forget_stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code; docs/cli.md lists them.

    Args:
        arguments: What follows the program's name; None takes the process's own.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if asked_by_bash(os.environ):
            complete(os.environ, lambda: _run(words))
        return _run(words)
    except OutputClosedError:
        forget_stdout()
        return OUTPUT_CLOSED
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # whatever it is, the user gets a message and an exit code
        return report(error, as_json=wants_json(words))


def _run(words: list[str]) -> int:
    if not words:
        words = ["--help"]
    if words[0] == "help":
        words = [*words[1:2], "--help"]
    code = root().main(words, prog_name="tfreg", standalone_mode=False, obj=Settings())
    if code == INTERRUPTED:
        sys.stderr.write("\ninterrupted\n" + (f"  next: {REPEAT}\n" if {"push", "pull"} & set(words) else ""))
    return code if isinstance(code, int) else OK


if __name__ == "__main__":
    sys.exit(main())
