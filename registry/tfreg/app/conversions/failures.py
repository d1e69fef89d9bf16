"""Failures of jobs, which outlive the process in which they happened: the same error is raised wherever somebody waits."""

from __future__ import annotations

import logging
import secrets

from tfreg.core.conversions.results import JobFailure
from tfreg.core.errors import InternalError, TfregError, error_types

_log = logging.getLogger("tfreg.server")


def failure_of(error: Exception) -> JobFailure:
    """Returns an error as it is kept. One that is none of tfreg's own is a bug: it is logged under a number, and only that is kept."""
    told = error if isinstance(error, TfregError) else _unexpected(error)
    return JobFailure(told.kind.value, told.reason, told.message, told.hint, dict(told.metadata))


def error_of(failure: JobFailure) -> TfregError:
    """Returns the error that a failure tells."""
    kinds = {kind.reason: kind for kind in error_types()}
    error = kinds.get(failure.reason, InternalError)(failure.message, hint=failure.hint)
    error.metadata = dict(failure.metadata)
    return error


def _unexpected(error: Exception) -> TfregError:
    incident = secrets.token_hex(6)
    _log.error("Incident %s", incident, exc_info=error)
    return InternalError(
        f"The conversion failed unexpectedly (incident {incident}).",
        hint="The server's log says more under that number.",
        incident=incident,
    )
