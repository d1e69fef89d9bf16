"""Writes docs/errors.md from the error tree and the diagnostics' codes, so that the page cannot lie. A test compares them."""

from __future__ import annotations

import sys
from pathlib import Path

from tfreg.cli.exit_codes import BY_KIND
from tfreg.core.diagnostics import CODES
from tfreg.core.errors import error_types

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"

HEAD = """# Errors and diagnostics

An **error** ends a call. It has a *reason*, which is stable and meant for programs, a *kind*, which is the grpc status code and
decides the command's exit code, facts in its metadata, and a message that ends with the next step. On the wire it is a
`google.rpc.Status` with one `google.rpc.ErrorInfo` of domain `tfreg.dev`. A **diagnostic** is a finding about a model: it is stored and
shown with it, and ends nothing.

This page is written by `python tools/write_errors_page.py`.
"""

OF_JAVA = {
    "FEED_NOT_FOUND": ("NOT_FOUND", "A binding has no feed of that key; the metadata names the nearest that exists."),
    "FETCH_NOT_FOUND": ("NOT_FOUND", "A binding has no fetch of that key; the metadata names the nearest that exists."),
    "LOCAL_IO_FAILED": ("FAILED_PRECONDITION", "The cache or the destination of a pull cannot be read or written."),
    "NOT_ONE_TENSOR": ("FAILED_PRECONDITION", "A key stands for a sparse or ragged tensor: its components are used one by one."),
}
"""Reasons that only the Java client gives: kind, and what happened."""


def page() -> str:
    """Returns the text of docs/errors.md."""
    errors = sorted(error_types(), key=lambda error: (error.kind.value, error.reason))
    lines = [HEAD, "## Reasons", "", "| reason | kind | exit code | what happened |", "|---|---|---|---|"]
    lines += [f"| `{e.reason}` | {e.kind.value} | {BY_KIND[e.kind]} | {_first_line(e.__doc__)} |" for e in errors]
    lines += ["", "## Reasons of the Java client", "", "It gives these besides those above, without a server's doing.", ""]
    lines += ["| reason | kind | what happened |", "|---|---|---|"]
    lines += [f"| `{reason}` | {kind} | {text} |" for reason, (kind, text) in sorted(OF_JAVA.items())]
    lines += ["", "## Diagnostics", "", "`1xx` format, `2xx` signature, `3xx` runtime fit, `4xx` safety, `5xx` conversion.", ""]
    lines += ["| code | what it stands for |", "|---|---|", *(f"| `{code}` | {text} |" for code, text in sorted(CODES.items()))]
    return "\n".join(lines) + "\n"


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().splitlines()[0]


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
