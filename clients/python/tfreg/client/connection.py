"""The channel to one server."""

from __future__ import annotations

import re

import grpc

from tfreg.core.errors import RequestInvalidError
from tfreg.v1.artifacts_pb2_grpc import ArtifactServiceStub
from tfreg.v1.bindings_pb2_grpc import BindingServiceStub
from tfreg.v1.blobs_pb2 import FindMissingRequest, FindMissingResponse, ReadRequest, WriteResponse
from tfreg.v1.blobs_pb2_grpc import BlobServiceStub
from tfreg.v1.capabilities_pb2_grpc import CapabilitiesServiceStub
from tfreg.v1.conversions_pb2_grpc import ConversionServiceStub
from tfreg.v1.registry_pb2_grpc import RegistryServiceStub

CONNECT_TIMEOUT_S = 3
MAX_RESPONSE_BYTES = 256 * 1024 * 1024  # the manifest and layouts of the largest artifact come as one message
KEEPALIVE_MS = 20_000  # a server refuses those who ask more often than it allows: tfreg.server.compose allows 10 s
KEEPALIVE_TIMEOUT_MS = 40_000  # a ping waits behind what is sent: 4 MiB of it in the system's buffer, on the slowest line
_HOST_AND_PORT = re.compile(r"(\[[^\]/]+\]|[^:/\s]+):[0-9]+")
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.max_send_message_length", -1),
    # How far a server's stream may run ahead of the disk. Left to probe by itself, grpc buffers 30 MiB more.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 4 * 1024 * 1024),
    ("grpc.http2.max_frame_size", 1024 * 1024),  # one for a message of a transfer: a fifth less processor time than 16 KiB each
    # grpc gives an address that swallows packets 20 s by default; this option is also the time for one attempt to connect.
    ("grpc.min_reconnect_backoff_ms", CONNECT_TIMEOUT_S * 1000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # A connection whose other end vanished without a word is noticed within these two, and calls that are safe to repeat are repeated.
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),  # while a ping that measures the connection is out, no other is sent
    ("grpc.http2.max_pings_without_data", 0),  # as many as it takes while a server reads files before it answers
)


class Connection:
    """A channel and its stubs. It connects by itself at the first call, and again after the server was away.

    Args:
        target: `host:port` or `unix:/path/of/socket`.

    Attributes:
        registry: Models, versions, aliases.
        artifacts: Files and inspections.
        bindings: Names to feed and to fetch.
        capabilities: What the server can do.
        conversions: Artifacts in other formats.
        find_missing: BlobService.FindMissing.
        write: BlobService.Write for messages that are serialised already: see frames.py.
        read: BlobService.Read, whose messages are parsed by frames.py.
        has_answered: Whether the server has ever answered.
        is_closed: Whether it was closed.

    Raises:
        RequestInvalidError: `target` is neither.
    """

    def __init__(self, target: str) -> None:
        if not target.startswith(("unix:", "dns:")) and not _HOST_AND_PORT.fullmatch(target):
            raise RequestInvalidError(
                f"{target!r} is not the address of a server.",
                hint="Write host:port, such as localhost:7433, or unix:/path/of/socket.",
                address=target,
            )
        self.target = target
        self.has_answered = False
        self.is_closed = False
        channel = self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        # All of them now: to make one of a channel that was closed meanwhile crashes the process (grpcio 1.76).
        self.registry = RegistryServiceStub(channel)
        self.artifacts = ArtifactServiceStub(channel)
        self.bindings = BindingServiceStub(channel)
        self.capabilities = CapabilitiesServiceStub(channel)
        self.conversions = ConversionServiceStub(channel)
        self.find_missing: grpc.UnaryUnaryMultiCallable[FindMissingRequest, FindMissingResponse] = BlobServiceStub(
            channel
        ).FindMissing
        self.write: grpc.StreamUnaryMultiCallable[bytes, WriteResponse] = channel.stream_unary(
            "/tfreg.v1.BlobService/Write", request_serializer=bytes, response_deserializer=WriteResponse.FromString
        )
        self.read: grpc.UnaryStreamMultiCallable[ReadRequest, bytes] = channel.unary_stream(
            "/tfreg.v1.BlobService/Read", request_serializer=ReadRequest.SerializeToString, response_deserializer=bytes
        )

    def close(self) -> None:
        """Gives up all calls and closes the channel."""
        self.is_closed = True
        self._channel.close()

    def check_open(self) -> None:
        """Raises RequestInvalidError if the connection was closed."""
        if self.is_closed:
            raise RequestInvalidError(
                f"This client of {self.target} is closed.",
                hint="Make another one, or use it within its `with` block; lists are fetched page by page, so read them there too.",
                address=self.target,
            )
