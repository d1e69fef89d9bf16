"""tfreg/v1/registry.proto and the core's models, versions and aliases."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.digests import parse_digest
from tfreg.core.errors import AliasInvalidError, VersionNotFoundError
from tfreg.core.names import MAX_VERSION, parse_alias, parse_model_name
from tfreg.core.records import AliasMove, AliasMoved, ArtifactRecord, ModelRecord, NewVersion, Pushed, VersionRecord
from tfreg.translate.artifacts import (
    attachment_from_proto,
    attachment_to_proto,
    layout_to_proto,
    layouts_from_proto,
    manifest_from_proto,
    manifest_to_proto,
)
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.translate.times import time_from_proto, time_to_proto
from tfreg.v1 import registry_pb2 as pb


def model_to_proto(model: ModelRecord) -> pb.Model:
    """Returns the message for a model."""
    return pb.Model(
        name=model.name,
        newest_version=model.newest_version,
        version_count=model.version_count,
        aliases={str(alias): number for alias, number in model.aliases.items()},
        created_at=time_to_proto(model.created_at_ms),
        sequence=model.sequence,
    )


def model_from_proto(message: pb.Model) -> ModelRecord:
    """Returns the model that a message tells.

    Raises:
        ModelNameInvalidError, AliasInvalidError: As named.
    """
    return ModelRecord(
        name=parse_model_name(message.name),
        newest_version=message.newest_version,
        version_count=message.version_count,
        aliases={parse_alias(alias): number for alias, number in sorted(message.aliases.items())},
        created_at_ms=time_from_proto(message.created_at),
        sequence=message.sequence,
    )


def version_to_proto(version: VersionRecord) -> pb.Version:
    """Returns the message for a version."""
    return pb.Version(
        model=version.model,
        number=version.number,
        artifact_digest=version.artifact_digest,
        format=version.format,
        size_bytes=version.size_bytes,
        additions=version.additions,
        aliases=version.aliases,
        attachments=map(attachment_to_proto, version.attachments),
        labels=version.labels,
        created_at=time_to_proto(version.created_at_ms),
        deleted_at=None if version.deleted_at_ms is None else time_to_proto(version.deleted_at_ms),
    )


def version_from_proto(message: pb.Version) -> VersionRecord:
    """Returns the version that a message tells; the layouts of its attachments have no extents.

    Raises:
        ModelNameInvalidError, AliasInvalidError, DigestInvalidError, AttachmentInvalidError, PathInvalidError: As named.
    """
    return VersionRecord(
        model=parse_model_name(message.model),
        number=message.number,
        artifact_digest=parse_digest(message.artifact_digest),
        format=message.format,
        size_bytes=message.size_bytes,
        created_at_ms=time_from_proto(message.created_at),
        additions=message.additions,
        aliases=tuple(map(parse_alias, message.aliases)),
        attachments=tuple(attachment_from_proto(attachment, None) for attachment in message.attachments),
        labels=dict(sorted(message.labels.items())),
        deleted_at_ms=time_from_proto(message.deleted_at) if message.HasField("deleted_at") else None,
    )


def alias_move_to_proto(move: AliasMove) -> pb.AliasMove:
    """Returns the message for where an alias shall point."""
    return pb.AliasMove(alias=move.alias, version=move.version, expected_version=move.expected_version)


def alias_moves_from_proto(messages: Iterable[pb.AliasMove]) -> tuple[AliasMove, ...]:
    """Returns where aliases shall point.

    Raises:
        AliasInvalidError: An alias breaks the grammar or is named twice.
        VersionNotFoundError: A version is below 0 or out of bounds.
    """
    moves: dict[str, AliasMove] = {}
    for message in messages:
        move = _alias_move_from_proto(message)
        if moves.setdefault(move.alias, move) is not move:
            raise AliasInvalidError(f"The alias {move.alias!r} is named twice.", hint="Name each alias once.", alias=move.alias)
    return tuple(moves.values())


def alias_moved_to_proto(moved: AliasMoved) -> pb.AliasMoved:
    """Returns the message for a move that took place."""
    return pb.AliasMoved(
        alias=moved.alias,
        from_version=moved.from_version,
        to_version=moved.to_version,
        moved_at=time_to_proto(moved.moved_at_ms),
        sequence=moved.sequence,
    )


def alias_moved_from_proto(message: pb.AliasMoved) -> AliasMoved:
    """Returns the move that a message tells.

    Raises:
        AliasInvalidError: The alias breaks the grammar.
    """
    return AliasMoved(
        alias=parse_alias(message.alias),
        from_version=message.from_version,
        to_version=message.to_version,
        moved_at_ms=time_from_proto(message.moved_at),
        sequence=message.sequence,
    )


def new_version_to_proto(new: NewVersion, *, allow_broken: bool = False) -> pb.CreateVersionRequest:
    """Returns the request of CreateVersion. An artifact whose format is empty is recognised by the server."""
    return pb.CreateVersionRequest(
        model=new.model,
        lease_id=new.lease_id,
        manifest=manifest_to_proto(new.artifact.manifest),
        layouts=map(layout_to_proto, new.artifact.layouts),
        format=new.artifact.format,
        alias_moves=map(alias_move_to_proto, new.alias_moves),
        attachments=(
            pb.NewAttachment(attachment=attachment_to_proto(attachment), layout=layout_to_proto(attachment.layout))
            for attachment in new.attachments
        ),
        labels=new.labels,
        allow_broken=allow_broken,
        expected_newest_version=new.expected_newest_version,
    )


def new_version_from_proto(message: pb.CreateVersionRequest) -> NewVersion:
    """Returns what a CreateVersion asks to commit, its form checked. `format` is empty if it is to be recognised.

    Raises:
        ModelNameInvalidError, AliasInvalidError, DigestInvalidError, PathInvalidError, ManifestInvalidError, LayoutInvalidError,
        AttachmentInvalidError: As named.
    """
    model = parse_model_name(message.model)
    manifest = manifest_from_proto(message.manifest)
    layouts = layouts_from_proto(manifest, message.layouts)
    return NewVersion(
        model=model,
        artifact=ArtifactRecord(manifest.digest(), message.format, manifest, layouts),
        lease_id=message.lease_id,
        alias_moves=alias_moves_from_proto(message.alias_moves),
        attachments=tuple(attachment_from_proto(new.attachment, new.layout) for new in message.attachments),
        labels=dict(sorted(message.labels.items())),
        expected_newest_version=message.expected_newest_version if message.HasField("expected_newest_version") else None,
    )


def pushed_to_proto(pushed: Pushed) -> pb.CreateVersionResponse:
    """Returns the answer of CreateVersion."""
    return pb.CreateVersionResponse(
        version=version_to_proto(pushed.version), created=pushed.created, problems=map(diagnostic_to_proto, pushed.problems)
    )


def pushed_from_proto(message: pb.CreateVersionResponse) -> Pushed:
    """Returns what CreateVersion answered.

    Raises:
        InvalidArgumentError: A part of the answer breaks its grammar.
    """
    return Pushed(version_from_proto(message.version), message.created, tuple(map(diagnostic_from_proto, message.problems)))


def _alias_move_from_proto(message: pb.AliasMove) -> AliasMove:
    if not 0 <= message.version <= MAX_VERSION:
        raise VersionNotFoundError(f"There is no version {message.version}.", hint="Versions are 1, 2, 3, ...")
    expected = message.expected_version if message.HasField("expected_version") else None
    return AliasMove(parse_alias(message.alias), message.version, expected)
