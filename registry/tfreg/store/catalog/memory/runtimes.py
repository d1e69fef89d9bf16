"""Runtimes, and their lists of ops."""

from __future__ import annotations

from tfreg.core.digests import Digest
from tfreg.core.runtimes.profile import MAX_RUNTIMES, RuntimeProfile
from tfreg.store.catalog.memory.state import HeldRuntime, State


def keep(state: State, profile: RuntimeProfile, op_list: bytes, now_ms: int) -> None:
    """Keeps a runtime; the one that was seen longest ago makes room for it."""
    held = state.runtimes.setdefault(profile.digest, HeldRuntime(profile, op_list, now_ms))
    held.seen_at_ms = now_ms
    if len(state.runtimes) > MAX_RUNTIMES:
        del state.runtimes[min(state.runtimes, key=lambda digest: state.runtimes[digest].seen_at_ms)]


def find(state: State, digest: Digest, now_ms: int) -> RuntimeProfile | None:
    """A runtime; None if there is none."""
    held = state.runtimes.get(digest)
    if held is None:
        return None
    held.seen_at_ms = now_ms
    return held.profile


def op_list(state: State, digest: Digest) -> bytes | None:
    """The list of ops of a digest; None if no runtime has it."""
    return next((held.op_list for held in state.runtimes.values() if held.profile.op_list_digest == digest), None)


def forget(state: State, seen_before_ms: int) -> int:
    """Removes runtimes that nobody asked with since a time. Returns how many."""
    old = [digest for digest, held in state.runtimes.items() if held.seen_at_ms < seen_before_ms]
    for digest in old:
        del state.runtimes[digest]
    return len(old)
