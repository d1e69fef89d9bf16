"""Whether somebody still waits for an answer: long work asks now and then, and stops if nobody does."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.errors import CancelledError

StillWanted = Callable[[], bool]
"""Whether the caller is still there and its deadline has not passed."""


def always() -> bool:
    """For callers that cannot give up."""
    return True


def check_wanted(still_wanted: StillWanted) -> None:
    """Raises CancelledError if nobody waits any more."""
    if not still_wanted():
        raise CancelledError("The caller gave up, or its deadline passed.", hint="Nothing was changed.")
