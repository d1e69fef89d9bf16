"""What every catalog promises of declared signatures. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.core.errors import LimitExceededError, ModelNotFoundError, SignatureNotFoundError, VersionNotFoundError
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature, SignatureDeclaration
from tfreg.core.tensors import Quantization, TensorRef, TensorSpec

BERT = "team/bert"
NOW = 1_000_000


@pytest.fixture
def declare(catalog, samples):
    samples.commit(catalog, b"weights")
    return lambda key="classify", tensor="y:0", **options: catalog.declare_signature(
        BERT, 1, samples.declared(key, tensor, **options), NOW
    )


def test_a_declared_signature_is_an_addition_to_its_version(catalog, samples, declare):
    version, changed = declare()
    assert (version.additions, changed) == (1, True)
    assert version == catalog.version(BERT, 1)
    assert catalog.declared_signatures(BERT, 1) == [samples.declared("classify")]


def test_all_that_a_declared_signature_says_is_kept(catalog, declare):
    part = TensorSpec("values", TensorRef("values", 1), "int64", None)
    whole = TensorSpec("x", None, components=(part,), encoding="sparse")
    index = TensorSpec("y", TensorRef("out/y"), "int8", (None, 2), True, tensor_index=7, quantization=Quantization((0.5,), (3,)))
    signature = Signature("k\u2603", "tensorflow/serving/classify", (whole,), (index,), declared=True)
    declared = DeclaredSignature(("serve", "gpu"), signature, ("init",), ("mobile",), override=True)
    catalog.declare_signature(BERT, 1, declared, NOW)
    assert catalog.declared_signatures(BERT, 1) == [declared]


def test_declaring_the_same_again_changes_nothing(catalog, declare):
    declare()
    version, changed = declare()
    assert (version.additions, changed) == (1, False)
    assert len(catalog.signature_declarations(BERT, 1, 0, 10)) == 1


def test_the_last_one_declared_for_the_same_tags_and_key_holds(catalog, samples, declare):
    declare("classify")
    declare("embed")
    assert declare("classify", "z:0")[0].additions == 3
    assert catalog.declared_signatures(BERT, 1) == [samples.declared("embed"), samples.declared("classify", "z:0")]


def test_tags_are_a_set_and_those_that_callers_see_count(catalog, declare):
    declare(tensor="a:0", tags=("serve", "gpu"))
    declare(tensor="b:0", tags=("gpu", "serve"))
    assert len(catalog.declared_signatures(BERT, 1)) == 1
    declare(tensor="c:0", tags=("train",), declared_tags=("serve", "gpu"))
    (declared,) = catalog.declared_signatures(BERT, 1)
    assert declared.tags == ("train",)
    declare(tensor="d:0", tags=("train",))
    assert len(catalog.declared_signatures(BERT, 1)) == 2


def test_what_was_withdrawn_no_longer_holds_but_the_journal_knows_it(catalog, samples, declare):
    declare(tags=("serve", "gpu"))
    version = catalog.withdraw_signature(BERT, 1, ["gpu", "serve"], "classify", NOW + 5)
    assert version.additions == 2
    assert catalog.declared_signatures(BERT, 1) == []
    declared = samples.declared("classify", tags=("serve", "gpu"))
    assert catalog.signature_declarations(BERT, 1, 0, 10) == [
        SignatureDeclaration(2, declared, NOW + 5, withdrawn=True),
        SignatureDeclaration(1, declared, NOW),
    ]
    assert declare(tags=("serve", "gpu"))[1]
    assert catalog.declared_signatures(BERT, 1) == [declared]


def test_the_journal_comes_in_pages_newest_first(catalog, declare):
    for number in range(5):
        declare(tensor=f"y:{number}")
    additions = [entry.addition for entry in catalog.signature_declarations(BERT, 1, 0, 2)]
    assert additions == [5, 4]
    assert [entry.addition for entry in catalog.signature_declarations(BERT, 1, 4, 10)] == [3, 2, 1]


def test_attachments_and_signatures_share_the_count_of_additions(catalog, samples, declare):
    declare()
    samples.commit(catalog, b"weights", attachments=(samples.attach("readme", "README.md", b"# bert"),))
    assert declare("embed")[0].additions == 3
    assert [entry.addition for entry in catalog.signature_declarations(BERT, 1, 0, 10)] == [3, 1]


def test_what_is_not_there_or_deleted_takes_no_signatures(catalog, samples):
    declared = samples.declared("classify")
    with pytest.raises(ModelNotFoundError):
        catalog.declare_signature(BERT, 1, declared, NOW)
    samples.commit(catalog, b"one")
    samples.commit(catalog, b"two")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    for number in (1, 3):
        with pytest.raises(VersionNotFoundError):
            catalog.declare_signature(BERT, number, declared, NOW)
        with pytest.raises(VersionNotFoundError):
            catalog.withdraw_signature(BERT, number, ["serve"], "classify", NOW)
    assert catalog.declared_signatures("other", 1) == catalog.signature_declarations("other", 1, 0, 10) == []


def test_only_what_is_declared_can_be_withdrawn(catalog, declare):
    declare()
    for tags, key in ((["serve"], "embed"), (["train"], "classify"), ([], "classify")):
        with pytest.raises(SignatureNotFoundError) as caught:
            catalog.withdraw_signature(BERT, 1, tags, key, NOW)
        assert caught.value.metadata["existing"] == "classify"


def test_a_version_has_only_so_many_at_a_time(catalog, declare, monkeypatch):
    for kind in ("memory", "sqlite"):
        monkeypatch.setattr(f"tfreg.store.catalog.{kind}.signatures.MAX_DECLARED_SIGNATURES", 2)
    declare("one")
    declare("two")
    with pytest.raises(LimitExceededError):
        declare("three")
    assert declare("two", "z:0")[1], "one that replaces another needs no room"
    catalog.withdraw_signature(BERT, 1, ["serve"], "one", NOW)
    assert declare("three")[1]


def test_signatures_go_with_their_version(catalog, declare, samples):
    declare()
    samples.commit(catalog, b"weights", model="other")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    catalog.undelete_version(BERT, 1, NOW)
    assert len(catalog.declared_signatures(BERT, 1)) == 1
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert catalog.declared_signatures(BERT, 1) == catalog.signature_declarations(BERT, 1, 0, 10) == []
    assert catalog.declared_signatures("other", 1) == []


def test_of_those_that_declare_at_the_same_time_each_is_in_the_journal_and_one_holds(catalog, declare):
    with ThreadPoolExecutor(8) as pool:
        additions = list(pool.map(lambda index: declare(tensor=f"y:{index}")[0].additions, range(24)))
    assert sorted(additions) == list(range(1, 25))
    newest_first = catalog.signature_declarations(BERT, 1, 0, 100)
    assert [entry.addition for entry in newest_first] == list(range(24, 0, -1))
    assert catalog.declared_signatures(BERT, 1) == [newest_first[0].declared]
