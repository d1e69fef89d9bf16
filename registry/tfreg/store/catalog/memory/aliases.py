"""Moves aliases."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.records import MAX_ALIASES, AliasMove
from tfreg.store.catalog import refusals
from tfreg.store.catalog.memory.state import Model, State


def check_moves(model: Model, moves: Iterable[AliasMove], made: int = 0) -> None:
    """Checks that aliases can be moved, one after the other, where the version `made` counts as there."""
    pointing = dict(model.aliases)
    live = {version.number for version in model.live()} | {made}
    for move in moves:
        actual = pointing.get(move.alias, 0)
        if move.version == 0 and not actual:
            raise refusals.alias_not_found(model.name, move.alias, pointing)
        if move.version and move.version not in live:
            raise refusals.version_not_found(model.name, move.version, model.newest())
        if move.version != actual and move.expected_version not in (None, actual):
            raise refusals.alias_conflict(model.name, move, actual)
        if move.version and not actual and len(pointing) >= MAX_ALIASES:
            raise refusals.too_many_aliases(model.name, MAX_ALIASES)
        pointing[move.alias] = move.version
        if not move.version:
            del pointing[move.alias]


def move_aliases(state: State, model: Model, moves: Iterable[AliasMove], now_ms: int) -> None:
    """Moves aliases as they were checked."""
    for move in moves:
        actual = model.aliases.pop(move.alias, 0)
        if move.version:
            model.aliases[move.alias] = move.version
        if move.version != actual:
            state.record_alias_move(model, move, actual, now_ms)
