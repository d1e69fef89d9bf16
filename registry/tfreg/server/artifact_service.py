"""ArtifactService: which bytes make up an artifact, and what it says about itself."""

from __future__ import annotations

import grpc

from tfreg.app.choice import get_artifact
from tfreg.app.inspecting import Inspections, inspect, list_tensors
from tfreg.app.paging import PageRequest
from tfreg.app.stores import Stores
from tfreg.core.names import parse_reference
from tfreg.server.pages import entries_of
from tfreg.translate.artifacts import stored_artifact_to_proto
from tfreg.translate.inspections import inspected_to_proto
from tfreg.translate.stored_tensors import stored_tensor_to_proto
from tfreg.v1 import artifacts_pb2 as pb
from tfreg.v1.artifacts_pb2_grpc import ArtifactServiceServicer

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class ArtifactService(ArtifactServiceServicer):
    """See the proto for each method."""

    def __init__(self, stores: Stores, inspections: Inspections) -> None:
        self._stores = stores
        self._inspections = inspections

    def GetArtifact(self, request: pb.GetArtifactRequest, context: grpc.ServicerContext) -> pb.GetArtifactResponse:
        """See the proto."""
        reference = parse_reference(request.reference)
        return stored_artifact_to_proto(get_artifact(self._stores.catalog, reference, request.formats))

    def Inspect(self, request: pb.InspectRequest, context: grpc.ServicerContext) -> pb.InspectResponse:
        """See the proto."""
        reference = parse_reference(request.reference)
        return inspected_to_proto(inspect(self._stores, self._inspections, reference, request.formats))

    def ListTensors(self, request: pb.ListTensorsRequest, context: grpc.ServicerContext) -> pb.ListTensorsResponse:
        """See the proto."""
        page = PageRequest(request.page_size, request.page_token)
        found = list_tensors(self._stores, self._inspections, parse_reference(request.reference), page)
        tensors, token = entries_of(found, stored_tensor_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListTensorsResponse(tensors=tensors, next_page_token=token)
