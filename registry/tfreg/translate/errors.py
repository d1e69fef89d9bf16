"""The core's errors and google.rpc.Status: the one table between them.

A status carries one ErrorInfo: `domain` is tfreg.dev, `reason` the error's, and its metadata hold the error's metadata and `hint`.
The status message ends with the hint too, for clients that know nothing of details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from google.rpc import code_pb2, error_details_pb2, status_pb2

from tfreg.core.errors import (
    AbortedError,
    CancelledError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    Kind,
    LimitExceededError,
    NotFoundError,
    ResourceExhaustedError,
    ServerUnavailableError,
    TfregError,
    UnavailableError,
    error_types,
)

if TYPE_CHECKING:
    import grpc

DOMAIN = "tfreg.dev"
STATUS_KEY = "grpc-status-details-bin"
"""The trailing metadata entry in which grpc carries a google.rpc.Status."""

HINT_KEY = "hint"
# A peer may drop an answer whose trailers pass 8 KiB, and they hold the message twice (once by itself) and the rest in base64.
MAX_MESSAGE_BYTES = 800
MAX_METADATA_BYTES = 3000
_CUT = " ..."

_GENERIC: Mapping[Kind, type[TfregError]] = {
    Kind.INVALID_ARGUMENT: InvalidArgumentError,
    Kind.NOT_FOUND: NotFoundError,
    Kind.FAILED_PRECONDITION: FailedPreconditionError,
    Kind.ABORTED: AbortedError,
    Kind.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    Kind.DATA_LOSS: DataLossError,
    Kind.UNAVAILABLE: UnavailableError,
    Kind.DEADLINE_EXCEEDED: DeadlineExceededError,
    Kind.CANCELLED: CancelledError,
    Kind.INTERNAL: InternalError,
}
_BY_REASON: dict[str, type[TfregError]] = {kind.reason: kind for kind in error_types()}


def to_status_proto(error: TfregError) -> status_pb2.Status:
    """Returns the status for an error. Long texts are cut, so that it fits into an answer's trailers."""
    entries = {**error.metadata, **({HINT_KEY: error.hint} if error.hint else {})}
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_fit(entries))
    status = status_pb2.Status(code=code_pb2.Code.Value(error.kind.value), message=_status_message(error))
    status.details.add().Pack(info)
    return status


def from_status_proto(status: status_pb2.Status) -> TfregError | None:
    """Returns the error that a status tells; None if it is not one of tfreg's."""
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info) and info.domain == DOMAIN:
            return _from_info(info, _kind(code_pb2.Code.Name(status.code)), status.message)
    return None


def from_grpc(error: grpc.RpcError, target: str) -> TfregError:
    """Returns the error that a failed call stands for.

    Args:
        error: As a call raised it.
        target: The server that was called, for messages.
    """
    trailers: Iterable[tuple[str, bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]  # the stub knows no iteration
    for key, value in trailers:
        if key == STATUS_KEY:
            known = from_status_proto(status_pb2.Status.FromString(value))
            if known is not None:
                return known
    return _from_code(error.code().name, error.details() or "", target)


def _from_info(info: error_details_pb2.ErrorInfo, kind: Kind, message: str) -> TfregError:
    metadata = dict(info.metadata)
    hint = metadata.pop(HINT_KEY, "")
    error_type = _BY_REASON.get(info.reason)
    if error_type is None:  # of a newer server
        error_type = _GENERIC[kind]
        metadata["reason"] = info.reason
    error = error_type(message.removesuffix(hint).rstrip(), hint=hint)
    error.metadata = metadata  # keys of a newer server need not be names that Python takes
    return error


def _from_code(code: str, details: str, target: str) -> TfregError:
    """Errors that grpc itself made, or a proxy on the way."""
    match code:
        case "UNAVAILABLE":
            return ServerUnavailableError(
                f"The server {target} does not answer: {details}.", hint="Is it running, and is the address right?", target=target
            )
        case "DEADLINE_EXCEEDED":
            return DeadlineExceededError(f"The server {target} did not answer in time.", hint="Give it more time.", target=target)
        case "CANCELLED":
            return CancelledError(f"The call to {target} was given up: {details}", target=target)
        case "RESOURCE_EXHAUSTED":
            return LimitExceededError(f"The call to {target} passes a limit: {details}", target=target)
        case "UNIMPLEMENTED":
            return FailedPreconditionError(
                f"The server {target} does not know this call.",
                hint="Is it a tfreg server, and as new as this client?",
                target=target,
            )
    return _GENERIC[_kind(code)](f"The server {target} answered {code}: {details}", target=target)


def _status_message(error: TfregError) -> str:
    """What a client without our details shows: the message and the next step; only the message if both are too long."""
    both = str(error)
    return both if len(both.encode(errors="replace")) <= MAX_MESSAGE_BYTES else _shorten(error.message, MAX_MESSAGE_BYTES)


def _kind(code: str) -> Kind:
    return Kind(code) if code in Kind.__members__ else Kind.INTERNAL


def _fit(entries: Mapping[str, str]) -> dict[str, str]:
    """Shortens the long ones of some texts, so that all together keep the limit."""
    share = MAX_METADATA_BYTES // max(1, len(entries))
    sizes = {key: len(value.encode(errors="replace")) for key, value in entries.items()}
    spare = sum(share - size for size in sizes.values() if size < share)
    long_count = sum(size >= share for size in sizes.values())
    limit = share + spare // max(1, long_count)
    return {key: _shorten(value, limit) for key, value in entries.items()}


def _shorten(text: str, size_bytes: int) -> str:
    """Cuts a text to so many bytes; a list (joined by a comma and a space) behind an entry."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= size_bytes:
        return encoded.decode()
    kept = encoded[: size_bytes - len(_CUT)].decode(errors="ignore")
    whole, comma, _ = kept.rpartition(", ")
    return (whole + comma.rstrip() if comma else kept) + _CUT
