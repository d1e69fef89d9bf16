"""Writes a version with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tfreg.app.needed_blobs import check_stored, needed_ends
from tfreg.core.events import EventKind
from tfreg.core.records import AttachmentRecord, Committed, NewVersion, VersionRecord
from tfreg.store.catalog import refusals
from tfreg.store.catalog.attachments import lacking_attachments
from tfreg.store.catalog.memory.aliases import check_moves, move_aliases
from tfreg.store.catalog.memory.leases import check_lease
from tfreg.store.catalog.memory.state import Model, State


def commit_version(state: State, new: NewVersion, now_ms: int) -> Committed:
    """Writes a version, or adds to the one that has the same artifact."""
    model = state.models.get(new.model) or Model(new.model, now_ms)
    same = (version for version in model.newest_first(0, deleted=False) if version.artifact_digest == new.artifact.digest)
    found = next(same, None)
    number = found.number if found else model.next_version
    if new.lease_id and found is None:
        check_lease(state, new.lease_id, now_ms)
    check_stored(needed_ends(new.layouts), state.blobs)
    if found is None and new.expected_newest_version not in (None, model.newest()):
        raise refusals.version_conflict(new.model, new.expected_newest_version or 0, model.newest())
    lacking = lacking_attachments(model.name, number, found.attachments if found else (), new.attachments)
    moves = [replace(move, version=number) for move in new.alias_moves]
    check_moves(model, moves, made=number)

    state.models[new.model] = model
    if found is None:
        _create(state, model, new, lacking, now_ms)
    else:
        _attach(state, model, number, lacking, now_ms)
    move_aliases(state, model, moves, now_ms)
    state.leases.pop(new.lease_id, None)
    return Committed(model.shown(number), created=found is None)


def _create(state: State, model: Model, new: NewVersion, attachments: Sequence[AttachmentRecord], now_ms: int) -> None:
    artifact = state.artifacts.setdefault(new.artifact.digest, new.artifact)
    model.versions[model.next_version] = VersionRecord(
        model=model.name,
        number=model.next_version,
        artifact_digest=artifact.digest,
        format=artifact.format,
        size_bytes=artifact.manifest.size_bytes,
        created_at_ms=now_ms,
        attachments=tuple(attachments),
        labels=dict(sorted(new.labels.items())),
    )
    state.record(model, EventKind.VERSION_CREATED, model.next_version, now_ms)
    model.next_version += 1


def _attach(state: State, model: Model, number: int, attachments: Iterable[AttachmentRecord], now_ms: int) -> None:
    for attachment in attachments:
        version = model.versions[number]
        added = (*version.attachments, attachment)
        model.versions[number] = replace(version, attachments=added, additions=version.additions + 1)
        state.record(model, EventKind.ATTACHMENT_ADDED, number, now_ms)
