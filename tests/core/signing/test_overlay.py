"""What callers see of an artifact for which signatures were declared."""

from __future__ import annotations

import pytest

from tfreg.core.errors import SignatureNotFoundError, TagSetAmbiguousError
from tfreg.core.fingerprints.interface import signature_fingerprint
from tfreg.core.records import DeclaredSignature
from tfreg.core.signing.overlay import overlay


def keys(inspection) -> list[tuple[tuple[str, ...], list[str]]]:
    return [(graph.tags, [signature.key for signature in graph.signatures]) for graph in inspection.meta_graphs]


def test_without_declared_signatures_the_inspection_is_the_artifacts_own(artifact) -> None:
    signed = artifact(keys="b a")
    assert signed.seen().inspection is signed.inspection


def test_a_declared_signature_stands_among_the_artifacts_own(artifact) -> None:
    signed = artifact(keys="a z")
    signed.declare("m")
    assert keys(signed.seen().inspection) == [(("serve",), ["a", "m", "z"])]
    assert [own.declared for own in signed.seen().inspection.meta_graphs[0].signatures] == [False, True, False]
    assert signed.resolve("m").signature == "m"
    assert signed.inspection.meta_graphs[0].signatures == artifact(keys="a z").inspection.meta_graphs[0].signatures


def test_a_declared_signature_in_place_of_an_own_one_is_told(artifact) -> None:
    signed = artifact(keys="serving_default")
    signed.declare("serving_default", override=True)
    binding = signed.resolve()
    assert [spec.key for spec in binding.fetches] == ["p"]
    assert [finding.code for finding in binding.diagnostics] == ["TFR207"]
    assert [problem.code for problem in signed.seen().inspection.problems] == ["TFR207"]
    assert signed.resolve("serving_default").diagnostics == binding.diagnostics


def test_an_unsigned_graph_is_no_guess_any_more_once_a_signature_is_declared(artifact) -> None:
    signed = artifact("", format="frozen_graph")
    assert signed.resolve().guessed
    signed.declare("classify", "x=x:0", "p=prob:0")
    binding = signed.resolve()
    assert (binding.signature, binding.guessed, binding.tags) == ("classify", False, ())
    assert [str(feed.tensor.ref) for feed in binding.feeds] == ["x:0"]


def test_a_signature_with_tags_of_its_own_stands_in_a_meta_graph_of_its_own(artifact) -> None:
    signed = artifact("serve", "train", keys="classify")
    signed.declare("classify", declared_tags=("mobile",), tags=("train",))
    signed.declare("embed", "x=x:0", "h=hidden:0", declared_tags=("mobile",), tags=("train",))
    seen = signed.seen()
    assert keys(seen.inspection) == [(("serve",), ["classify"]), (("train",), ["classify"]), (("mobile",), ["classify", "embed"])]
    assert seen.sources == (0, 1, 1)
    assert seen.inspection.meta_graphs[2].node_count == seen.inspection.meta_graphs[1].node_count
    binding = signed.resolve("classify", tags=("mobile",))
    assert binding.tags == ("mobile",)
    assert [(finding.code, finding.hint) for finding in binding.diagnostics] == [
        ("TFR208", "Load the artifact with its own tags, {train}.")
    ]
    assert binding.loader_tags == ("train",)
    assert signed.resolve("classify", tags=("train",)).loader_tags == (), "the tags of an own signature are the loader's"
    assert "TFR208" not in [finding.code for finding in signed.resolve("classify").diagnostics], "the artifact's own is as it was"
    with pytest.raises(SignatureNotFoundError):
        signed.resolve("embed")


def test_tags_may_be_declared_for_a_frozen_graph_which_has_none(artifact) -> None:
    signed = artifact("", format="frozen_graph")
    signed.declare("classify", declared_tags=("serve",))
    binding = signed.resolve("classify")
    assert binding.tags == ("serve",)
    assert binding.diagnostics == (), "nobody loads a frozen graph by tags"
    assert binding.loader_tags == ()
    assert signed.resolve(tags=("serve",)).signature == "classify"


def test_two_tag_sets_are_ambiguous_as_ever(artifact) -> None:
    signed = artifact("train", keys="classify")
    signed.declare("classify", declared_tags=("mobile",))
    with pytest.raises(TagSetAmbiguousError):
        signed.resolve()


def test_targets_are_run_before_the_first_call_of_that_signature_alone(artifact) -> None:
    signed = artifact(keys="own")
    signed.declare("classify", targets=("print",))
    binding = signed.resolve("classify")
    assert binding.targets.init_operations == ("print",)
    assert [finding.code for finding in binding.diagnostics] == ["TFR209"]
    assert signed.resolve("own").targets.init_operations == ()
    frozen = artifact("", format="frozen_graph")
    frozen.declare("classify", targets=("print",))
    assert frozen.resolve().targets.init_operations == ("print",)
    assert frozen.resolve().diagnostics == (), "whoever runs a frozen graph runs these anyway"


def test_the_tables_of_a_frozen_graph_are_filled_for_a_declared_signature_too(artifact) -> None:
    text = """
    x = Placeholder dtype=int64 shape=[?]
    keys = Const
    table = HashTableV2
    fill = LookupTableImportV2(table, keys, keys)
    found = LookupTableFindV2(table, x, keys) Tin=int64 Tout=string
    """
    frozen = artifact("", format="frozen_graph", text=text)
    frozen.declare("look_up", "x=x:0", "found=found:0", targets=("fill",))
    assert frozen.resolve().targets.init_operations == ("fill",)
    frozen.declare("again", "x=x:0", "found=found:0")
    assert frozen.resolve("again").targets.init_operations == ("fill",)
    signed = artifact("serve", text=text)
    signed.declare("look_up", "x=x:0", "found=found:0")
    assert signed.resolve().targets.init_operations == (), "a SavedModel has its own way"


def test_what_was_declared_for_a_tag_set_that_is_not_there_is_passed_over(artifact) -> None:
    signed = artifact()
    declared, _ = signed.declare()
    gone = DeclaredSignature(("train",), declared.signature)
    assert overlay(signed.inspection, [gone]).inspection == signed.inspection


def test_of_two_graphs_with_the_same_declared_tags_the_first_is_chosen(artifact) -> None:
    """Declaring refuses this, unless both were declared at the same time."""
    signed = artifact("serve", "train")
    declared, _ = signed.declare()
    both = [DeclaredSignature((tag,), declared.signature, declared_tags=("mobile",)) for tag in ("train", "serve")]
    seen = overlay(signed.inspection, both)
    assert seen.sources == (0, 1, 1, 0)
    assert [graph.tags for graph in seen.inspection.meta_graphs] == [("serve",), ("train",), ("mobile",), ("mobile",)]


def test_a_declared_signature_has_the_fingerprint_that_an_own_one_would_have(artifact) -> None:
    signed, frozen = artifact(), artifact("", format="frozen_graph")
    assert frozen.resolve().signature_fingerprint == "", "a guess is no signature"
    signed.declare("classify")
    frozen.declare("classify", declared_tags=("mobile",), targets=("print",))
    declared = signed.resolve("classify").signature_fingerprint
    assert (
        declared == frozen.resolve(tags=("mobile",)).signature_fingerprint == signature_fingerprint(signed.declared[0].signature)
    )
    assert signed.resolve(outputs=("hidden:0",)).signature_fingerprint == declared, "whatever outputs are asked for"
