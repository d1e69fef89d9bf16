"""Registering services such that each call's failures go through `failures`, and that transfers and watchers leave room for questions.

A handler is wrapped once, when it is registered: an interceptor would cost each call a lookup and an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, TypeAlias, TypeVar

import grpc

from tfreg.core.errors import LimitExceededError, ServerUnavailableError
from tfreg.server.failures import refuse

Request = TypeVar("Request")
Response = TypeVar("Response")
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Call: TypeAlias = Callable[[Request, grpc.ServicerContext], Response]

RAW_REQUESTS = frozenset({"tfreg.v1.BlobService/Write", "tfreg.v1.BindingService/Resolve", "tfreg.v1.ConversionService/Convert"})
"""Methods whose servicers take requests as they come over the wire."""

RAW_RESPONSES = frozenset({"tfreg.v1.BlobService/Read", "tfreg.v1.BindingService/Resolve", "tfreg.v1.ConversionService/Convert"})
"""Methods whose servicers give responses as they go over the wire."""

_WATCHES = frozenset({"tfreg.v1.RegistryService/Watch"})
"""Streams that last as long as their callers like: they are counted apart from transfers."""


class GuardedRegistration:
    """Stands in for a grpc server where generated code registers a service.

    Args:
        server: Where to register.
        max_message_bytes: No answer is larger.
        max_streams: So many transfers are taken at a time; further ones are refused at once, for their callers to come back.
        max_watchers: Likewise for watchers.
    """

    def __init__(self, server: grpc.Server, max_message_bytes: int, max_streams: int, max_watchers: int) -> None:
        self._server = server
        self._max_message_bytes = max_message_bytes
        self._transfers = _Room(max_streams, "transfers")
        self._watchers = _Room(max_watchers, "watchers")
        self.services: list[str] = []

    def add_generic_rpc_handlers(self, _: object) -> None:
        """Generated code calls this for the sake of old grpc; the next method does the work."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Registers the methods of a service."""
        guarded = {name: self._guarded(handler, f"{service}/{name}") for name, handler in handlers.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, guarded),))
        self._server.add_registered_method_handlers(service, guarded)
        self.services.append(service)

    def _guarded(self, handler: Handler, method: str) -> Handler:
        codecs = (
            None if method in RAW_REQUESTS else handler.request_deserializer,
            None if method in RAW_RESPONSES else handler.response_serializer,
        )
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(_guarded_call(self._bounded(handler.unary_unary)), *codecs)
        if handler.stream_unary:
            return grpc.stream_unary_rpc_method_handler(
                _guarded_call(_admitted_call(handler.stream_unary, self._transfers)), *codecs
            )
        if handler.unary_stream:
            room = self._watchers if method in _WATCHES else self._transfers
            return grpc.unary_stream_rpc_method_handler(_guarded_stream(_admitted_stream(handler.unary_stream, room)), *codecs)
        raise NotImplementedError(f"{method} streams both ways, which no service did before")

    def _bounded(self, behaviour: Call[Request, Response]) -> Call[Request, Response]:
        max_bytes = self._max_message_bytes

        def call(request: Request, context: grpc.ServicerContext) -> Response:
            response = behaviour(request, context)
            check_size(len(response) if isinstance(response, bytes) else response.ByteSize(), max_bytes)  # type: ignore[attr-defined]
            return response

        return call


class _Room:
    """Room for so many streams of a kind at a time."""

    def __init__(self, count: int, kind: str) -> None:
        self._free = BoundedSemaphore(count)
        self._kind = kind

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Takes a place; ServerUnavailableError if there is none."""
        if not self._free.acquire(blocking=False):
            raise ServerUnavailableError(f"The server is at as many {self._kind} as it can.", hint="Try again in a moment.")
        try:
            yield
        finally:
            self._free.release()


def _admitted_call(behaviour: Call[Request, Response], room: _Room) -> Call[Request, Response]:
    def call(request: Request, context: grpc.ServicerContext) -> Response:
        with room.taken():
            return behaviour(request, context)

    return call


def _admitted_stream(behaviour: Call[Request, Iterator[Response]], room: _Room) -> Call[Request, Iterator[Response]]:
    def stream(request: Request, context: grpc.ServicerContext) -> Iterator[Response]:
        with room.taken():
            yield from behaviour(request, context)

    return stream


def _guarded_call(behaviour: Call[Request, Response]) -> Call[Request, Response]:
    def call(request: Request, context: grpc.ServicerContext) -> Response:
        try:
            return behaviour(request, context)
        except grpc.RpcError:  # the caller is gone
            raise
        except Exception as failure:
            caught = failure
        return refuse(context, caught)

    return call


def _guarded_stream(behaviour: Call[Request, Iterator[Response]]) -> Call[Request, Iterator[Response]]:
    def stream(request: Request, context: grpc.ServicerContext) -> Iterator[Response]:
        try:
            yield from behaviour(request, context)
            return
        except grpc.RpcError:
            raise
        except Exception as failure:
            caught = failure
        refuse(context, caught)

    return stream


def check_size(size_bytes: int, limit_bytes: int) -> None:
    """Refuses an answer that no message can hold. Streams of known pieces need not ask.

    Raises:
        LimitExceededError: It is too large.
    """
    if size_bytes > limit_bytes:
        raise LimitExceededError(
            f"The answer would have {size_bytes} bytes; a message has at most {limit_bytes}.",
            hint="Pull the artifact and look into it there.",
            limit="max_message_bytes",
            limit_bytes=str(limit_bytes),
            size_bytes=str(size_bytes),
        )
