"""Derived artifacts: what versions were converted to, and whether that computes the same."""

from __future__ import annotations

from dataclasses import replace

from tfreg.app.needed_blobs import check_stored, needed_ends
from tfreg.core.conversions import records
from tfreg.core.conversions.records import Derived, NewDerived, is_pending
from tfreg.core.conversions.results import Check
from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, VersionRecord
from tfreg.store.catalog import refusals
from tfreg.store.catalog.memory.leases import check_lease
from tfreg.store.catalog.memory.state import HeldDerived, Model, State


def commit_derived(state: State, new: NewDerived, now_ms: int) -> tuple[VersionRecord, Derived]:
    """Adds a derived artifact to a version, unless it has one of this key."""
    model = state.live_version(new.model, new.number)
    present = derived(state, new.model, new.number)
    kept = next((one for one in present if one.key == new.derived.key), None)
    if kept is None:
        if new.lease_id:
            check_lease(state, new.lease_id, now_ms)
        check_stored(needed_ends(new.artifact.layouts), state.blobs)
        if len(present) >= records.MAX_DERIVED:
            raise refusals.too_much_derived(new.model, new.number, records.MAX_DERIVED)
        state.artifacts.setdefault(new.artifact.digest, new.artifact)
        kept = replace(new.derived, addition=_count_addition(model, new.number), created_at_ms=now_ms)
        state.derived.append(HeldDerived(new.model, new.number, kept))
        state.record(model, EventKind.ARTIFACT_DERIVED, new.number, now_ms)
    state.leases.pop(new.lease_id, None)
    return model.shown(new.number), kept


def derived(state: State, name: ModelName, number: int) -> list[Derived]:
    """The derived artifacts of a version, oldest first."""
    return [held.derived for held in state.derived if (held.model, held.number) == (name, number)]


def derived_by_key(state: State, key: str) -> tuple[ArtifactRecord, Derived] | None:
    """One that is memoised by a key, of a version that is not deleted if there is one."""
    found = sorted((held for held in state.derived if held.derived.key == key), key=lambda held: not _is_live(state, held))
    return (state.artifacts[found[0].derived.artifact_digest], found[0].derived) if found else None


def set_check(state: State, name: ModelName, number: int, digest: Digest, check: Check, *, now_ms: int) -> VersionRecord:
    """Keeps what a check of an artifact showed, whichever conversions of the version made it."""
    model = state.live_version(name, number)
    of_version = [held for held in state.derived if (held.model, held.number) == (name, number)]
    made = [held for held in of_version if held.derived.artifact_digest == digest]
    if not made:
        raise refusals.not_derived(name, number, digest)
    for held in made:
        held.derived = replace(held.derived, check=check)
    _count_addition(model, number)
    state.record(model, EventKind.CONVERSION_CHECKED, number, now_ms)
    return model.shown(number)


def unchecked(state: State, limit: int) -> list[tuple[ModelName, int, Derived]]:
    """Those whose check is still to come, the oldest first."""
    found = [held for held in state.derived if is_pending(held.derived.check) and _is_live(state, held)]
    return [(held.model, held.number, held.derived) for held in found[:limit]]


def _count_addition(model: Model, number: int) -> int:
    addition = model.versions[number].additions + 1
    model.versions[number] = replace(model.versions[number], additions=addition)
    return addition


def _is_live(state: State, held: HeldDerived) -> bool:
    return state.models[held.model].versions[held.number].deleted_at_ms is None
