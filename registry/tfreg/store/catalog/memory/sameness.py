"""Finds versions by fingerprints."""

from __future__ import annotations

from tfreg.core.digests import Digest
from tfreg.core.names import ModelName
from tfreg.core.records import Fingerprints, Sameness, SameVersion, VersionRecord
from tfreg.store.catalog.memory.state import State


def without(state: State, fingerprint_version: int, limit: int) -> list[Digest]:
    """Artifacts that have none of this version, the oldest first."""
    return [digest for digest in state.artifacts if (digest, fingerprint_version) not in state.fingerprints][:limit]


def same_versions(
    state: State, digest: Digest, fingerprint_version: int, after: tuple[ModelName, int] | None, limit: int
) -> list[SameVersion]:
    """Versions with an artifact, their source or a derived one, that is the same as this one in bytes, model or weights."""
    model, number = after or ("", 0)
    found = []
    for name in sorted(state.models):
        for version in state.models[name].newest_first(0, deleted=False):
            sameness = _most(state, digest, version, fingerprint_version)
            if sameness and (name > model or (name == model and version.number < number)):
                found.append(SameVersion(version, sameness))
    return found[:limit]


def _most(state: State, digest: Digest, version: VersionRecord, fingerprint_version: int) -> Sameness | None:
    found = {_sameness(state, digest, other, fingerprint_version) for other in state.artifacts_of(version)}
    return next((sameness for sameness in Sameness if sameness in found), None)


def _sameness(state: State, one: Digest, other: Digest, fingerprint_version: int) -> Sameness | None:
    if one == other:
        return Sameness.BYTES
    mine = state.fingerprints.get((one, fingerprint_version), Fingerprints())
    its = state.fingerprints.get((other, fingerprint_version), Fingerprints())
    if mine.model and mine.model == its.model:
        return Sameness.MODEL
    return Sameness.WEIGHTS if mine.weights and mine.weights == its.weights else None
