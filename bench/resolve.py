"""Resolve against a bare echo of the same payload sizes, one call at a time and 32 in flight."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import grpc

from bench.measure import Row, median_ratio, pairs, seconds
from bench.models import saved_model
from bench.servers import bare_server, tfreg_server
from tfreg.client import Client
from tfreg.v1.bindings_pb2 import ResolveRequest

CALLS = 3000
GOAL = 0.75
Call: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"
METHOD = "/tfreg.v1.BindingService/Resolve"


def rows() -> list[Row]:
    """Measures both loads."""
    with tempfile.TemporaryDirectory() as folder, tfreg_server(Path(folder) / "data") as server:
        model = saved_model(Path(folder) / "model", size_bytes=1 << 20, tensors=2)
        with Client(server.target) as client:
            client.push(model, "bench/model", aliases=["prod"])
        request = ResolveRequest(reference="bench/model@prod").SerializeToString()
        with grpc.insecure_channel(server.target) as channel:
            ask: Call = channel.unary_unary(METHOD)
            answer = ask(request)
            with bare_server(len(answer)) as bare, grpc.insecure_channel(bare.target) as bare_channel:
                echo: Call = bare_channel.unary_unary("/bare/Echo")
                return [_row(ask, echo, request, len(answer), in_flight) for in_flight in (1, 32)]


def _row(ask: Call, echo: Call, request: bytes, answer_bytes: int, in_flight: int) -> Row:
    load = _one_by_one if in_flight == 1 else _in_flight
    measured = pairs(lambda: seconds(load(echo, request)), lambda: seconds(load(ask, request)))
    ratio = median_ratio(measured)
    per_s = sorted(CALLS / resolve_s for _, resolve_s in measured)[len(measured) // 2]
    return Row(
        f"resolve, {in_flight} in flight",
        f"bare grpcio echo of {len(request)} -> {answer_bytes} bytes",
        f"{ratio:.2f}",
        f">= {GOAL} (0.9 the goal)",
        ratio >= GOAL,
        f"{per_s:,.0f} resolves a second",
    )


def _one_by_one(call: Call, request: bytes) -> Callable[[], None]:
    def load() -> None:
        for _ in range(CALLS):
            call(request)

    return load


def _in_flight(call: Call, request: bytes) -> Callable[[], None]:
    def load() -> None:
        waiting = deque(call.future(request) for _ in range(32))
        for _ in range(CALLS - 32):
            waiting.popleft().result()
            waiting.append(call.future(request))
        for future in waiting:
            future.result()

    return load
