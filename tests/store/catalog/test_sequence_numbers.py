"""What every catalog promises of sequence numbers. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from tfreg.core.records import AliasMove, Fingerprints

BERT = "team/bert"
NOW = 1_000_000


def test_each_change_gives_its_model_a_greater_number_of_one_series(catalog, samples):
    seen = []

    def changed(model=BERT):
        seen.append(catalog.model_sequence(model))

    samples.commit(catalog, b"one")
    changed()
    samples.commit(catalog, b"two", model="other")
    changed("other")
    catalog.set_aliases(BERT, [AliasMove("prod", 1)], NOW)
    changed()
    catalog.set_aliases(BERT, [AliasMove("prod", 0)], NOW)
    changed()
    catalog.declare_signature(BERT, 1, samples.declared("classify"), NOW)
    changed()
    catalog.withdraw_signature(BERT, 1, ["serve"], "classify", NOW)
    changed()
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    changed()
    catalog.undelete_version(BERT, 1, NOW)
    changed()
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    changed()
    catalog.collect(0, NOW, lambda _: None)
    changed()
    assert seen == sorted(set(seen))
    assert catalog.model_sequence("other") == seen[1]


def test_what_changes_nothing_leaves_the_number(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    samples.commit(catalog, b"two")
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
    catalog.declare_signature(BERT, 1, samples.declared("classify"), NOW)
    before = catalog.model(BERT)
    catalog.declare_signature(BERT, 1, samples.declared("classify"), NOW + 1)
    catalog.keep_fingerprints(samples.artifact(b"one").digest, 1, Fingerprints("model"))
    catalog.set_aliases(BERT, [AliasMove("prod", 1, expected_version=9)], NOW)
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW + 1)
    catalog.undelete_version(BERT, 1, NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert catalog.model(BERT) == before
