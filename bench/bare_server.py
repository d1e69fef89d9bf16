"""A grpcio server that does nothing: what any answer or stream costs at the least, in the same server mode as tfreg's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc

from bench.measure import CHANNEL_OPTIONS


def main(reply_bytes: int) -> None:
    """Serves `/bare/Echo` (unary, answers with a fixed message) and `/bare/Sink` (client stream, swallowed)."""
    reply = b"x" * reply_bytes

    def echo(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        return reply

    def sink(requests: Iterator[bytes], _context: grpc.ServicerContext) -> bytes:
        return str(sum(len(message) for message in requests)).encode()

    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Sink": grpc.stream_unary_rpc_method_handler(sink),
    }
    server = grpc.server(ThreadPoolExecutor(32), options=CHANNEL_OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"bare server on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main(int(sys.argv[1]))
