"""What a caller sees when something goes wrong: the one place where exceptions become statuses."""

from __future__ import annotations

import logging
import secrets
from typing import NoReturn

import grpc
from google.protobuf.message import DecodeError

from tfreg.core.errors import InternalError, RequestInvalidError, TfregError
from tfreg.translate.errors import STATUS_KEY, to_status_proto

_log = logging.getLogger("tfreg.server")


def refuse(context: grpc.ServicerContext, failure: Exception) -> NoReturn:
    """Ends a call with the status of a failure.

    An exception that is none of tfreg's own is a bug: it is logged under a number, and the caller is told only that number.
    """
    error = failure if isinstance(failure, TfregError) else _unexpected(failure)
    status = to_status_proto(error)
    context.set_trailing_metadata(((STATUS_KEY, status.SerializeToString()),))
    context.abort(getattr(grpc.StatusCode, error.kind.value), status.message)
    raise AssertionError("abort raises")


def _unexpected(failure: Exception) -> TfregError:
    if isinstance(failure, DecodeError):
        return RequestInvalidError(
            "The request is not the message that this call takes.", hint="Is the client of this API version?"
        )
    incident = secrets.token_hex(6)
    _log.error("Incident %s", incident, exc_info=failure)
    return InternalError(
        f"The server failed unexpectedly (incident {incident}).", hint="Its log says more under that number.", incident=incident
    )
