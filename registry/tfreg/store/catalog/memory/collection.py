"""Takes away for good what nobody holds."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.app.needed_blobs import blobs_of
from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.records import BlobRef
from tfreg.store.catalog.memory.leases import leased
from tfreg.store.catalog.memory.state import Model, State


def remove_rows(state: State, deleted_before_ms: int, now_ms: int) -> tuple[int, list[BlobRef]]:
    """Removes versions that are beyond undeleting, and all that only they held.

    Returns:
        How many versions went, and the blobs that went.
    """
    versions = sum(_purge(state, model, deleted_before_ms, now_ms) for model in state.models.values())
    state.derived = [one for one in state.derived if one.number in state.models[one.model].versions]
    held = {version.artifact_digest for model in state.models.values() for version in model.versions.values()}
    held |= {one.derived.artifact_digest for one in state.derived}
    state.artifacts = {digest: artifact for digest, artifact in state.artifacts.items() if digest in held}
    state.inspections = {key: content for key, content in state.inspections.items() if key[0] in held}
    state.fingerprints = {key: found for key, found in state.fingerprints.items() if key[0] in held}
    gone = sorted(state.blobs.keys() - _held_blobs(state) - leased(state, now_ms))
    return versions, [BlobRef(digest, state.blobs.pop(digest)) for digest in gone]


def strangers(state: State, digests: Sequence[Digest], now_ms: int) -> list[Digest]:
    """Returns those of the digests that have neither row nor live lease."""
    known = leased(state, now_ms) | state.blobs.keys()
    return [digest for digest in dict.fromkeys(digests) if digest not in known]


def _purge(state: State, model: Model, deleted_before_ms: int, now_ms: int) -> int:
    doomed = [
        version.number
        for version in model.versions.values()
        if version.deleted_at_ms is not None and (version.number in model.purged or version.deleted_at_ms < deleted_before_ms)
    ]
    for number in doomed:
        del model.versions[number]
        model.declarations.pop(number, None)
        state.record(model, EventKind.VERSION_PURGED, number, now_ms)
    return len(doomed)


def _held_blobs(state: State) -> set[Digest]:
    layouts = [layout for artifact in state.artifacts.values() for layout in artifact.layouts]
    for model in state.models.values():
        layouts += [attachment.layout for version in model.versions.values() for attachment in version.attachments]
    return blobs_of(layouts)
