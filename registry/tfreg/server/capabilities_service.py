"""CapabilitiesService: what this server can do."""

from __future__ import annotations

import grpc

from tfreg.app.stores import Stores
from tfreg.core.records import Capabilities
from tfreg.server.version import server_version
from tfreg.translate.capabilities import capabilities_to_proto
from tfreg.v1 import capabilities_pb2 as pb
from tfreg.v1.capabilities_pb2_grpc import CapabilitiesServiceServicer


class CapabilitiesService(CapabilitiesServiceServicer):
    """See the proto."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def GetCapabilities(self, request: pb.GetCapabilitiesRequest, context: grpc.ServicerContext) -> pb.GetCapabilitiesResponse:  # noqa: ARG002, N802
        """See the proto."""
        from tfreg.core.conversions.routes import ROUTES
        from tfreg.core.formats.registry import FORMATS
        from tfreg.core.resolving.interfaces import resolves

        formats = {known.name: resolves(known) for known in FORMATS}
        return capabilities_to_proto(Capabilities(server_version(), ("v1",), formats, self._stores.limits, ROUTES))

    def RegisterRuntime(self, request: pb.RegisterRuntimeRequest, context: grpc.ServicerContext) -> pb.RegisterRuntimeResponse:  # noqa: ARG002, N802
        """See the proto."""
        from tfreg.app.runtimes import register  # few callers ask
        from tfreg.translate.runtimes import profile_from_proto

        runtime = register(self._stores, profile_from_proto(request.profile), request.op_list)
        return pb.RegisterRuntimeResponse(runtime=runtime or "", op_list_needed=runtime is None)
