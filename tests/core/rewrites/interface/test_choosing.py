"""Which signatures a conversion's result has."""

import pytest

from tests.core.rewrites.interface.conftest import named
from tfreg.core.errors import (
    NoGraphError,
    NoSignaturesError,
    OutputNotFoundError,
    OutputsRequiredError,
    RequestInvalidError,
    SignatureInvalidError,
    SignatureNotFoundError,
    TagSetNotFoundError,
)


def _refs(specs):
    return {spec.key: str(spec.ref) for spec in specs}


def test_without_options_a_frozen_graph_gets_serving_default(choose):
    (signature,) = choose("estimator_2_12").signatures
    assert signature.key == "serving_default"
    assert _refs(signature.outputs) == {"probabilities": "loss/pred_prob:0"}


def test_an_input_that_no_output_needs_is_pruned_with_the_reason(choose):
    interface = choose("estimator_2_12")
    assert _refs(interface.signatures[0].inputs) == {"input_ids": "input_ids_1:0", "input_mask": "input_mask_1:0"}
    assert interface.pruned == {"label_ids": "no output depends on it"}
    assert [note.code for note in interface.notes] == ["TFR503"]


def test_a_saved_model_keeps_all_its_signatures(choose):
    keys = [signature.key for signature in choose("estimator_1_15", "saved_model").signatures]
    assert keys == ["classification", "predict", "regression", "serving_default"]


def test_of_a_saved_model_one_signature_can_be_picked(choose):
    (signature,) = choose("estimator_1_15", "saved_model", signature="predict").signatures
    assert signature.key == "predict"
    assert "logits" in _refs(signature.outputs)


def test_the_only_signature_is_taken_whatever_its_key(choose):
    (signature,) = choose("tf1_pbtxt").signatures
    assert signature.key


def test_a_signature_that_is_not_there_is_refused_with_what_is(choose):
    with pytest.raises(SignatureNotFoundError, match="predict"):
        choose("estimator_1_15", signature="predct")


def test_tag_sets_are_matched_as_tensorflow_does(choose):
    (signature,) = choose("tf1_multi_tag", tags=("serve", "gpu")).signatures
    assert _refs(signature.outputs) == {"y": "gpu_tower/y:0"}
    with pytest.raises(TagSetNotFoundError):
        choose("tf1_multi_tag", tags=("gpu",))


def test_outputs_are_keys_nodes_or_tensors_and_can_be_given_keys(choose):
    outputs = named("best=dnn/head/predictions/ExpandDims:0", "dnn/logits/BiasAdd")
    (signature,) = choose("estimator_1_15", signature="predict", outputs=outputs).signatures
    assert _refs(signature.outputs) == {"best": "dnn/head/predictions/ExpandDims:0", "logits": "dnn/logits/BiasAdd:0"}


def test_two_outputs_of_one_key_are_refused(choose):
    with pytest.raises(RequestInvalidError, match="best"):
        choose("frozen_unsigned_two_outputs.pb", outputs=named("best=top:1", "best=mean"))


def test_an_output_that_is_not_there_is_refused_with_the_nearest(choose):
    with pytest.raises(OutputNotFoundError, match="mean"):
        choose("frozen_unsigned_two_outputs.pb", outputs=named("meen"))


def test_a_graph_without_signature_is_never_converted_by_a_guess(choose):
    with pytest.raises(OutputsRequiredError) as refused:
        choose("frozen_unsigned_two_outputs.pb")
    assert refused.value.metadata["option"] == "--outputs mean:0,top:0,top:1"
    assert "--outputs mean:0,top:0,top:1" in refused.value.hint
    assert "mean:0 (high: computed from the inputs, and nothing consumes it)" in refused.value.metadata["candidates"]


def test_unlikely_candidates_are_told_to_programs_only(choose):
    with pytest.raises(OutputsRequiredError) as refused:
        choose("frozen_whole_training.pb")
    assert refused.value.metadata["option"] == "--outputs label:0,prob:0"
    assert "(low: a loss" in refused.value.metadata["candidates"]
    assert "low" not in refused.value.message


def test_with_outputs_the_inputs_are_the_placeholders_that_they_need(choose):
    interface = choose("frozen_unsigned_two_outputs.pb", outputs=named("mean"))
    (signature,) = interface.signatures
    assert signature.key == "serving_default"
    assert signature.method_name == "tensorflow/serving/predict"
    assert _refs(signature.inputs) == {"x": "x:0"}
    assert [spec.dtype for spec in signature.inputs] == ["float32"]
    assert [spec.shape for spec in signature.inputs] == [(None, 10)]


def test_the_key_of_the_new_signature_can_be_named(choose):
    (signature,) = choose("frozen_unsigned_two_outputs.pb", outputs=named("mean"), signature="average").signatures
    assert signature.key == "average"


def test_inputs_can_be_tensors_within_the_graph(choose):
    (signature,) = choose("frozen_unsigned_two_outputs.pb", outputs=named("mean"), inputs=named("features=hidden")).signatures
    assert _refs(signature.inputs) == {"features": "hidden:0"}


def test_a_placeholder_that_is_needed_but_not_named_is_told(choose):
    notes = choose("frozen_unsigned_two_outputs.pb", outputs=named("top"), inputs=named("k")).notes
    assert [note.code for note in notes] == ["TFR203"]
    assert "x:0" in notes[0].message


def test_an_input_that_is_not_there_is_refused(choose):
    with pytest.raises(SignatureInvalidError, match="hiden"):
        choose("frozen_unsigned_two_outputs.pb", outputs=named("mean"), inputs=named("hiden"))


def test_batches_of_an_iterator_are_inputs_of_a_frozen_graph(choose):
    (signature,) = choose("frozen_iterator.pb", outputs=named("prob")).signatures
    assert _refs(signature.inputs)["IteratorGetNext"] == "IteratorGetNext:0"


def test_a_placeholder_takes_the_place_of_a_batch(choose):
    (signature,) = choose("frozen_iterator.pb", outputs=named("prob"), placeholders=named("image=IteratorGetNext:0")).signatures
    assert _refs(signature.inputs)["image"] == "image:0"
    assert "IteratorGetNext" not in _refs(signature.inputs)


def test_a_placeholder_needs_a_name_that_is_free(choose):
    with pytest.raises(RequestInvalidError, match="taken"):
        choose("frozen_iterator.pb", outputs=named("prob"), placeholders=named("hidden=IteratorGetNext:0"))


def test_what_fills_tables_is_run_first(choose):
    assert choose("tf1_assets_table").targets == ("init_all_tables_1",)
    assert choose("tf1_legacy_init_op").targets == ("legacy_init",)
    assert choose("tf2_vocab").targets == ("NoOp",)


def test_an_initialiser_that_does_nothing_is_left_out(choose):
    assert choose("tf2_module_signatures").targets == ()


def test_a_format_without_graph_is_refused(choose):
    with pytest.raises(NoGraphError):
        choose("checkpoint_tf2")


def test_the_interface_is_that_of_the_graph_that_was_given(choose):
    interface = choose("checkpoint_estimator_2_12", others={"graph": "estimator_2_12"})
    assert _refs(interface.signatures[0].outputs) == {"probabilities": "loss/pred_prob:0"}


def test_a_saved_model_of_functions_only_is_refused_with_the_options_to_give(choose):
    with pytest.raises(NoSignaturesError) as refused:
        choose("tf2_no_signatures")
    assert refused.value.metadata["options"] == "--function call; --function dense; --function describe; --function serve"
