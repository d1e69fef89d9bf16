"""What every catalog promises to many callers at once. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

BERT = "team/bert"


def test_threads_that_push_at_the_same_time_get_different_numbers(catalog, samples):
    def push(seed):
        return samples.commit(catalog, samples.content(seed), aliases=("prod",)).version.number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(push, range(40)))
    assert sorted(numbers) == list(range(1, 41))
    moves = catalog.alias_moves(BERT, "prod", 0, 100)
    assert [move.to_version for move in reversed(moves)] == list(range(1, 41))


def test_of_pushers_of_one_artifact_one_makes_the_version(catalog, samples):
    with ThreadPoolExecutor(8) as pool:
        committed = list(pool.map(lambda _: samples.commit(catalog, b"weights"), range(20)))
    assert [item.created for item in committed].count(True) == 1
    assert {item.version.number for item in committed} == {1}


def test_an_artifact_of_ten_thousand_blobs_is_committed_quickly(catalog, samples):
    contents = [samples.content(number, 8) for number in range(10_000)]
    version = samples.commit(catalog, *contents).version
    assert catalog.artifact(version.artifact_digest) == samples.artifact(*contents)
