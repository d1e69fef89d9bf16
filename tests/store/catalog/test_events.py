"""What every catalog promises of events. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

import pytest

from tfreg.core.events import Event, EventGroup, EventKind, Watched
from tfreg.core.records import AliasMove

BERT = "team/bert"
NOW = 1_000_000
EVERYTHING = Watched()


def told(catalog, watched=EVERYTHING, after=0, limit=1000) -> list[int]:
    return [event.sequence for event in catalog.events(watched, after, limit).events]


def test_without_events_the_number_is_zero(catalog):
    assert catalog.newest_sequence() == 0
    assert catalog.events(EVERYTHING, 0, 10) == EventGroup(0)


def test_each_kind_of_change_is_told_in_order(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    samples.commit(catalog, b"one", attachments=(samples.attach("readme", "README.md", b"# bert"),))
    samples.commit(catalog, b"two", now_ms=NOW + 7)
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
    catalog.undelete_version(BERT, 2, NOW)
    catalog.set_aliases(BERT, [AliasMove("prod", 2), AliasMove("canary", 1)], NOW)
    catalog.set_aliases(BERT, [AliasMove("canary", 0)], NOW)
    catalog.declare_signature(BERT, 2, samples.declared("classify"), NOW)
    catalog.withdraw_signature(BERT, 2, ["serve"], "classify", NOW)
    samples.derive(catalog, b"graph", number=2)
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    group = catalog.events(EVERYTHING, 0, 1000)
    assert group == EventGroup(
        14,
        (
            Event(1, BERT, EventKind.VERSION_CREATED, 1, NOW),
            Event(2, BERT, EventKind.ALIAS_MOVED, 1, NOW, "prod", 0),
            Event(3, BERT, EventKind.ATTACHMENT_ADDED, 1, NOW),
            Event(4, BERT, EventKind.VERSION_CREATED, 2, NOW + 7),
            Event(5, BERT, EventKind.VERSION_DELETED, 2, NOW),
            Event(6, BERT, EventKind.VERSION_UNDELETED, 2, NOW),
            Event(7, BERT, EventKind.ALIAS_MOVED, 2, NOW, "prod", 1),
            Event(8, BERT, EventKind.ALIAS_MOVED, 1, NOW, "canary", 0),
            Event(9, BERT, EventKind.ALIAS_MOVED, 0, NOW, "canary", 1),
            Event(10, BERT, EventKind.SIGNATURE_DECLARED, 2, NOW),
            Event(11, BERT, EventKind.SIGNATURE_WITHDRAWN, 2, NOW),
            Event(12, BERT, EventKind.ARTIFACT_DERIVED, 2, NOW),
            Event(13, BERT, EventKind.VERSION_DELETED, 1, NOW),
            Event(14, BERT, EventKind.VERSION_PURGED, 1, NOW),
        ),
    )
    assert catalog.newest_sequence() == 14 == catalog.model_sequence(BERT)


def test_events_after_a_number_come_in_groups_that_say_how_far_they_reach(catalog, samples):
    for content in (b"one", b"two", b"three", b"four"):
        samples.commit(catalog, content)
    assert told(catalog, after=1, limit=2) == [2, 3]
    assert catalog.events(EVERYTHING, 1, 2).sequence == 3
    assert told(catalog, after=3, limit=2) == [4]
    assert catalog.events(EVERYTHING, 3, 2).sequence == 4
    assert catalog.events(EVERYTHING, 4, 2) == EventGroup(4)


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (Watched(), [1, 2, 3, 4]),
        (Watched(frozenset({"team/a"})), [1]),
        (Watched(frozenset({"team/a", "other", "team/none"})), [1, 3]),
        (Watched(prefix="team/"), [1, 2, 4]),
        (Watched(frozenset({"other"}), "team/b"), [2, 3, 4]),
        (Watched(frozenset({"none"})), []),
        (Watched(prefix="TEAM/"), []),
    ],
)
def test_only_models_that_are_watched_are_told(catalog, samples, watched, expected):
    for model in ("team/a", "team/b", "other", "team/b-2"):
        samples.commit(catalog, b"one", model=model)
    assert told(catalog, watched) == expected
    assert catalog.events(watched, 0, 1000).sequence == 4, "it reaches to the newest event of any model"


def test_a_group_that_is_full_reaches_to_its_last_event_only(catalog, samples):
    for model in ("team/a", "other", "team/a2", "other2"):
        samples.commit(catalog, b"one", model=model)
    assert catalog.events(Watched(prefix="team/"), 0, 2).sequence == 3
    assert catalog.events(Watched(prefix="team/"), 0, 1).sequence == 1


def test_a_number_beyond_the_newest_is_answered_with_the_newest(catalog, samples):
    samples.commit(catalog, b"one")
    assert catalog.events(EVERYTHING, 99, 10) == EventGroup(1)
