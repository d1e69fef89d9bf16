"""Deletes versions so that it can be taken back, and takes it back."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import VersionRecord
from tfreg.store.catalog import refusals
from tfreg.store.catalog.memory.state import State


def delete_version(state: State, name: ModelName, number: int, purge: bool, now_ms: int) -> VersionRecord:
    """Marks a version deleted, and purged if so wished."""
    model, version = state.version(name, number)
    if version.aliases:
        raise refusals.version_aliased(name, number, version.aliases)
    if version.deleted_at_ms is None:
        model.versions[number] = replace(version, deleted_at_ms=now_ms)
        state.record(model, EventKind.VERSION_DELETED, number, now_ms)
    if purge:
        model.purged.add(number)
    return model.shown(number)


def undelete_version(state: State, name: ModelName, number: int, now_ms: int) -> VersionRecord:
    """Takes a deletion back."""
    model, version = state.version(name, number)
    if number in model.purged:
        raise refusals.version_not_found(name, number, model.newest())
    if version.deleted_at_ms is not None:
        model.versions[number] = replace(version, deleted_at_ms=None)
        state.record(model, EventKind.VERSION_UNDELETED, number, now_ms)
    return model.shown(number)
