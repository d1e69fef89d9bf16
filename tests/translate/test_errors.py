"""Errors travel as google.rpc.Status and come back as the same error."""

import grpc
import pytest

from tfreg.core import errors
from tfreg.core.errors import TfregError, error_types
from tfreg.translate.errors import STATUS_KEY, from_grpc, from_status_proto, to_status_proto


class _Failed(grpc.RpcError):
    """A call that failed, as grpc shows it."""

    def __init__(self, code: grpc.StatusCode, details: str = "", trailers: tuple[tuple[str, bytes], ...] = ()) -> None:
        self.code = lambda: code
        self.details = lambda: details
        self.trailing_metadata = lambda: trailers


def _travel(error: TfregError) -> TfregError:
    status = to_status_proto(error)
    code = getattr(grpc.StatusCode, error.kind.value)
    return from_grpc(_Failed(code, status.message, ((STATUS_KEY, status.SerializeToString()),)), "localhost:1")


@pytest.mark.parametrize("error_type", list(error_types()), ids=lambda error_type: error_type.reason)
def test_each_error_comes_back_as_itself(error_type: type[TfregError]) -> None:
    came = _travel(error_type("No.", hint="Do this.", model="a/b", existing="x, y"))
    assert type(came) is error_type
    assert (came.message, came.hint, came.metadata) == ("No.", "Do this.", {"model": "a/b", "existing": "x, y"})


def test_a_reason_of_a_newer_server_becomes_the_general_error_of_its_code() -> None:
    class NewerError(errors.NotFoundError):
        reason = "PLANET_NOT_FOUND"

    came = _travel(NewerError("No planet.", planet="Vulcan"))
    assert type(came) is errors.NotFoundError
    assert came.metadata == {"planet": "Vulcan", "reason": "PLANET_NOT_FOUND"}


def test_long_lists_are_cut_behind_an_entry_so_that_the_trailers_stay_small() -> None:
    status = to_status_proto(
        errors.AliasNotFoundError("x" * 5000, existing=", ".join(f"alias-{i}" for i in range(5000)), model="a")
    )
    assert len(status.SerializeToString()) < 4500
    came = from_status_proto(status)
    assert came is not None
    assert came.metadata["model"] == "a"
    assert came.metadata["existing"].endswith(", ...")
    assert len(came.metadata["existing"]) > 1000


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.ServerUnavailableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceededError),
        (grpc.StatusCode.CANCELLED, errors.CancelledError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.LimitExceededError),
        (grpc.StatusCode.UNIMPLEMENTED, errors.FailedPreconditionError),
        (grpc.StatusCode.INTERNAL, errors.InternalError),
        (grpc.StatusCode.UNKNOWN, errors.InternalError),
        (grpc.StatusCode.PERMISSION_DENIED, errors.InternalError),
    ],
)
def test_an_error_of_grpc_itself_names_the_server(code: grpc.StatusCode, expected: type[TfregError]) -> None:
    came = from_grpc(_Failed(code, "connection refused"), "example:8080")
    assert type(came) is expected
    assert "example:8080" in came.message
