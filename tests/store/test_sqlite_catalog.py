"""What the SQLite catalog promises beyond the contract: several processes, other versions of tfreg, a full or damaged disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import DataFolderInvalidError, InternalError, ServerUnavailableError, StorageFullError
from tfreg.core.events import EventKind, Watched
from tfreg.core.records import AliasMove, Fingerprints
from tfreg.store.catalog.sqlite import connections, schema
from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog

NOW, LATER = 1_000_000, 2_000_000
BERT = "team/bert"


@pytest.fixture
def path(tmp_path):
    found = str(tmp_path / "tfreg.db")
    make_catalog(found)
    return found


@pytest.fixture
def catalog(path):
    found = SqliteCatalog(path)
    yield found
    found.close()


def query(path, sql):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


# -- the file --


def test_the_file_is_in_wal_mode_with_strict_tables_and_foreign_keys(path, catalog, samples):
    samples.commit(catalog, b"weights")
    assert query(path, "PRAGMA journal_mode") == [("wal",)]
    tables = query(path, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE '%sqlite%'")
    assert len(tables) == 19
    assert all(strict for _, strict in tables)
    with catalog._writer.transaction() as database:
        (foreign_keys,) = database.conn.execute("PRAGMA foreign_keys").fetchone()
        (synchronous,) = database.conn.execute("PRAGMA synchronous").fetchone()
    assert (foreign_keys, synchronous) == (1, 2)


def test_all_is_there_after_closing_and_opening_again(path, samples):
    first = SqliteCatalog(path)
    version = samples.commit(first, b"weights", aliases=("prod",)).version
    model = first.model(BERT)
    first.close()
    make_catalog(path)
    second = SqliteCatalog(path)
    assert second.version(BERT, 1) == version
    assert second.model(BERT) == model
    second.close()


def test_events_tell_what_happened_in_order(path, catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    samples.commit(catalog, b"one", attachments=(samples.attach("readme", "README.md", b"# bert"),))
    samples.commit(catalog, b"two")
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
    catalog.undelete_version(BERT, 2, NOW)
    catalog.set_aliases(BERT, [AliasMove("prod", 2)], NOW)
    catalog.declare_signature(BERT, 2, samples.declared("classify"), NOW)
    catalog.withdraw_signature(BERT, 2, ["serve"], "classify", NOW)
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert query(path, "SELECT sequence, kind, version, alias, from_version FROM events") == [
        (1, "version_created", 1, None, None),
        (2, "alias_moved", 1, "prod", 0),
        (3, "attachment_added", 1, None, None),
        (4, "version_created", 2, None, None),
        (5, "version_deleted", 2, None, None),
        (6, "version_undeleted", 2, None, None),
        (7, "alias_moved", 2, "prod", 1),
        (8, "signature_declared", 2, None, None),
        (9, "signature_withdrawn", 2, None, None),
        (10, "version_deleted", 1, None, None),
        (11, "version_purged", 1, None, None),
    ]


def test_nothing_is_left_of_what_was_collected(path, catalog, samples):
    attachment = samples.attach("readme", "README.md", b"# bert")
    samples.commit(catalog, b"one", labels={"a": "b"}, attachments=(attachment,))
    catalog.declare_signature(BERT, 1, samples.declared("classify"), NOW)
    catalog.keep_inspection(samples.artifact(b"one").digest, 1, b"{}")
    catalog.keep_fingerprints(samples.artifact(b"one").digest, 1, Fingerprints("a", "b", "c", "d"))
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    kept = {"models", "events", "sqlite_sequence", "_sqlite_migrations"}
    for (table,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        if table in kept:
            continue
        assert query(path, f"SELECT count(*) FROM {table}") == [(0,)], table


# -- other versions of tfreg --


def test_a_file_of_a_newer_tfreg_is_left_alone(path):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = Path(path).read_bytes()
    with pytest.raises(DataFolderInvalidError) as caught:
        make_catalog(path)
    assert caught.value.hint == "Upgrade tfreg."
    assert Path(path).read_bytes() == before


def test_a_file_of_an_older_tfreg_gets_what_it_lacks_once(path, catalog, samples, monkeypatch):
    samples.commit(catalog, b"weights")
    newer = (*schema._MIGRATIONS, ("notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT; INSERT INTO notes VALUES (7);"))
    monkeypatch.setattr(schema, "_MIGRATIONS", newer)
    monkeypatch.setattr(schema, "VERSION", len(newer))
    make_catalog(path)
    make_catalog(path)
    assert query(path, "SELECT id FROM notes") == [(7,)]
    assert catalog.model(BERT).newest_version == 1


def test_a_migration_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    broken = (*schema._MIGRATIONS, ("broken", "CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE half (id INTEGER) STRICT;"))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "_MIGRATIONS", broken)
        patched.setattr(schema, "VERSION", len(broken))
        with pytest.raises(sqlite3.OperationalError):
            make_catalog(path)
    assert query(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    make_catalog(path)


def test_a_file_that_is_up_to_date_is_opened_and_read_without_sqlite_utils(path):
    program = (
        "import sys; from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog;"
        f"make_catalog({path!r}); catalog = SqliteCatalog({path!r}); catalog.models('', '', 1); catalog.close();"
        "print([name for name in ('sqlite_utils', 'numpy', 'pluggy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("migrations", range(1, schema.VERSION))
def test_a_file_of_each_older_tfreg_is_brought_up_to_date_and_keeps_all_that_it_holds(tmp_path, samples, monkeypatch, migrations):
    path = str(tmp_path / "old.db")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "_MIGRATIONS", schema._MIGRATIONS[:migrations])
        patched.setattr(schema, "VERSION", migrations)
        make_catalog(path)
        old = SqliteCatalog(path)
        version = samples.commit(old, b"weights", aliases=("prod",)).version
        model = old.model(BERT)
        old.close()
    assert query(path, "PRAGMA user_version") == [(migrations,)]

    make_catalog(path)
    new = SqliteCatalog(path)
    assert new.version(BERT, 1) == version
    assert new.model(BERT) == model
    assert new.declared_signatures(BERT, 1) == []
    assert new.declare_signature(BERT, 1, samples.declared("classify"), NOW)[0].additions == 1
    assert new.without_fingerprints(1, 10) == [version.artifact_digest]
    assert query(path, "PRAGMA user_version") == [(schema.VERSION,)]
    new.close()


# -- what goes wrong --


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "tfreg.db").write_bytes(b"not a database" * 100)
    with pytest.raises(DataFolderInvalidError) as caught:
        make_catalog(str(tmp_path / "tfreg.db"))
    assert "is damaged" in caught.value.message


def test_a_sqlite_that_is_too_old_is_told(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(DataFolderInvalidError) as caught:
        make_catalog(path)
    assert "needs 3.37.0" in caught.value.message


def test_a_full_disk_is_told_and_nothing_of_the_commit_stays(catalog, samples):
    samples.commit(catalog, b"one")
    before = catalog.model(BERT)
    lease_id = samples.leased(catalog, b"two")
    with catalog._writer.transaction() as database:
        (pages,) = database.conn.execute("PRAGMA page_count").fetchone()
    catalog._writer._database.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFullError):
        catalog.commit_version(samples.new(b"two", lease_id=lease_id, labels={"long": "x" * 100_000}), NOW)
    assert catalog.model(BERT) == before
    catalog._writer._database.conn.execute("PRAGMA max_page_count = 1000000")
    assert catalog.commit_version(samples.new(b"two", lease_id=lease_id), NOW).version.number == 2


def test_a_writer_that_never_ends_is_told_after_a_while(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)
    catalog = SqliteCatalog(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServerUnavailableError):
        catalog.release_lease("lease")
    assert catalog.models("", "", 10) == []  # reading does not wait
    other.execute("ROLLBACK")
    other.close()
    catalog.release_lease("lease")
    catalog.close()


def test_an_error_within_a_transaction_takes_it_back_and_the_next_one_works(catalog, samples):
    samples.leased(catalog, b"weights")

    def broken(_):
        raise RuntimeError("the disk went away")

    with pytest.raises(RuntimeError):
        catalog.collect(0, LATER, broken)
    # The rows went first: what is left is a file without a row, which the next look for strangers takes away.
    assert catalog.blob_sizes([digest_of(b"weights")]) == {}
    unlinked = []
    catalog.unlink_strangers([digest_of(b"weights")], LATER, unlinked.extend)
    assert unlinked == [digest_of(b"weights")]


def test_a_blob_leased_between_the_two_steps_of_a_collection_keeps_its_file(catalog, samples, monkeypatch):
    samples.leased(catalog, b"weights", b"other")
    wanted = samples.ref(b"weights")
    unlink_strangers = catalog.unlink_strangers

    def pushed_meanwhile(*arguments):
        _, missing = catalog.lease_blobs("", [wanted], LATER + 5, LATER)
        assert missing == [wanted.digest]
        return unlink_strangers(*arguments)

    monkeypatch.setattr(catalog, "unlink_strangers", pushed_meanwhile)
    unlinked = []
    catalog.collect(0, LATER, unlinked.extend)
    assert unlinked == [digest_of(b"other")]


def test_a_closed_catalog_says_so(path):
    catalog = SqliteCatalog(path)
    catalog.models("", "", 1)
    catalog.close()
    catalog.close()
    for use in (lambda: catalog.models("", "", 1), lambda: catalog.release_lease("lease")):
        with pytest.raises(InternalError):
            use()


def test_no_connection_is_left_open(path, samples):
    before = len(os.listdir("/proc/self/fd"))
    catalog = SqliteCatalog(path)
    samples.commit(catalog, b"weights")
    catalog.models("", "", 1)
    catalog.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_sequence_number_of_a_model_is_read_without_a_query_a_version(catalog, samples):
    samples.commit(catalog, b"weights")
    catalog.model_sequence(BERT)
    best_s = min(_seconds(lambda: [catalog.model_sequence(BERT) for _ in range(100)]) for _ in range(20))
    assert best_s / 100 < 500e-6  # about 4 here; the bound is for slow machines


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_a_page_is_one_query_however_many_rows_it_has(catalog, samples):
    for seed in range(4):
        samples.commit(catalog, samples.content(seed), aliases=(f"a{seed}",), labels={"b": "2", "a": '\u2603"'})
        samples.commit(catalog, b"weights", model=f"other{seed}", aliases=("z", "y"))
    statements = []
    with catalog._readers.snapshot() as connection:
        connection.set_trace_callback(statements.append)
    versions, models = catalog.versions("team/bert", 0, 10), catalog.models("", "", 10)
    assert len([statement for statement in statements if statement.startswith("\nSELECT")]) == 2
    assert not [statement for statement in statements if statement.startswith("SELECT")]
    assert [(version.aliases, list(version.labels.items())) for version in versions[:1]] == [
        (("a3",), [("a", '\u2603"'), ("b", "2")])
    ]
    assert [list(model.aliases) for model in models] == [["y", "z"]] * 4 + [["a0", "a1", "a2", "a3"]]


def test_inspections_are_compressed(path, catalog):
    content = b'{"nodes": []}' * 1000
    catalog.keep_inspection(digest_of(b"artifact"), 1, content)
    assert query(path, "SELECT length(content) FROM inspections")[0][0] < len(content) / 10
    assert catalog.inspection(digest_of(b"artifact"), 1) == content


def test_a_file_whose_inspections_are_not_compressed_yet_makes_them_again(path, catalog, samples):
    catalog.keep_inspection(digest_of(b"artifact"), 1, b"{}")
    samples.commit(catalog, b"weights")
    connection = sqlite3.connect(path)
    connection.executescript("UPDATE inspections SET content = x'7b7d'; PRAGMA user_version = 1")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'compressed_inspections'")
    connection.commit()
    connection.close()
    make_catalog(path)
    assert catalog.inspection(digest_of(b"artifact"), 1) is None
    assert catalog.model(BERT).newest_version == 1


def test_an_event_of_a_kind_that_a_newer_tfreg_wrote_is_told_as_other(path, catalog, samples):
    samples.commit(catalog, b"one")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET kind = 'telepathy'")
    connection.close()
    (event,) = catalog.events(Watched(), 0, 10).events
    assert event.kind is EventKind.OTHER
