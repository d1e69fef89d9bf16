"""What every catalog promises of aliases. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

import pytest

from tfreg.core.errors import (
    AliasConflictError,
    AliasNotFoundError,
    ModelNotFoundError,
    VersionNotFoundError,
)
from tfreg.core.records import AliasMove

BERT = "team/bert"
NOW = 1_000_000


def test_aliases_move_all_or_none(catalog, samples):
    for content in (b"one", b"two"):
        samples.commit(catalog, content)
    catalog.set_aliases(BERT, [AliasMove("prod", 1), AliasMove("beta", 2)], NOW)
    before = catalog.model(BERT)
    refused = (
        (AliasMove("prod", 2, expected_version=2), AliasConflictError),
        (AliasMove("prod", 2, expected_version=0), AliasConflictError),
        (AliasMove("none", 1, expected_version=2), AliasConflictError),
        (AliasMove("beta", 0, expected_version=2), AliasConflictError),
        (AliasMove("prod", 3), VersionNotFoundError),
        (AliasMove("none", 0), AliasNotFoundError),
    )
    for move, error in refused:
        with pytest.raises(error):
            catalog.set_aliases(BERT, [AliasMove("new", 1), AliasMove("beta", 1), move], NOW)
        assert catalog.model(BERT) == before
    after = catalog.set_aliases(BERT, [AliasMove("prod", 2, expected_version=1), AliasMove("beta", 0, expected_version=2)], NOW)
    assert after == catalog.model(BERT)
    assert after.aliases == {"prod": 2}


def test_a_conflict_says_where_the_alias_is(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    with pytest.raises(AliasConflictError) as caught:
        catalog.set_aliases(BERT, [AliasMove("prod", 0, expected_version=3)], NOW)
    assert caught.value.metadata == {"model": BERT, "alias": "prod", "expected_version": "3", "actual_version": "1"}


def test_moves_of_one_call_follow_one_another(catalog, samples):
    samples.commit(catalog, b"one")
    moved = catalog.set_aliases(BERT, [AliasMove("prod", 1, expected_version=0), AliasMove("prod", 0, expected_version=1)], NOW)
    assert moved.aliases == {}
    assert len({move.sequence for move in catalog.alias_moves(BERT, "prod", 0, 10)}) == 2


def test_a_model_that_is_not_there_has_no_aliases_to_move(catalog):
    with pytest.raises(ModelNotFoundError):
        catalog.set_aliases(BERT, [], NOW)
    assert catalog.alias_moves(BERT, "", 0, 10) == []


def test_moves_are_remembered_newest_first_in_pages(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",), now_ms=NOW)
    samples.commit(catalog, b"two", aliases=("prod", "beta"), now_ms=NOW + 1)
    catalog.set_aliases(BERT, [AliasMove("prod", 0)], NOW + 2)
    moves = catalog.alias_moves(BERT, "", 0, 10)
    assert [(move.alias, move.from_version, move.to_version, move.moved_at_ms) for move in moves] == [
        ("prod", 2, 0, NOW + 2),
        ("beta", 0, 2, NOW + 1),
        ("prod", 1, 2, NOW + 1),
        ("prod", 0, 1, NOW),
    ]
    assert moves[0].sequence == catalog.model_sequence(BERT)
    assert catalog.alias_moves(BERT, "prod", 0, 10) == [moves[0], *moves[2:]]
    assert catalog.alias_moves(BERT, "prod", moves[2].sequence, 1) == [moves[3]]
