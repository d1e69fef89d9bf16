"""Declares signatures, takes them back, and reads what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import MAX_DECLARED_SIGNATURES, DeclaredSignature, SignatureDeclaration, VersionRecord
from tfreg.store.catalog import refusals
from tfreg.store.catalog.memory.state import Model, State


def declare(state: State, name: ModelName, number: int, declared: DeclaredSignature, now_ms: int) -> tuple[VersionRecord, bool]:
    """Adds a signature in place of the one that holds for its tags and key, if it differs."""
    model = state.live_version(name, number)
    held = _holding(model, number)
    key = _key(declared.seen_tags, declared.signature.key)
    changed = held.get(key) != declared
    if changed:
        if key not in held and len(held) >= MAX_DECLARED_SIGNATURES:
            raise refusals.too_many_signatures(name, number, MAX_DECLARED_SIGNATURES)
        _append(state, model, number, declared, now_ms, withdrawn=False)
    return model.shown(number), changed


def withdraw(state: State, name: ModelName, number: int, tags: Sequence[str], key: str, *, now_ms: int) -> VersionRecord:
    """Takes back the signature that holds for these tags and this key."""
    model = state.live_version(name, number)
    held = _holding(model, number)
    declared = held.get(_key(tags, key))
    if declared is None:
        existing = [found.signature.key for found in held.values()]
        raise refusals.signature_not_declared(name, number, tags, key, existing)
    _append(state, model, number, declared, now_ms, withdrawn=True)
    return model.shown(number)


def holding(state: State, name: ModelName, number: int) -> list[DeclaredSignature]:
    """The signatures that hold, in the order in which they were declared."""
    model = state.models.get(name)
    return list(_holding(model, number).values()) if model else []


def journal(state: State, name: ModelName, number: int, before_addition: int, limit: int) -> list[SignatureDeclaration]:
    """What was declared and taken back, newest first."""
    entries = state.models[name].declarations.get(number, []) if name in state.models else []
    return [entry for entry in reversed(entries) if not before_addition or entry.addition < before_addition][:limit]


def _holding(model: Model, number: int) -> dict[tuple[frozenset[str], str], DeclaredSignature]:
    held: dict[tuple[frozenset[str], str], DeclaredSignature] = {}
    for entry in model.declarations.get(number, []):
        key = _key(entry.declared.seen_tags, entry.declared.signature.key)
        held.pop(key, None)  # what replaces another was declared last
        if not entry.withdrawn:
            held[key] = entry.declared
    return held


def _append(state: State, model: Model, number: int, declared: DeclaredSignature, now_ms: int, *, withdrawn: bool) -> None:
    addition = model.versions[number].additions + 1
    model.versions[number] = replace(model.versions[number], additions=addition)
    model.declarations.setdefault(number, []).append(SignatureDeclaration(addition, declared, now_ms, withdrawn))
    state.record(model, EventKind.SIGNATURE_WITHDRAWN if withdrawn else EventKind.SIGNATURE_DECLARED, number, now_ms)


def _key(tags: Sequence[str], key: str) -> tuple[frozenset[str], str]:
    return frozenset(tags), key
