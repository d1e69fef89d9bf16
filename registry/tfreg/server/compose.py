"""The composition root: stores, use cases and services put together into one server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import PathLike
from typing import cast

import grpc

from tfreg.app.create_version import CreateVersion
from tfreg.app.diagnose import Diagnose
from tfreg.app.file_digests import FileDigests
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.resolve import Resolve
from tfreg.app.signing import Signing
from tfreg.app.stores import Stores
from tfreg.app.watch import HEARTBEAT_S, Watchers
from tfreg.core.errors import RequestInvalidError
from tfreg.server.artifact_service import ArtifactService
from tfreg.server.binding_service import BindingService
from tfreg.server.blob_service import BlobService
from tfreg.server.capabilities_service import CapabilitiesService
from tfreg.server.conversion_service import ConversionService
from tfreg.server.converting import Converting, ConvertOptions
from tfreg.server.registration import GuardedRegistration
from tfreg.server.registry_service import RegistryService
from tfreg.v1.artifacts_pb2_grpc import add_ArtifactServiceServicer_to_server
from tfreg.v1.bindings_pb2_grpc import add_BindingServiceServicer_to_server
from tfreg.v1.blobs_pb2_grpc import add_BlobServiceServicer_to_server
from tfreg.v1.capabilities_pb2_grpc import add_CapabilitiesServiceServicer_to_server
from tfreg.v1.conversions_pb2_grpc import add_ConversionServiceServicer_to_server
from tfreg.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server

_FRAME_BYTES = 1 << 20
"""What a message with a MiB of a blob is sent in; the default of 16 KiB costs a sixth more processor time."""

_WINDOW_BYTES = 4 << 20
"""How far a caller's stream may run ahead of the disk. Left to probe by itself, grpc buffers 100 MiB from a fast caller."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server runs.

    Attributes:
        threads: How many questions are worked on at a time.
        streams: How many transfers besides these; further ones are refused, so that they cannot keep questions waiting.
        watchers: How many watchers besides these, likewise. Each costs a thread, which sleeps.
        heartbeat_s: After how long without events a watcher is told that there were none.
        operable: Offer health checks and reflection.
        convert: How it converts.
    """

    threads: int = 32
    streams: int = 128
    watchers: int = 512
    heartbeat_s: float = HEARTBEAT_S
    operable: bool = True
    convert: ConvertOptions = field(default_factory=ConvertOptions)


def open_stores(data: str | PathLike[str]) -> Stores:
    """Opens the stores in a data folder.

    Raises:
        DataFolderInvalidError: It cannot be used.
    """
    from tfreg.store.data_folder import open_data_folder

    blobs, catalog = open_data_folder(data)
    return Stores(blobs, catalog)


class RegistryServer:
    """A server over some stores, which stay the caller's to close.

    Attributes:
        converting: What it converts with.
    """

    def __init__(self, stores: Stores, options: ServerOptions | None = None) -> None:
        options = options or ServerOptions()
        threads = options.threads + options.streams + options.watchers + options.convert.max_waiting
        pool = ThreadPoolExecutor(threads, thread_name_prefix="tfreg-call")
        self._server = grpc.server(pool, options=_channel_options(stores.limits.max_message_bytes))
        self._file_digests = FileDigests(stores.blobs)
        registration = GuardedRegistration(self._server, stores.limits.max_message_bytes, options.streams, options.watchers)
        inspections = Inspections(stores)
        self._watchers = Watchers(stores.catalog, stores.limits.max_watched_models, options.heartbeat_s)
        self.converting = Converting(stores, inspections, self._file_digests, options.convert)
        _register(registration, stores, self._file_digests, inspections, watchers=self._watchers, converting=self.converting)
        self._enter_shutdown: Callable[[], None] = (
            _make_operable(self._server, registration.services) if options.operable else _nothing
        )

    def bind(self, address: str) -> str:
        """Takes an address: `host:port` (port 0: any that is free) or `unix:/path`. Returns the one taken.

        Raises:
            RequestInvalidError: It cannot be had.
        """
        try:
            port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise _no_address(address) from error
        if address.startswith(("unix:", "unix-abstract:")):
            return address
        if port == 0:
            raise _no_address(address)
        return f"{address.rpartition(':')[0]}:{port}"

    def start(self) -> None:
        """Begins to take calls."""
        self._server.start()

    def stop(self, grace_s: float = 0.0) -> None:
        """Takes no more calls, gives those that run so much time, and returns when all have ended."""
        self._enter_shutdown()
        ended = self._server.stop(grace_s)
        self._watchers.close()  # watchers would stay for all of the grace
        ended.wait()
        self.converting.close()
        self._file_digests.close()


def _channel_options(max_message_bytes: int) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.http2.max_frame_size", _FRAME_BYTES),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", _WINDOW_BYTES),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # callers ask whether we are still there while files are read
        # A caller that vanished without a word is noticed within these two, and watches no longer.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 40_000),
        ("grpc.so_reuseport", 0),  # a second server on the same port is a mistake, not a replica
    ]


def _register(
    registration: GuardedRegistration,
    stores: Stores,
    file_digests: FileDigests,
    inspections: Inspections,
    *,
    watchers: Watchers,
    converting: Converting,
) -> None:
    graphs = Graphs(stores.blobs)
    resolve = Resolve(stores, inspections, graphs, converting.conversions)
    diagnose = Diagnose(stores, inspections, graphs)
    guarded = cast(grpc.Server, registration)
    create_version = CreateVersion(stores, file_digests, inspections)
    add_RegistryServiceServicer_to_server(RegistryService(stores, create_version, inspections, watchers), guarded)
    add_BlobServiceServicer_to_server(BlobService(stores, file_digests), guarded)
    add_ArtifactServiceServicer_to_server(ArtifactService(stores, inspections, graphs, converting), guarded)
    add_BindingServiceServicer_to_server(BindingService(stores, resolve, diagnose, Signing(stores, inspections, graphs)), guarded)
    add_ConversionServiceServicer_to_server(ConversionService(stores, converting), guarded)
    add_CapabilitiesServiceServicer_to_server(CapabilitiesService(stores), guarded)


def _make_operable(server: grpc.Server, services: list[str]) -> Callable[[], None]:
    """Adds health checks and reflection. Returns what tells the former that the end is near."""
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection

    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    for service in ("", *services):
        servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((*services, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    enter_shutdown: Callable[[], None] = servicer.enter_graceful_shutdown
    return enter_shutdown


def _no_address(address: str) -> RequestInvalidError:
    return RequestInvalidError(
        f"Cannot listen on {address}.", hint="Is it in use already? Write host:port or unix:/path.", address=address
    )


def _nothing() -> None:
    """A server without health checks has nobody to tell."""
