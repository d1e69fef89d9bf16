"""SavedModels signed anew: the same numbers under the new names, by sessions and by tf.saved_model.load."""

from __future__ import annotations

import pytest

from tfreg.core.conversions.options import InputShape, NamedTensor, Renamed
from tfreg.core.errors import OptionUnsupportedError
from tfreg.core.formats.registry import format_named
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.rewrites.pieces import Slice
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.core.trees import LocalTree

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow")]

DEFAULT = "serving_default"
MODELS = (
    "tf1_saved_model",
    "tf1_assets_table",
    "tf1_legacy_init_op",
    "tf1_partitioned",
    "tf1_cond_while_v2",
    "tf2_module_signatures",
    "tf2_vocab",
    "tf2_keras_export_named",
    "tf2_bf16_string",
    "saved_model_losses",
    "estimator_2_12",
)


def _own(folder) -> Signature:
    signatures = format_named("saved_model").inspect(LocalTree(folder)).meta_graphs[0].signatures
    return next(one for one in signatures if one.key == DEFAULT)


@pytest.mark.parametrize("name", MODELS)
def test_a_signature_has_another_key_in_both_loaders(name, models, saved, runs):
    made = saved("resigning", name, signature=DEFAULT, new_signature="again")

    given = runs.feeds(_own(models / name))
    expected = runs.session(models / name, DEFAULT, given)
    assert made.keys == ["again"]
    assert runs.same(runs.session(made.folder, "again", given), expected)
    assert runs.same(runs.function(made.folder, "again", given), expected)


@pytest.mark.parametrize(
    "name", [name for name in MODELS if name != "tf1_cond_while_v2"]
)  # TF 2 does not load all its signatures
def test_what_only_training_needs_is_dropped_and_the_rest_computes_the_same(name, models, saved, runs):
    made = saved("resigning", name, inference_only=True, clear_devices=True)

    given = runs.feeds(_own(models / name))
    expected = runs.session(models / name, DEFAULT, given)
    assert runs.same(runs.session(made.folder, DEFAULT, given), expected)
    assert runs.same(runs.function(made.folder, DEFAULT, given), expected)


RENAMED = (NamedTensor("x", "z_first"), NamedTensor("y", "a_last"))


@pytest.mark.parametrize("inputs", [RENAMED, RENAMED[:1]], ids=["both", "the_one_that_is_needed"])
def test_keys_of_a_traced_function_are_others_in_any_order(inputs, models, saved, runs):
    made = saved(
        "resigning", "tf2_module_signatures", signature=DEFAULT, inputs=inputs, outputs=(NamedTensor("score", "probability"),)
    )

    before = runs.feeds(_own(models / "tf2_module_signatures"))
    given = {one.key: before[one.tensor] for one in inputs}
    expected = {"probability": runs.session(models / "tf2_module_signatures", DEFAULT, before)["score"]}
    assert runs.same(runs.session(made.folder, DEFAULT, given), expected)
    assert runs.same(runs.function(made.folder, DEFAULT, given), expected)


def test_the_functions_of_the_model_are_still_there(saved):
    import tensorflow as tf

    made = saved("resigning", "tf2_module_signatures", signature=DEFAULT, new_signature="again")

    module = tf.saved_model.load(str(made.folder))
    assert list(module.signatures) == ["again"]
    assert module.dense(tf.ones([1, 4])).shape == (1, 3)


def test_a_model_without_signatures_gets_that_of_a_function(saved, runs):
    import tensorflow as tf

    made = saved("resigning", "tf2_no_signatures", function="dense", new_signature="run")

    given = runs.feeds(made.signature("run"))
    found = runs.session(made.folder, "run", given)
    (value,) = found.values()
    module = tf.saved_model.load(str(made.folder))
    assert runs.same({"y": value}, {"y": module.dense(tf.constant(given["x"])).numpy()})
    assert runs.same(runs.function(made.folder, "run", given), found)


def test_outputs_that_are_no_call_of_one_function_cost_the_object_graph(models, saved, runs):
    made = saved(
        "resigning",
        "tf2_module_signatures",
        inputs=(NamedTensor("serving_default_x"),),
        outputs=(NamedTensor("kernel/Read/ReadVariableOp", "k"),),
    )

    assert "object_graph" not in made.inspection.facts
    assert "object graph" in made.rewritten.notes[-1].message
    given = runs.feeds(made.signature(DEFAULT))
    assert runs.same(runs.function(made.folder, DEFAULT, given), runs.session(made.folder, DEFAULT, given))


def test_tag_sets_are_picked_and_renamed(models, saved, runs):
    picked = saved("resigning", "tf1_multi_tag", tags=("serve", "gpu"), new_tags=("serve",), clear_devices=True)
    inference = saved("resigning", "tf1_multi_tag", inference_only=True)
    every = saved("resigning", "tf1_multi_tag", clear_devices=True)

    assert [one.tags for one in picked.inspection.meta_graphs] == [("serve",)]
    assert [one.tags for one in inference.inspection.meta_graphs] == [("serve",), ("serve", "gpu")]
    assert [one.tags for one in every.inspection.meta_graphs] == [("train",), ("serve",), ("serve", "gpu")]
    assert runs.session(picked.folder, DEFAULT, runs.feeds(picked.signature(DEFAULT))).keys() == {"y"}


def test_what_nobody_asks_to_change_stays_as_it_is(models, saved):
    made = saved("resigning", "tf1_multi_tag", signature=DEFAULT, new_signature="again")

    meta_graphs = made.inspection.meta_graphs
    assert [one.tags for one in meta_graphs] == [("train",), ("serve",), ("serve", "gpu")]
    own = format_named("saved_model").inspect(LocalTree(models / "tf1_multi_tag")).meta_graphs
    assert (meta_graphs[0], meta_graphs[2]) == (own[0], own[2])


def test_weights_and_assets_are_pointed_at(saved):
    tree = saved("resigning", "tf1_assets_table", signature=DEFAULT, new_signature="again").rewritten.tree

    beside = [file.path for file in tree.files() if not file.path.startswith("saved_model")]
    assert [path.partition("/")[0] for path in beside] == ["assets.extra", "assets", "variables", "variables"]
    assert all(isinstance(piece, Slice) for path in beside for piece in tree.pieces(path))


def test_the_fingerprint_is_that_of_the_new_model(saved):
    made = saved("resigning", "tf2_module_signatures", signature=DEFAULT, new_signature="again")

    facts = made.inspection.facts
    assert facts["fingerprint.verified"] == "graph_def_program_hash, signature_def_hash, saved_object_graph_hash, checkpoint_hash"
    assert "fingerprint.wrong" not in facts


def test_losses_and_slots_are_gone_from_the_object_graph(models, saved):
    import tensorflow as tf

    made = saved("resigning", "saved_model_losses", inference_only=True)

    assert "object_graph.regularization_losses" not in made.inspection.facts
    assert not (made.folder / "debug").exists()
    assert not hasattr(tf.saved_model.load(str(made.folder)), "regularization_losses")


def test_a_declared_signature_becomes_one_of_the_model(saved, runs):
    ids = TensorSpec("rows", TensorRef("ids"), "int64", (None,))
    signature = Signature("mine", "", (ids,), (TensorSpec("found", TensorRef("y"), "float32", (None, None)),))

    made = saved("resigning", "tf1_partitioned", declared=[DeclaredSignature(("serve",), signature)])

    given = runs.feeds(made.signature("mine"))
    expected = {"found": runs.session(made.folder, DEFAULT, {"ids": given["rows"]})["y"]}
    assert runs.same(runs.session(made.folder, "mine", given), expected)
    assert runs.same(runs.function(made.folder, "mine", given), expected)


def test_a_composite_input_is_kept_with_its_type(models, saved):
    made = saved("resigning", "tf1_sparse", signature=DEFAULT, new_signature="again")

    before, after = _own(models / "tf1_sparse"), made.signature("again")
    assert (after.inputs, after.outputs) == (before.inputs, before.outputs)


def test_an_input_has_a_fixed_shape_and_an_output_a_further_name(saved, runs):
    made = saved(
        "resigning",
        "tf2_module_signatures",
        signature=DEFAULT,
        shapes=(InputShape("x", (3, 4)),),
        renamed=(Renamed("probabilities", "StatefulPartitionedCall:1"),),
        outputs=(NamedTensor("score"),),
    )

    signature = made.signature(DEFAULT)
    given = runs.feeds(signature)
    assert next(spec.shape for spec in signature.inputs if spec.key == "x") == (3, 4)
    assert [str(spec.ref) for spec in signature.outputs] == ["probabilities:0"]
    assert runs.same(runs.function(made.folder, DEFAULT, given), runs.session(made.folder, DEFAULT, given))


def test_one_key_for_several_signatures_is_refused(saved):
    with pytest.raises(OptionUnsupportedError, match="--signature"):
        saved("resigning", "tf2_module_signatures", new_signature="again")
