"""Signatures declared for a version: what resolve and inspect make of them, and what happens at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfreg.app import signing as signing_module
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import inspect
from tfreg.app.paging import PageRequest
from tfreg.app.resolve import Resolve
from tfreg.app.signing import Signing
from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import (
    LimitExceededError,
    PageTokenInvalidError,
    SignatureNotFoundError,
    TagSetNotFoundError,
    VersionNotFoundError,
)
from tfreg.core.names import parse_reference
from tfreg.core.signing.request import SignatureRequest

BERT = parse_reference("team/bert")
EMBED = SignatureRequest("embed", (("ids", "input_ids"),), (("vector", "fc3:0"),))


class Signed:
    """A registry with one version of a classifier."""

    def __init__(self, registry, saved_model) -> None:
        self.catalog = registry.stores.catalog
        graphs = Graphs(registry.blobs)
        self.signing = Signing(registry.stores, registry.inspections, graphs)
        self.resolve = Resolve(registry.stores, registry.inspections, graphs, lambda: registry.conversions)
        self.pushed = registry.push("team/bert", saved_model).version
        self.inspect = lambda: inspect(registry.stores, registry.inspections, BERT, ())

    def resolved(self, signature: str = "", tags: tuple[str, ...] = ()):
        return self.resolve(BERT, BindingQuery(signature, tags))


@pytest.fixture
def signed(registry, saved_model) -> Signed:
    return Signed(registry, saved_model)


def test_a_declared_signature_is_resolved_and_inspected_while_the_artifact_stays(signed) -> None:
    before = signed.resolved()
    made = signed.signing.declare(BERT, EMBED)
    assert (made.version, made.additions, made.changed) == (1, 1, True)
    assert [finding.code for finding in made.diagnostics] == ["TFR203", "TFR203"], "the mask and the segments are needed too"
    found = signed.resolved("embed")
    assert found.binding.fetches == made.signature.outputs
    assert [str(feed.tensor.ref) for feed in found.binding.feeds if feed.tensor.key] == ["input_ids:0"]
    assert found.artifact_digest == before.artifact_digest == signed.pushed.artifact_digest
    (meta_graph,) = signed.inspect().inspection.meta_graphs
    assert [(own.key, own.declared) for own in meta_graph.signatures] == [
        ("embed", True),
        ("features", False),
        ("serving_default", False),
    ]
    assert signed.catalog.artifact(signed.pushed.artifact_digest) is not None


def test_each_change_gives_a_new_revision_and_none_if_nothing_changed(signed) -> None:
    revisions = [signed.resolved().revision]
    signed.signing.declare(BERT, EMBED)
    revisions.append(signed.resolved().revision)
    assert not signed.signing.declare(BERT, EMBED).changed
    assert signed.resolve(BERT, BindingQuery(), (), revisions[-1]) is None
    signed.signing.withdraw(BERT, (), "embed")
    revisions.append(signed.resolved().revision)
    assert len(set(revisions)) == 3


def test_what_was_withdrawn_is_as_if_it_had_never_been(signed) -> None:
    before = signed.inspect()
    signed.signing.declare(BERT, EMBED)
    assert signed.signing.withdraw(BERT, ("serve",), "embed").additions == 2
    assert signed.inspect() == before
    with pytest.raises(SignatureNotFoundError):
        signed.resolved("embed")
    with pytest.raises(SignatureNotFoundError):
        signed.signing.withdraw(BERT, (), "serving_default")
    with pytest.raises(TagSetNotFoundError):
        signed.signing.withdraw(BERT, ("train",), "embed")


def test_a_signature_is_withdrawn_under_the_tags_that_callers_see(signed) -> None:
    signed.signing.declare(BERT, SignatureRequest("embed", EMBED.inputs, EMBED.outputs, declared_tags=("gpu", "mobile")))
    with pytest.raises(SignatureNotFoundError):
        signed.signing.withdraw(BERT, (), "embed")
    signed.signing.withdraw(BERT, ("mobile", "gpu"), "embed")
    assert len(signed.inspect().inspection.meta_graphs) == 1


def test_the_journal_is_paged_and_its_token_is_good_for_its_version_only(signed, registry, frozen_files) -> None:
    for number in range(3):
        signed.signing.declare(BERT, SignatureRequest(f"k{number}", (), (("v", "fc3"),)))
    first = signed.signing.list_declarations(BERT, PageRequest(2))
    assert [entry.addition for entry in first.items] == [3, 2]
    rest = signed.signing.list_declarations(BERT, PageRequest(2, first.token_after(2)))
    assert [entry.addition for entry in rest.items] == [1]
    assert rest.token_after(1) == ""
    registry.push("team/bert", frozen_files)
    with pytest.raises(PageTokenInvalidError):
        signed.signing.list_declarations(BERT, PageRequest(2, first.token_after(2)))


def test_all_that_is_declared_for_a_version_has_a_limit(signed, monkeypatch) -> None:
    signed.signing.declare(BERT, EMBED)
    monkeypatch.setattr(signing_module, "MAX_DECLARED_BYTES", 1000)
    with pytest.raises(LimitExceededError):
        signed.signing.declare(BERT, SignatureRequest("k" * 900, (), (("v", "fc3"),)))
    assert signed.signing.declare(BERT, SignatureRequest("embed", (), (("v", "fc3"),))).changed, "it replaces the other"


def test_a_version_that_is_deleted_meanwhile_takes_no_signature(signed, registry, monkeypatch) -> None:
    declare = signed.catalog.declare_signature

    def late(*arguments):
        signed.catalog.delete_version("team/bert", 1, purge=False, now_ms=registry.time())
        return declare(*arguments)

    monkeypatch.setattr(signed.catalog, "declare_signature", late)
    with pytest.raises(VersionNotFoundError):
        signed.signing.declare(BERT, EMBED)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_answer_is_what_its_revision_stands_for_whatever_is_declared_meanwhile(signed, monkeypatch, moment: str) -> None:
    """The signatures are read while somebody declares one: the answer has it and the revision after it, or neither."""
    signed.signing.declare(BERT, EMBED)
    old = signed.resolved("embed")
    other = SignatureRequest("embed", EMBED.inputs, (("vector", "pred_prob:0"),))
    read = signed.catalog.declared_signatures

    def meanwhile(*arguments):
        monkeypatch.setattr(signed.catalog, "declared_signatures", read)
        if moment == "before":
            signed.signing.declare(BERT, other)
            return read(*arguments)
        found = read(*arguments)
        signed.signing.declare(BERT, other)
        return found

    monkeypatch.setattr(signed.catalog, "declared_signatures", meanwhile)
    found = signed.resolved("embed")
    assert found == signed.resolved("embed")
    assert found.revision != old.revision
    assert [str(fetch.ref) for fetch in found.binding.fetches] == ["pred_prob:0"]


def test_callers_that_resolve_while_others_declare_get_answers_that_agree_with_their_revision(signed) -> None:
    outputs = ["fc3:0", "pred_prob:0", "pred_label:0"]

    def declare(number: int) -> None:
        signed.signing.declare(BERT, SignatureRequest("embed", (), (("v", outputs[number % 3]),)))

    declare(0)
    with ThreadPoolExecutor(4) as pool:
        declaring = pool.submit(lambda: [declare(number) for number in range(1, 40)])
        answers = list(pool.map(lambda _: signed.resolved("embed"), range(120)))
        declaring.result()
    by_revision: dict[str, set[str]] = {}
    for answer in answers:
        by_revision.setdefault(answer.revision, set()).add(str(answer.binding.fetches[0].ref))
    assert all(len(names) == 1 for names in by_revision.values())


@pytest.fixture
def frozen_files(models: Path) -> dict[str, bytes]:
    return {"graph.pb": (models / "frozen_tf1.pb").read_bytes()}


def test_a_frozen_graph_without_signatures_gets_one(registry, frozen_files, models: Path) -> None:
    signed = Signed(registry, frozen_files)
    guess = signed.resolved()
    assert guess.binding.guessed
    feeds = tuple((feed.tensor.key, str(feed.tensor.ref)) for feed in guess.binding.feeds)
    fetches = tuple((f"out_{number}", str(fetch.ref)) for number, fetch in enumerate(guess.binding.fetches))
    made = signed.signing.declare(BERT, SignatureRequest("serving_default", feeds, fetches, method_name="my/method"))
    found = signed.resolved()
    assert (found.binding.guessed, found.binding.signature, found.binding.method_name) == (False, "serving_default", "my/method")
    assert {feed.tensor.ref for feed in found.binding.feeds} == {feed.tensor.ref for feed in guess.binding.feeds}
    assert made.diagnostics == ()


def test_a_tf2_model_without_signatures_gets_one(registry, models: Path) -> None:
    root = models / "tf2_no_signatures"
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    signed = Signed(registry, files)
    made = signed.signing.declare(BERT, SignatureRequest("restore", (("path", "saver_filename:0"),), (("x", "saver_filename"),)))
    assert signed.resolved().binding.signature == "restore"
    assert made.signature.inputs[0].dtype == "string"


def test_a_tflite_model_is_signed_by_names_or_indices_of_its_inputs_and_outputs(registry, models: Path) -> None:
    signed = Signed(registry, {"model.tflite": (models / "tflite_frozen_v1.tflite").read_bytes()})
    assert signed.resolved().binding.guessed
    request = SignatureRequest("classify", (("ids", "input_ids"), ("mask", "1"), ("segments", "2")), (("prob", "pred_prob"),))
    signed.signing.declare(BERT, request)
    binding = signed.resolved().binding
    assert (binding.signature, binding.guessed) == ("classify", False)
    assert [(feed.tensor.key, feed.tensor.tensor_index) for feed in binding.feeds] == [("ids", 0), ("mask", 1), ("segments", 2)]
    assert [(fetch.key, fetch.tensor_index) for fetch in binding.fetches] == [("prob", 19)]


def test_a_tflite_signature_in_place_of_an_own_one_is_told_once(registry, models: Path) -> None:
    signed = Signed(registry, {"model.tflite": (models / "tflite_two_signatures.tflite").read_bytes()})
    before = signed.resolved("classify").binding
    signed.signing.declare(BERT, SignatureRequest("classify", (("i", "0"), ("w", "1")), (("p", "15"),), override=True))
    after = signed.resolved("classify").binding
    assert [feed.tensor.key for feed in after.feeds] == ["i", "w"]
    assert len(before.fetches) == 2
    assert [fetch.tensor_index for fetch in after.fetches] == [15]
    assert [finding.code for finding in after.diagnostics].count("TFR207") == 1


def test_a_page_of_the_journal_is_short_for_entries_can_be_long(signed) -> None:
    for number in range(40):
        signed.signing.declare(BERT, SignatureRequest(f"k{number}", (), (("v", "fc3"),)))
    first = signed.signing.list_declarations(BERT, PageRequest(1000))
    rest = signed.signing.list_declarations(BERT, PageRequest(1000, first.token_after(len(first.items))))
    assert (len(first.items), len(rest.items), rest.more) == (32, 8, False)
