"""Watchers: each is told the catalog's events in their order, without gap or double, however they interleave."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.app import watch
from tfreg.app.watch import Watchers
from tfreg.core.digests import digest_of
from tfreg.core.errors import InternalError, RequestInvalidError, SequenceUnknownError, ServerUnavailableError
from tfreg.core.events import Event, EventGroup, Watched
from tfreg.core.layouts import FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import AliasMove, ArtifactRecord, NewVersion
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog

MODELS = ("team/a", "team/b", "other")
EVERYTHING = Watched()
NOW = 1_000_000
LIMIT_S = 60.0


def make_models(catalog) -> None:
    """Gives each model a version."""
    content = b"graph"
    manifest = manifest_of([ManifestFile("graph.pb", len(content), digest_of(content))])
    artifact = ArtifactRecord(manifest.digest(), "frozen_graph", manifest, (FileLayout("graph.pb", (InlineExtent(content),)),))
    for name in MODELS:
        catalog.commit_version(NewVersion(ModelName(name), artifact), NOW)


def change(catalog, model="team/a", count=1) -> None:
    """Makes events: an alias is made and removed."""
    for _ in range(count):
        there = "prod" in catalog.model(model).aliases
        catalog.set_aliases(model, [AliasMove(Alias("prod"), 0 if there else 1)], NOW)


@pytest.fixture
def catalog():
    made = MemoryCatalog()
    make_models(made)
    return made


@pytest.fixture
def watchers(catalog) -> Iterator[Watchers]:
    with closing(Watchers(catalog, max_models=5)) as made:
        yield made


def sequences(group: EventGroup) -> list[int]:
    return [event.sequence for event in group.events]


@pytest.mark.parametrize(("after", "start"), [(None, 3), (0, 0), (2, 2), (3, 3)])
def test_the_first_answer_says_from_where(watchers, after, start):
    assert next(watchers.begin(EVERYTHING, after).groups()) == EventGroup(start)


def test_what_happened_before_is_told_first_and_then_what_happens(watchers, catalog):
    groups = watchers.begin(EVERYTHING, 1).groups()
    next(groups)
    assert sequences(next(groups)) == [2, 3]
    change(catalog)
    assert sequences(next(groups)) == [4]


def test_events_of_other_models_are_not_told_but_counted(watchers, catalog):
    groups = watchers.begin(Watched(frozenset({ModelName("team/b")})), None).groups()
    next(groups)
    change(catalog, "team/a", 2)
    change(catalog, "team/b")
    group = next(groups)
    assert (sequences(group), group.sequence) == ([6], 6)


def test_a_prefix_and_names_are_watched_together(watchers):
    groups = watchers.begin(Watched(frozenset({ModelName("other")}), "team/b"), 0).groups()
    next(groups)
    assert [event.model for event in next(groups).events] == ["team/b", "other"]


def test_groups_are_bounded(watchers, catalog, monkeypatch):
    monkeypatch.setattr(watch, "MAX_EVENTS", 4)
    change(catalog, count=7)
    groups = watchers.begin(EVERYTHING, 0).groups()
    assert [sequences(next(groups)) for _ in range(4)] == [[], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


def test_a_watcher_that_is_told_nothing_gets_heartbeats_that_say_how_far_all_was_told(catalog):
    with closing(Watchers(catalog, 5, heartbeat_s=0.01)) as watchers:
        groups = watchers.begin(Watched(frozenset({ModelName("team/none")})), 0).groups()
        assert next(groups) == EventGroup(0)
        assert next(groups) == EventGroup(3)
        change(catalog)
        assert any(group == EventGroup(4) for group in groups)


def test_a_number_that_was_never_given_is_refused(watchers):
    with pytest.raises(SequenceUnknownError) as caught:
        watchers.begin(EVERYTHING, 4)
    assert caught.value.metadata == {"after_sequence": "4", "newest_sequence": "3"}
    with pytest.raises(RequestInvalidError):
        watchers.begin(EVERYTHING, -1)
    assert watchers.watcher_count == 0


def test_too_many_models_are_refused(watchers):
    with pytest.raises(RequestInvalidError, match="6 models"):
        watchers.begin(Watched(frozenset(map(ModelName, "abcdef"))), None)


def test_a_catalog_that_went_back_in_time_is_noticed(catalog):
    with closing(Watchers(catalog, 5, heartbeat_s=0.01)) as watchers:
        groups = watchers.begin(EVERYTHING, None).groups()
        next(groups)
        catalog._state.events.pop()
        with pytest.raises(SequenceUnknownError):
            list(groups)


def test_who_leaves_is_forgotten_and_sees_the_end(watchers):
    watcher = watchers.begin(EVERYTHING, None)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(lambda: list(watcher.groups()))
        watcher.leave()
        assert told.result(LIMIT_S)[1:] == []
    assert watchers.watcher_count == 0


def test_a_watcher_whose_groups_nobody_reads_any_more_is_forgotten(watchers):
    groups = watchers.begin(EVERYTHING, None).groups()
    next(groups)
    assert watchers.watcher_count == 1
    del groups
    assert watchers.watcher_count == 0


def test_closing_ends_all_with_an_error_that_makes_them_come_back(watchers):
    started = threading.Barrier(5)

    def read() -> None:
        groups = watchers.begin(EVERYTHING, None).groups()
        next(groups)
        started.wait(LIMIT_S)
        list(groups)

    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read) for _ in range(4)]
        started.wait(LIMIT_S)
        watchers.close()
        for one in reading:
            with pytest.raises(ServerUnavailableError, match="stopping"):
                one.result(LIMIT_S)
    with pytest.raises(ServerUnavailableError):
        watchers.begin(EVERYTHING, None)
    assert watchers.watcher_count == 0


def test_nobody_looks_for_events_while_nobody_watches(watchers, catalog):
    for _ in range(3):
        watcher = watchers.begin(EVERYTHING, None)
        poller = watchers._poller
        assert poller.is_alive()
        watcher.leave()
        poller.join(LIMIT_S)
        assert not poller.is_alive()
        change(catalog)
    groups = watchers.begin(EVERYTHING, None).groups()
    assert next(groups) == EventGroup(6)
    change(catalog)
    assert sequences(next(groups)) == [7]


def test_a_catalog_that_fails_is_told_to_the_watchers_and_looked_at_again(watchers, catalog, monkeypatch):
    groups, others = (watchers.begin(EVERYTHING, None).groups() for _ in range(2))
    next(groups)
    next(others)
    logged = threading.Event()
    monkeypatch.setattr(watch._log, "warning", lambda *_, **__: logged.set())

    def fail(*_: object) -> None:
        raise InternalError("The disk is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "newest_sequence", fail)
        patch.setattr(catalog, "events", fail)
        assert logged.wait(LIMIT_S)
        with pytest.raises(InternalError, match="disk"):
            next(groups)
    change(catalog)
    assert sequences(next(others)) == [4]


# -- any interleaving --

model_names = st.sampled_from(MODELS)
watched_models = st.builds(
    Watched, st.lists(model_names.map(ModelName), max_size=2).map(frozenset), st.sampled_from(["", "team/"])
)
starts = st.none() | st.integers(0, 3)
scripts = st.lists(st.lists(model_names, max_size=12), min_size=1, max_size=3)


def collect(
    catalog, watchers: Watchers, watched: Watched, after: int | None, is_done: threading.Event
) -> tuple[int, list[Event]]:
    """Returns from where a watcher was told, and what, once all has happened and it has been told so."""
    told: list[Event] = []
    groups = watchers.begin(watched, after).groups()
    start = next(groups).sequence
    reached = start
    for group in groups:
        numbers = [reached, *sequences(group)]
        assert all(one < other for one, other in pairwise(numbers))
        assert group.sequence >= numbers[-1]
        reached = group.sequence
        told += group.events
        if is_done.is_set() and reached == catalog.newest_sequence():
            break
    return start, told


def check_interleaving(open_catalog, script, wanted) -> None:
    """Writers each change models in their order, while watchers over two further openings of the catalog are told."""
    with ExitStack() as cleanup:
        catalogs = [cleanup.enter_context(closing(open_catalog())) for _ in range(3)]
        own, *seeing = catalogs
        everywhere = [cleanup.enter_context(closing(Watchers(one, 5, heartbeat_s=0.005))) for one in seeing]
        is_done = threading.Event()
        with ThreadPoolExecutor(len(wanted) + len(script)) as pool:
            told = [
                (watched, pool.submit(collect, seeing[index % 2], everywhere[index % 2], watched, after, is_done))
                for index, (watched, after) in enumerate(wanted)
            ]
            writing = [
                pool.submit(lambda names=names: [own.set_aliases(name, [flip(own, name)], NOW) for name in names])
                for names in script
            ]
            for one in writing:
                one.result(LIMIT_S)
            is_done.set()
            for watched, one in told:
                start, events = one.result(LIMIT_S)
                assert tuple(events) == own.events(watched, start, 10_000).events


def flip(catalog, name) -> AliasMove:
    """Moves an alias that no other thread moves: each move is an event."""
    alias = Alias(f"t{threading.get_ident()}")
    return AliasMove(alias, 0 if alias in catalog.model(name).aliases else 1)


@settings(max_examples=25, deadline=None)
@given(script=scripts, wanted=st.lists(st.tuples(watched_models, starts), min_size=1, max_size=4))
def test_every_watcher_sees_exactly_the_order_of_the_memory_catalog(script, wanted):
    one = MemoryCatalog()
    make_models(one)
    one.close = lambda: None
    check_interleaving(lambda: one, script, wanted)


@settings(max_examples=15, deadline=None)
@given(script=scripts, wanted=st.lists(st.tuples(watched_models, starts), min_size=1, max_size=4))
def test_every_watcher_sees_exactly_the_order_of_the_catalog_on_the_disk(script, wanted):
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "tfreg.db")
        make_catalog(path)
        with closing(SqliteCatalog(path)) as first:
            make_models(first)
        check_interleaving(lambda: SqliteCatalog(path), script, wanted)
