"""Exit codes: one table, by what a caller can do about an error. docs/cli.md tells them to users."""

from __future__ import annotations

from tfreg.core.errors import Kind

OK = 0
UNSAFE = 9
"""`scan` found something unsafe."""
UNREAD = 10
"""`scan` found nothing, but could not read all."""
BREAKING = 11
"""`diff --exit-code` found a change that may break callers."""
DIFFERENT = 12
"""`convert --check` found that source and result compute something else; `lock --check`, that the lock file no longer holds."""
UNFIT = 13
"""`diagnose` found something that does not fit the runtime."""
INTERRUPTED = 130
"""128 + SIGINT, as shells say."""
OUTPUT_CLOSED = 141
"""128 + SIGPIPE: the reader of the output has gone."""

BY_KIND: dict[Kind, int] = {
    Kind.INTERNAL: 1,
    Kind.INVALID_ARGUMENT: 2,
    Kind.NOT_FOUND: 3,
    Kind.FAILED_PRECONDITION: 4,
    Kind.ABORTED: 5,
    Kind.DATA_LOSS: 6,
    Kind.UNAVAILABLE: 7,
    Kind.DEADLINE_EXCEEDED: 7,
    Kind.RESOURCE_EXHAUSTED: 8,
    Kind.CANCELLED: INTERRUPTED,
}
