"""Graphs for training: what of training the outputs depend on."""

import pytest

from tests.core.rewrites.interface.conftest import named
from tfreg.core.errors import OutputsRequiredError, TrainingGraphError
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.rewrites.interface.training import training_traits
from tfreg.core.tensors import TensorRef


def _traits(graph, *wanted, fed=()):
    found = training_traits(graph, Reachability(graph), tuple(map(TensorRef.parse, wanted)), tuple(map(TensorRef.parse, fed)))
    return [(trait.node, trait.function) for trait in found]


def test_the_checkpoint_of_an_estimator_is_refused_with_what_to_give(choose):
    with pytest.raises(TrainingGraphError) as refused:
        choose("checkpoint_estimator_2_12")
    assert "--graph FILE" in refused.value.hint
    assert "--placeholder NAME=IteratorGetNext:0" in refused.value.hint
    assert "--allow-training-graph" in refused.value.hint
    assert refused.value.metadata["node"] == "IteratorGetNext"
    assert "dropout" in refused.value.metadata["nodes"]


def test_every_kind_of_obstacle_is_told_at_once(choose):
    with pytest.raises(TrainingGraphError) as refused:
        choose("checkpoint_estimator_2_12", outputs=named("loss/pred_prob"))
    assert "from which training gets its batches" in refused.value.message
    assert "; and on " in refused.value.message
    assert "dropout that is always on" in refused.value.message


def test_naming_outputs_does_not_make_it_a_graph_for_inference(choose):
    with pytest.raises(TrainingGraphError):
        choose("checkpoint_estimator_2_12", outputs=named("loss/pred_prob"))


def test_placeholders_in_place_of_batches_leave_the_dropout(choose):
    with pytest.raises(TrainingGraphError, match="dropout that is always on"):
        choose("checkpoint_estimator_2_12", outputs=named("loss/pred_prob"), placeholders=_batches())


def _batches():
    return named(*(f"batch_{index}=IteratorGetNext:{index}" for index in range(3)))


def test_a_training_graph_can_be_allowed_and_is_noted(choose):
    interface = choose(
        "checkpoint_estimator_2_12", outputs=named("loss/pred_prob"), placeholders=_batches(), allow_training_graph=True
    )
    assert "TFR504" in [note.code for note in interface.notes]
    assert {spec.key for spec in interface.signatures[0].inputs} <= {f"batch_{index}" for index in range(3)}


def test_with_the_inference_graph_the_checkpoint_is_converted(choose):
    assert choose("checkpoint_estimator_2_12", others={"graph": "estimator_2_12"}).signatures


def test_a_checkpoint_whose_graph_does_not_train_asks_for_outputs_only(choose):
    with pytest.raises(OutputsRequiredError):
        choose("checkpoint_tf1")
    assert choose("checkpoint_tf1", outputs=named("pred_prob")).notes == ()


def test_train_ops_that_no_output_needs_do_no_harm(graph):
    trained = graph("""
        x = Placeholder dtype=float32
        w = VariableV2 dtype=float32
        y = MatMul(x, w)
        gradients/y_grad/MatMul = MatMul(x, y)
        train = ApplyGradientDescent(w, x, gradients/y_grad/MatMul)
    """)
    assert _traits(trained, "y") == []
    assert _traits(trained, "train") == [("gradients/y_grad/MatMul", ""), ("train", "")]


def test_batches_that_are_fed_are_not_read(graph):
    batched = graph("""
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[float32]
        y = Relu(next)
    """)
    assert _traits(batched, "y") == [("next", "")]
    assert _traits(batched, "y", fed=["next"]) == []


def test_batch_norm_in_training_mode_is_one(graph):
    normed = graph("""
        x = Placeholder dtype=float32
        a = FusedBatchNormV3(x, x, x, x, x) is_training=true
        b = FusedBatchNormV3(x, x, x, x, x) is_training=false
        c = FusedBatchNormV3(x, x, x, x, x)
    """)
    assert [_traits(normed, name) for name in "abc"] == [[("a", "")], [], [("c", "")]]


def test_batch_norm_by_moments_is_told_by_its_scope_and_layer_norm_is_none(graph):
    normed = graph("""
        x = Placeholder dtype=float32
        batch_normalization/moments/mean = Mean(x, x)
        layer_normalization/moments/mean = Mean(x, x)
    """)
    assert _traits(normed, "batch_normalization/moments/mean") == [("batch_normalization/moments/mean", "")]
    assert _traits(normed, "layer_normalization/moments/mean") == []


def test_random_numbers_are_dropout_only_as_a_mask(graph):
    random = graph("""
        shape = Const dtype=int32
        noise = RandomUniform(shape)
        noisy = Mul(noise, noise)
        random = RandomUniform(shape)
        kept = Add(shape, random)
        mask = Floor(kept)
        a/dropout/random = RandomUniform(shape)
    """)
    assert _traits(random, "noisy") == []
    assert _traits(random, "mask") == [("random", "")]
    assert _traits(random, "a/dropout/random") == [("a/dropout/random", "")]


def test_what_a_branch_of_control_flow_v1_decides_is_not_always_on(graph):
    guarded = graph("""
        is_training = Placeholder dtype=bool
        x = Placeholder dtype=float32
        switch = Switch(x, is_training)
        dropout/random = RandomUniform(switch:1)
        dropout/mask = Floor(dropout/random)
        norm = FusedBatchNormV3(switch:1, x, x, x, x) is_training=true
        merge = Merge(switch, dropout/mask, norm)
    """)
    assert _traits(guarded, "merge") == []


def test_functions_that_are_called_count_and_branches_do_not(graph):
    called = graph("""
        x = Placeholder dtype=float32
        p = Placeholder dtype=bool
        y = PartitionedCall(x) f=@outer
        z = If(p, x) then_branch=@inner else_branch=@inner Tout=[float32]
        def outer(a) -> (result=call:output:0)
            call = StatefulPartitionedCall(a) f=@inner
        def inner(a) -> (result=norm:y:0)
            norm = FusedBatchNormV3(a, a, a, a, a) is_training=true
    """)
    assert _traits(called, "y") == [("norm", "inner")]
    assert _traits(called, "z") == []
