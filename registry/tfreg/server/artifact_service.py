"""ArtifactService: which bytes make up an artifact, and what it says about itself."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from tfreg.app.choice import choose, pulled
from tfreg.app.compare import Compare
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections, inspect
from tfreg.app.list_nodes import NodeQuery, list_nodes
from tfreg.app.list_tensors import TensorQuery, list_tensors
from tfreg.app.paging import PageRequest
from tfreg.app.stores import Stores
from tfreg.app.tensor_values import TensorValues
from tfreg.core.names import parse_reference
from tfreg.server.converting import Converting
from tfreg.server.pages import entries_of
from tfreg.translate.artifacts import stored_artifact_to_proto
from tfreg.translate.inspections import inspected_to_proto
from tfreg.translate.stored_tensors import stored_tensor_to_proto
from tfreg.translate.tensor_values import header_to_proto, selection_from_proto
from tfreg.v1 import artifacts_pb2 as pb
from tfreg.v1.artifacts_pb2_grpc import ArtifactServiceServicer

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class ArtifactService(ArtifactServiceServicer):
    """See the proto for each method."""

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs, converting: Converting) -> None:
        self._stores = stores
        self._converting = converting
        self._inspections = inspections
        self._graphs = graphs
        self._values = TensorValues(stores, inspections, graphs)
        self._compare = Compare(stores, inspections, graphs)

    def GetArtifact(self, request: pb.GetArtifactRequest, context: grpc.ServicerContext) -> pb.GetArtifactResponse:
        """See the proto."""
        reference = parse_reference(request.reference)
        catalog, formats = self._stores.catalog, request.formats
        if request.convert and formats:
            from tfreg.app.conversions.on_demand import choose_or_convert  # few callers convert

            chosen = choose_or_convert(catalog, self._converting.conversions(), reference, formats, context.is_active)
        else:
            chosen = choose(catalog, reference, formats)
        return stored_artifact_to_proto(pulled(chosen))

    def Inspect(self, request: pb.InspectRequest, context: grpc.ServicerContext) -> pb.InspectResponse:
        """See the proto."""
        reference = parse_reference(request.reference)
        return inspected_to_proto(inspect(self._stores, self._inspections, reference, request.formats))

    def ListTensors(self, request: pb.ListTensorsRequest, context: grpc.ServicerContext) -> pb.ListTensorsResponse:
        """See the proto."""
        query = TensorQuery(parse_reference(request.reference), request.formats, request.prefix, request.with_digests)
        page = PageRequest(request.page_size, request.page_token)
        found = list_tensors(self._stores, self._inspections, self._values, query, page)
        tensors, token = entries_of(found, stored_tensor_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListTensorsResponse(tensors=tensors, next_page_token=token)

    def ListNodes(self, request: pb.ListNodesRequest, context: grpc.ServicerContext) -> pb.ListNodesResponse:
        """See the proto."""
        from tfreg.translate.nodes import filter_from_proto, node_to_proto  # with all that reads graphs; few callers list nodes

        reference, wanted = parse_reference(request.reference), filter_from_proto(request)
        query = NodeQuery(reference, request.formats, tuple(request.tags), wanted)
        page = PageRequest(request.page_size, request.page_token)
        found = list_nodes(self._stores, self._inspections, self._graphs, query, page)
        nodes, token = entries_of(found, node_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListNodesResponse(nodes=nodes, next_page_token=token)

    def ReadTensors(self, request: pb.ReadTensorsRequest, context: grpc.ServicerContext) -> Iterator[pb.ReadTensorsResponse]:
        """See the proto."""
        selections = list(map(selection_from_proto, request.tensors))
        for part in self._values.read(parse_reference(request.reference), request.formats, selections):
            if not context.is_active():
                return
            if isinstance(part, bytes):
                yield pb.ReadTensorsResponse(content=part)
            else:
                yield pb.ReadTensorsResponse(header=header_to_proto(part))

    def Compare(self, request: pb.CompareRequest, context: grpc.ServicerContext) -> pb.CompareResponse:
        """See the proto."""
        from tfreg.translate.comparisons import difference_to_proto  # few callers compare

        before, after = parse_reference(request.before), parse_reference(request.after)
        measured = request.with_max_abs_difference
        found = self._compare(before, after, with_max_abs_difference=measured, still_wanted=context.is_active)
        return difference_to_proto(found, self._stores.limits.max_message_bytes // 2)
