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
    "COMMAND_FAILED": (
        "FAILED_PRECONDITION",
        "A `tfreg` command that a test runs ended with an error; the message says what it told.",
    ),
    "COMMAND_NOT_FOUND": ("FAILED_PRECONDITION", "The `tfreg` command that tests start servers by is not there."),
    "DTYPE_MISMATCH": ("FAILED_PRECONDITION", "A stored tensor was asked for as an array of another dtype than it has."),
    "FEED_MISSING": ("INVALID_ARGUMENT", "A run lacks inputs that the signature requires."),
    "FEED_NOT_FOUND": ("NOT_FOUND", "A binding has no feed of that key; the metadata names the nearest that exists."),
    "FEED_TWICE": ("INVALID_ARGUMENT", "Two keys that stand for one tensor are fed with different values."),
    "FETCH_NOT_FOUND": ("NOT_FOUND", "A binding has no fetch of that key; the metadata names the nearest that exists."),
    "FOLLOWED_ALREADY": ("FAILED_PRECONDITION", "A model follows its alias already."),
    "FORMAT_NOT_LOADABLE": ("FAILED_PRECONDITION", "TensorFlow Java does not load the format of the artifact."),
    "GRAPH_DIFFERS": ("FAILED_PRECONDITION", "The session that a binding is applied to has another graph than the binding's."),
    "INTERFACE_CHANGED": (
        "FAILED_PRECONDITION",
        "A signature is not the one that generated code was written for, or that callers of a followed model rely on.",
    ),
    "LISTENER_FAILED": ("INTERNAL", "The listener of a watch threw, which ended the watch."),
    "LOAD_FAILED": ("FAILED_PRECONDITION", "TensorFlow could not load the model; the message says why."),
    "LOCAL_IO_FAILED": ("FAILED_PRECONDITION", "The cache or the destination of a pull cannot be read or written."),
    "MODEL_CLOSED": ("FAILED_PRECONDITION", "A model is used after it was closed."),
    "NEVER_MOVES": ("FAILED_PRECONDITION", "A version or a digest was to be followed, which is the same for ever."),
    "NOT_ONE_FILE": ("FAILED_PRECONDITION", "The bytes of an artifact were asked for that is a folder."),
    "NOT_ONE_TENSOR": ("FAILED_PRECONDITION", "A key stands for a sparse or ragged tensor: its components are used one by one."),
    "OFFLINE": ("FAILED_PRECONDITION", "The client is offline, and was not told this before."),
    "OPERATION_NOT_FOUND": ("NOT_FOUND", "The graph has no operation of that name."),
    "OUTPUTS_CLOSED": ("FAILED_PRECONDITION", "An output is used after its run's outputs were closed."),
    "PERMISSION_DENIED": ("PERMISSION_DENIED", "The server, or one before it, does not allow the call."),
    "RUNTIME_UNFIT": (
        "FAILED_PRECONDITION",
        "The model has an op, attribute or dtype that this TensorFlow lacks; the metadata names node and function.",
    ),
    "RUN_FAILED": ("INVALID_ARGUMENT", "TensorFlow could not run the model on these inputs; the message says why."),
    "SELF_TEST_FAILED": (
        "FAILED_PRECONDITION",
        "A new version of a followed model did not run on the example inputs, so the old one stays.",
    ),
    "SERVER_NOT_STARTED": (
        "FAILED_PRECONDITION",
        "The server that a test asked for did not start; the message says what it told.",
    ),
    "TLS_FAILED": (
        "UNAVAILABLE",
        "No encrypted connection could be made: the certificate is not trusted or for another name, or the server speaks plainly.",
    ),
    "TLS_INVALID": ("INVALID_ARGUMENT", "The files for TLS cannot be read: certificates, or the key."),
    "UNAUTHENTICATED": ("UNAUTHENTICATED", "The server, or one before it, does not know who calls."),
    "VALUE_INVALID": (
        "INVALID_ARGUMENT, FAILED_PRECONDITION",
        "A value does not fit its key: another dtype or shape, or one of which there are no tensors.",
    ),
}
"""Reasons that only the Java modules give: kind, and what happened."""


def page() -> str:
    """Returns the text of docs/errors.md."""
    errors = sorted(error_types(), key=lambda error: (error.kind.value, error.reason))
    lines = [HEAD, "## Reasons", "", "| reason | kind | exit code | what happened |", "|---|---|---|---|"]
    lines += [f"| `{e.reason}` | {e.kind.value} | {BY_KIND[e.kind]} | {_first_line(e.__doc__)} |" for e in errors]
    lines += ["", "## Reasons of the Java modules", "", "They give these besides those above, without a server's doing.", ""]
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
