"""Models, their versions and their aliases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfreg.client.calls import Calls
from tfreg.client.paging import pages
from tfreg.core.names import parse_alias, parse_model_name, parse_reference
from tfreg.core.records import AliasMove, AliasMoved, ModelRecord, VersionRecord
from tfreg.translate.registry import alias_move_to_proto, alias_moved_from_proto, model_from_proto, version_from_proto
from tfreg.v1 import registry_pb2 as pb


def model(calls: Calls, name: str) -> ModelRecord:
    """See `Client.model`."""
    request = pb.GetModelRequest(model=parse_model_name(name))
    return model_from_proto(calls.unary(calls.connection.registry.GetModel, request).model)


def models(calls: Calls, prefix: str) -> Iterator[ModelRecord]:
    """See `Client.models`."""
    found = pages(calls, calls.connection.registry.ListModels, pb.ListModelsRequest(prefix=prefix))
    return (model_from_proto(model) for page in found for model in page.models)


def versions(calls: Calls, name: str, *, include_deleted: bool) -> Iterator[VersionRecord]:
    """See `Client.versions`."""
    request = pb.ListVersionsRequest(model=parse_model_name(name), include_deleted=include_deleted)
    found = pages(calls, calls.connection.registry.ListVersions, request)
    return (version_from_proto(version) for page in found for version in page.versions)


def version(calls: Calls, reference: str) -> VersionRecord:
    """See `Client.version`."""
    request = pb.GetVersionRequest(reference=str(parse_reference(reference)))
    return version_from_proto(calls.unary(calls.connection.registry.GetVersion, request).version)


def set_aliases(calls: Calls, name: str, moves: Sequence[AliasMove]) -> ModelRecord:
    """See `Client.set_aliases`."""
    for move in moves:
        parse_alias(move.alias)
    request = pb.SetAliasesRequest(model=parse_model_name(name), moves=map(alias_move_to_proto, moves))
    # Repeated without an expected state, it could undo what somebody else did between the two.
    repeatable = all(move.expected_version is not None for move in moves)
    return model_from_proto(calls.unary(calls.connection.registry.SetAliases, request, repeatable=repeatable).model)


def alias_moves(calls: Calls, name: str, alias: str) -> Iterator[AliasMoved]:
    """See `Client.alias_moves`."""
    request = pb.ListAliasMovesRequest(model=parse_model_name(name), alias=parse_alias(alias) if alias else "")
    found = pages(calls, calls.connection.registry.ListAliasMoves, request)
    return (alias_moved_from_proto(move) for page in found for move in page.moves)


def delete_version(calls: Calls, name: str, number: int, *, purge: bool) -> VersionRecord:
    """See `Client.delete_version`."""
    request = pb.DeleteVersionRequest(model=parse_model_name(name), version=number, purge=purge)
    return version_from_proto(calls.unary(calls.connection.registry.DeleteVersion, request, repeatable=False).version)


def undelete_version(calls: Calls, name: str, number: int) -> VersionRecord:
    """See `Client.undelete_version`."""
    request = pb.UndeleteVersionRequest(model=parse_model_name(name), version=number)
    return version_from_proto(calls.unary(calls.connection.registry.UndeleteVersion, request, repeatable=False).version)
