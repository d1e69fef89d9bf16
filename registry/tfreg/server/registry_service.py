"""RegistryService: models, versions and aliases."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from tfreg.app.aliases import set_aliases
from tfreg.app.create_version import CreateVersion
from tfreg.app.deletion import delete_version, undelete_version
from tfreg.app.inspecting import Inspections
from tfreg.app.listing import list_alias_moves, list_models, list_versions
from tfreg.app.lookup import find_model, find_version
from tfreg.app.paging import PageRequest
from tfreg.app.same_versions import list_same_versions
from tfreg.app.stores import Stores
from tfreg.app.watch import Watchers
from tfreg.core.errors import LimitExceededError
from tfreg.core.names import parse_alias, parse_model_name, parse_reference
from tfreg.server.pages import entries_of
from tfreg.translate.events import group_to_proto, watch_from_proto
from tfreg.translate.registry import (
    alias_moved_to_proto,
    alias_moves_from_proto,
    model_to_proto,
    new_version_from_proto,
    pushed_to_proto,
    version_to_proto,
)
from tfreg.translate.same_versions import same_version_to_proto
from tfreg.v1 import registry_pb2 as pb
from tfreg.v1.registry_pb2_grpc import RegistryServiceServicer

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class RegistryService(RegistryServiceServicer):
    """See the proto for each method."""

    def __init__(self, stores: Stores, create_version: CreateVersion, inspections: Inspections, watchers: Watchers) -> None:
        self._stores = stores
        self._create_version = create_version
        self._inspections = inspections
        self._watchers = watchers

    def CreateVersion(self, request: pb.CreateVersionRequest, context: grpc.ServicerContext) -> pb.CreateVersionResponse:
        """See the proto."""
        _check_size(request.ByteSize(), self._stores.limits.max_commit_bytes)
        new = new_version_from_proto(request)
        return pushed_to_proto(self._create_version(new, allow_broken=request.allow_broken, still_wanted=context.is_active))

    def GetModel(self, request: pb.GetModelRequest, context: grpc.ServicerContext) -> pb.GetModelResponse:
        """See the proto."""
        model = find_model(self._stores.catalog, parse_model_name(request.model))
        return pb.GetModelResponse(model=model_to_proto(model))

    def ListModels(self, request: pb.ListModelsRequest, context: grpc.ServicerContext) -> pb.ListModelsResponse:
        """See the proto."""
        found = list_models(self._stores, request.prefix, PageRequest(request.page_size, request.page_token))
        models, token = entries_of(found, model_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListModelsResponse(models=models, next_page_token=token)

    def GetVersion(self, request: pb.GetVersionRequest, context: grpc.ServicerContext) -> pb.GetVersionResponse:
        """See the proto."""
        version = find_version(self._stores.catalog, parse_reference(request.reference))
        return pb.GetVersionResponse(version=version_to_proto(version))

    def ListVersions(self, request: pb.ListVersionsRequest, context: grpc.ServicerContext) -> pb.ListVersionsResponse:
        """See the proto."""
        page = PageRequest(request.page_size, request.page_token)
        model = parse_model_name(request.model)
        found = list_versions(self._stores, model, page, include_deleted=request.include_deleted)
        versions, token = entries_of(found, version_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListVersionsResponse(versions=versions, next_page_token=token)

    def ListSameVersions(self, request: pb.ListSameVersionsRequest, context: grpc.ServicerContext) -> pb.ListSameVersionsResponse:
        """See the proto."""
        page = PageRequest(request.page_size, request.page_token)
        reference = parse_reference(request.reference)
        found = list_same_versions(self._stores, self._inspections, reference, page, context.is_active)
        versions, token = entries_of(found.page, same_version_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListSameVersionsResponse(versions=versions, next_page_token=token, version=version_to_proto(found.version))

    def SetAliases(self, request: pb.SetAliasesRequest, context: grpc.ServicerContext) -> pb.SetAliasesResponse:
        """See the proto."""
        model = set_aliases(self._stores, parse_model_name(request.model), alias_moves_from_proto(request.moves))
        return pb.SetAliasesResponse(model=model_to_proto(model))

    def ListAliasMoves(self, request: pb.ListAliasMovesRequest, context: grpc.ServicerContext) -> pb.ListAliasMovesResponse:
        """See the proto."""
        page = PageRequest(request.page_size, request.page_token)
        alias = parse_alias(request.alias) if request.alias else ""
        found = list_alias_moves(self._stores, parse_model_name(request.model), alias, page)
        moves, token = entries_of(found, alias_moved_to_proto, self._stores.limits.max_message_bytes)
        return pb.ListAliasMovesResponse(moves=moves, next_page_token=token)

    def Watch(self, request: pb.WatchRequest, context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
        """See the proto."""
        watcher = self._watchers.begin(*watch_from_proto(request))
        if not context.add_callback(watcher.leave):  # the caller is gone
            watcher.leave()
        yield from map(group_to_proto, watcher.groups())

    def DeleteVersion(self, request: pb.DeleteVersionRequest, context: grpc.ServicerContext) -> pb.DeleteVersionResponse:
        """See the proto."""
        version = delete_version(self._stores, parse_model_name(request.model), request.version, purge=request.purge)
        return pb.DeleteVersionResponse(version=version_to_proto(version))

    def UndeleteVersion(self, request: pb.UndeleteVersionRequest, context: grpc.ServicerContext) -> pb.UndeleteVersionResponse:
        """See the proto."""
        version = undelete_version(self._stores, parse_model_name(request.model), request.version)
        return pb.UndeleteVersionResponse(version=version_to_proto(version))


def _check_size(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise LimitExceededError(
            f"The description of the version has {size_bytes} bytes; {limit_bytes} are the most that can be given back in one message.",
            hint="Pack small files into one, or attach fewer files.",
            limit="max_commit_bytes",
            limit_bytes=str(limit_bytes),
            size_bytes=str(size_bytes),
        )
