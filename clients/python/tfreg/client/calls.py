"""How an operation calls the server: with a deadline, errors of our own tree, and a second try where that is safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import grpc

from tfreg.client.connection import CONNECT_TIMEOUT_S, Connection
from tfreg.client.retrying import RetryPolicy
from tfreg.client.scope import Scope
from tfreg.core.errors import CancelledError, DeadlineExceededError, TfregError, UnavailableError
from tfreg.translate.errors import from_grpc

SLOWEST_BYTES_PER_S = 128 * 1024
"""A stream that is slower on the whole is given up, and the transfer resumed."""

Request = TypeVar("Request")
Response = TypeVar("Response")
Result = TypeVar("Result")


class Calls:
    """The calls of one operation.

    Args:
        connection: The server.
        retry: When to try again.
        deadline_s: How long one call may take in all, its repetitions included.
        scope: What gives the operation up.
    """

    def __init__(self, connection: Connection, retry: RetryPolicy, deadline_s: float, scope: Scope) -> None:
        self.connection = connection
        self.scope = scope
        self.deadline_s = deadline_s
        self.retry = retry

    @contextmanager
    def part(self) -> Iterator[Calls]:
        """Yields the same in a scope of its own, for what is given up together when one piece of it fails."""
        part = Calls(self.connection, self.retry, self.deadline_s, Scope())
        with self.scope.watching(part.scope):
            yield part

    def unary(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        repeatable: bool = True,
    ) -> Response:
        """Calls a method.

        Args:
            method: As the stub has it.
            request: Its request.
            repeatable: Whether a second call does no harm if the first one was done and only its answer lost.

        Raises:
            TfregError: As the server answered; ServerUnavailableError, DeadlineExceededError, CancelledError.
        """

        def attempt(timeout_s: float) -> Response:
            return self.once(method, request, timeout_s)

        return self.retrying(attempt, self.deadline_s, repeatable=repeatable)

    def once(self, method: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request, timeout_s: float) -> Response:
        """Calls a method, and not again."""
        with self.translated_errors():
            call = method.future(request, timeout=timeout_s)
            with self.scope.watching(call):
                return call.result()

    def retrying(self, attempt: Callable[[float], Result], deadline_s: float, *, repeatable: bool = True) -> Result:
        """Runs `attempt(timeout_s)` until it gives a result, fails for good, or the deadline has passed."""
        start = time.monotonic()
        pauses_s = self.retry.pauses_s() if repeatable else iter(())
        while True:
            self.scope.check()
            left_s = start + deadline_s - time.monotonic()
            try:
                return attempt(max(left_s, 0.001))
            except UnavailableError:
                pause_s = next(pauses_s, None)
                spent_s = time.monotonic() - start
                # Somebody who mistyped the address should not wait for all attempts.
                patience_s = deadline_s if self.connection.has_answered else min(deadline_s, CONNECT_TIMEOUT_S)
                if pause_s is None or spent_s + pause_s >= patience_s:
                    raise
            self.scope.pause(pause_s)

    def transferring(self, attempt: Callable[[float], object], left_bytes: Callable[[], int]) -> None:
        """Runs `attempt(timeout_s)`, which moves what is left, until nothing is left.

        Bytes get time by their number. What has not arrived by then is given up and resumed, for as long as some of them arrive.

        Args:
            attempt: Moves what is left.
            left_bytes: How many bytes are left, as far as the server is known to have sent or stored them.

        Raises:
            DeadlineExceededError: None arrived in time.
        """
        left = left_bytes()
        while True:
            try:
                self.retrying(attempt, self.deadline_s + left / SLOWEST_BYTES_PER_S)
                return
            except DeadlineExceededError:
                before, left = left, left_bytes()
                if left >= before:
                    raise

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turns grpc's errors within the block into ours."""
        try:
            yield
        except grpc.FutureCancelledError:
            raise CancelledError(f"The call to {self.connection.target} was given up.") from None
        except grpc.RpcError as error:
            raise self._translated(error) from None
        except ValueError:  # so grpc tells a closed channel
            self.connection.check_open()
            raise
        self.connection.has_answered = True

    def _translated(self, error: grpc.RpcError) -> TfregError:
        translated = from_grpc(error, self.connection.target)
        if not isinstance(translated, UnavailableError | CancelledError):
            self.connection.has_answered = True
        return translated
