"""Several processes on one data folder: killed at any point, or competing."""

from __future__ import annotations

import signal

import pytest

from tfreg.core.digests import digest_of, hex_of
from tfreg.core.records import AliasMove
from tfreg.store.data_folder import open_data_folder

NOW, LATER = 1_000_000, 2_000_000
BERT = "team/bert"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def finished(running):
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return out


@pytest.mark.parametrize(
    ("call", "count"),
    [
        ("write", 1),
        ("write", 4),
        ("fchmod", 2),
        ("fdatasync", 1),
        ("rename", 2),  # a blob is finished
        ("rename", 4),  # the first of three is published
        ("rename", 6),
        ("fsync", 1),
        ("fsync", 3),
        ("commit", 1),
    ],
)
def test_a_push_killed_at_any_point_leaves_nothing_half_visible_and_can_be_repeated(data, child, call, count):
    kept, _ = open_data_folder(data)
    kept.close()
    running = child("push_and_die", data, "killed", call, count)
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL

    blobs, catalog = open_data_folder(data)
    assert catalog.model(BERT) is None
    assert catalog.models("", "", 10) == []
    for digest in blobs.digests():  # whatever is visible is whole
        with blobs.open(digest) as reader:
            assert digest_of(reader.read_at(0, reader.size_bytes)) == digest
    for blob in catalog.blobs("", 10):  # no row without its file
        assert blobs.size_bytes(blob.digest) == blob.size_bytes

    assert finished(child("push", data, BERT, "killed")) == "1\n"
    assert catalog.model(BERT).aliases == {"prod": 1}

    for lease_id in catalog.expired_leases(LATER):
        blobs.discard(lease_id)
        catalog.release_lease(lease_id)
    assert list((data / "incoming").iterdir()) == []
    blobs.close()
    catalog.close()


def test_a_collection_killed_before_it_unlinked_leaves_strangers_and_no_row_without_its_file(data, child, samples):
    blobs, catalog = open_data_folder(data)
    lease, _ = catalog.lease_blobs("", [samples.ref(b"weights")], LATER, NOW)
    blob = samples.write(blobs, lease.id, b"weights")
    blobs.seal(lease.id, [blob.digest])
    catalog.add_blobs(lease.id, [blob], NOW)
    running = child("collect_and_die", data)
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL
    assert catalog.blobs("", 10) == []
    assert list(blobs.digests()) == [blob.digest]
    assert catalog.unlink_strangers(list(blobs.digests()), LATER, blobs.delete) == 1
    assert list(blobs.digests()) == []
    blobs.close()
    catalog.close()


def test_no_push_loses_a_blob_to_a_collection_that_runs_at_the_same_time(data, child):
    blobs, catalog = open_data_folder(data)
    collecting = child("collect_rounds", data)
    pushing = [child("push_rounds", data, model, 25) for model in ("team/a", "team/b")]
    numbers = [[int(number) for number in finished(running).split()] for running in pushing]
    out, err = collecting.communicate(timeout=60)  # closes its input: it ends
    assert collecting.returncode == 0, err
    assert int(out) > 0, "nothing was collected: the test shows nothing"
    for given in numbers:
        assert given == sorted(set(given)), "a number was given again"
    for blob in catalog.blobs("", 100):
        assert blobs.size_bytes(blob.digest) == blob.size_bytes
    blobs.close()
    catalog.close()


@pytest.mark.parametrize("call", ["_append", "record_event", "existing_version"])
def test_a_declaration_killed_at_any_point_never_happened_and_can_be_repeated(data, child, samples, call):
    _, catalog = open_data_folder(data)
    version = samples.commit(catalog, b"weights").version
    before = catalog.model(BERT)
    running = child("declare_and_die", data, call)
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL
    assert (catalog.version(BERT, 1), catalog.model(BERT)) == (version, before)
    assert catalog.declared_signatures(BERT, 1) == catalog.signature_declarations(BERT, 1, 0, 10) == []
    assert catalog.declare_signature(BERT, 1, samples.declared("classify"), NOW)[0].additions == 1
    catalog.close()


@pytest.mark.parametrize("call", ["keep_artifact", "record_event", "release_lease", "existing_version"])
def test_a_conversion_killed_at_any_point_never_happened_and_can_be_repeated(data, child, samples, call):
    _, catalog = open_data_folder(data)
    version = samples.commit(catalog, b"weights").version
    before = catalog.model(BERT)
    running = child("derive_and_die", data, call)
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL
    assert (catalog.version(BERT, 1), catalog.model(BERT)) == (version, before)
    assert catalog.derived(BERT, 1) == []
    assert catalog.derived_by_key("key") is None
    assert samples.derive(catalog, b"graph")[0].additions == 1
    catalog.close()


def test_processes_that_open_the_same_job_share_it(data, samples):
    _, catalog = open_data_folder(data)
    catalog.open_job(samples.job("first"), NOW)
    _, other = open_data_folder(data)
    assert other.open_job(samples.job("second"), NOW) == (samples.job("first"), False)
    catalog.close()
    other.close()


def test_processes_that_declare_at_the_same_time_leave_one_journal(data, child, samples):
    _, catalog = open_data_folder(data)
    samples.commit(catalog, b"weights")
    running = [child("declare_rounds", data, own, 20) for own in "ab"]
    told = sorted(int(line) for one in running for line in finished(one).split())
    assert told == list(range(1, 41))
    newest_first = catalog.signature_declarations(BERT, 1, 0, 100)
    assert [entry.addition for entry in newest_first] == list(range(40, 0, -1))
    assert catalog.declared_signatures(BERT, 1) == [newest_first[0].declared]
    catalog.close()


def test_processes_that_push_at_the_same_time_get_different_numbers(data, child):
    running = [child("push", data, BERT, f"seed {number}") for number in range(4)]  # they also make the folder at the same time
    assert sorted(int(finished(one)) for one in running) == [1, 2, 3, 4]


def test_sequence_numbers_grow_in_the_order_of_commits_across_processes(data, child, samples):
    _, catalog = open_data_folder(data)
    models = ("team/a", "team/b")
    for model in models:
        for content in (b"one", b"two"):
            samples.commit(catalog, content, model=model)
    running = [child("write_events", data, model, 60) for model in models]
    seen = []
    while any(one.poll() is None for one in running):
        newest = [catalog.alias_moves(model, "", 0, 1) for model in models]
        seen.append(max((moves[0].sequence for moves in newest if moves), default=0))
    told = [[int(line) for line in finished(one).split()] for one in running]
    assert seen == sorted(seen)
    assert all(numbers == sorted(set(numbers)) for numbers in told)
    assert not set(told[0]) & set(told[1])
    everything = sorted(move.sequence for model in models for move in catalog.alias_moves(model, "", 0, 1000))
    assert everything == list(range(5, 125)), "numbers without gaps"
    catalog.close()


def test_what_one_process_commits_another_sees_at_once(data, child):
    blobs, catalog = open_data_folder(data)
    assert catalog.model_sequence(BERT) == 0
    finished(child("push", data, BERT, "seed"))
    sequence = catalog.model_sequence(BERT)
    assert sequence > 0
    catalog.set_aliases(BERT, [AliasMove("prod", 0)], NOW)
    assert catalog.model_sequence(BERT) > sequence
    assert {hex_of(digest)[:2] for digest in blobs.digests()} == {path.name for path in (data / "blobs" / "sha256").iterdir()}
    blobs.close()
    catalog.close()
