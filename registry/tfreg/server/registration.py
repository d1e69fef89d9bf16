"""Registering services such that each call's failures go through `failures`.

A handler is wrapped once, when it is registered: an interceptor would cost each call a lookup and an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import grpc

from tfreg.server.failures import refuse

Request = TypeVar("Request")
Response = TypeVar("Response")
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

RAW_REQUESTS = frozenset({"tfreg.v1.BlobService/Write", "tfreg.v1.BindingService/Resolve"})
"""Methods whose servicers take requests as they come over the wire."""

RAW_RESPONSES = frozenset({"tfreg.v1.BlobService/Read", "tfreg.v1.BindingService/Resolve"})
"""Methods whose servicers give responses as they go over the wire."""


class GuardedRegistration:
    """Stands in for a grpc server where generated code registers a service."""

    def __init__(self, server: grpc.Server) -> None:
        self._server = server
        self.services: list[str] = []

    def add_generic_rpc_handlers(self, _: object) -> None:
        """Generated code calls this for the sake of old grpc; the next method does the work."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Registers the methods of a service."""
        guarded = {name: _guarded(handler, f"{service}/{name}") for name, handler in handlers.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, guarded),))
        self._server.add_registered_method_handlers(service, guarded)
        self.services.append(service)


def _guarded(handler: Handler, method: str) -> Handler:
    codecs = (
        None if method in RAW_REQUESTS else handler.request_deserializer,
        None if method in RAW_RESPONSES else handler.response_serializer,
    )
    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(_guarded_call(handler.unary_unary), *codecs)
    if handler.stream_unary:
        return grpc.stream_unary_rpc_method_handler(_guarded_call(handler.stream_unary), *codecs)
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(_guarded_stream(handler.unary_stream), *codecs)
    raise NotImplementedError(f"{method} streams both ways, which no service did before")


def _guarded_call(
    behaviour: Callable[[Request, grpc.ServicerContext], Response],
) -> Callable[[Request, grpc.ServicerContext], Response]:
    def call(request: Request, context: grpc.ServicerContext) -> Response:
        try:
            return behaviour(request, context)
        except grpc.RpcError:  # the caller is gone
            raise
        except Exception as failure:
            caught = failure
        return refuse(context, caught)

    return call


def _guarded_stream(
    behaviour: Callable[[Request, grpc.ServicerContext], Iterator[Response]],
) -> Callable[[Request, grpc.ServicerContext], Iterator[Response]]:
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
