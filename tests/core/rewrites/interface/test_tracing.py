"""Signatures made of traced functions."""

import pytest

from tests.core.rewrites.interface.conftest import named
from tfreg.core.errors import FunctionNotFoundError, OptionUnsupportedError, RequestInvalidError, SignatureAmbiguousError


def _types(specs):
    return {spec.key: (spec.dtype, spec.shape) for spec in specs}


def test_arguments_are_inputs_and_the_dict_that_it_returns_the_outputs(choose):
    (signature,) = choose("tf2_no_signatures", function="serve").signatures
    assert signature.key == "serving_default"
    assert _types(signature.inputs) == {"x": ("float32", (None, 4)), "y": ("int32", (None,))}
    assert _types(signature.outputs) == {"constant": ("int32", (3,)), "score": ("float32", (None, 3))}


def test_what_it_captured_are_the_graphs_variables(choose):
    call = choose("tf2_no_signatures", function="serve").trace
    assert [str(ref) for ref in call.captures] == ["kernel:0", "bias:0"]


def test_tables_that_it_captured_are_found_by_other_calls(choose):
    interface = choose("tf2_vocab", function="serve")
    assert [ref.operation for ref in interface.trace.captures] == [
        "hash_table",
        "Const_1",
        "embedding",
        "MutableHashTable",
        "Const",
    ]
    assert interface.targets == ("NoOp",)


def test_new_nodes_have_names_that_are_free(choose):
    interface = choose("tf2_module_signatures", function="dense")
    assert str(interface.signatures[0].inputs[0].ref) == "serving_default_x_1:0"
    assert interface.trace.node == "StatefulPartitionedCall_3"


def test_of_several_traces_the_spec_says_which(choose):
    with pytest.raises(SignatureAmbiguousError) as refused:
        choose("tf2_module_signatures", function="call")
    assert "--function call --spec training=False" in refused.value.hint
    assert choose("tf2_module_signatures", function="call", spec="training=False").trace.function == "__inference_call_165"
    assert choose("tf2_module_signatures", function="call", spec="scale=0.5").trace.function == "__inference_call_211"


def test_an_unknown_function_is_refused_with_the_nearest(choose):
    with pytest.raises(FunctionNotFoundError) as refused:
        choose("tf2_no_signatures", function="sreve")
    assert refused.value.metadata["nearest"] == "serve"


def test_a_function_that_was_never_traced_has_no_graph(choose):
    with pytest.raises(FunctionNotFoundError, match="never traced"):
        choose("tf2_no_signatures", function="nested")


def test_arguments_that_no_trace_has_are_refused_with_those_that_there_are(choose):
    with pytest.raises(FunctionNotFoundError) as refused:
        choose("tf2_module_signatures", function="call", spec="x: float32[?,3]")
    assert "--function call --spec training=False" in refused.value.metadata["existing"]


def test_the_only_trace_is_told_with_its_spec_to_copy(choose):
    with pytest.raises(FunctionNotFoundError) as refused:
        choose("tf2_no_signatures", function="serve", spec="garbage")
    assert "--function serve --spec 'x: float32[?,4]" in refused.value.hint


def test_a_model_of_tensorflow_1_has_no_functions(choose):
    with pytest.raises(FunctionNotFoundError, match="TensorFlow 2"):
        choose("tf1_saved_model", function="serve")


def test_a_spec_without_a_function_says_nothing(choose):
    with pytest.raises(OptionUnsupportedError):
        choose("tf2_no_signatures", spec="x: float32[?,4]")


def test_components_of_composite_tensors_are_arguments_of_their_own(choose):
    (signature,) = choose("tf2_arguments", function="sparse").signatures
    assert _types(signature.inputs) == {
        "x": ("float32", (1,)),
        "value": ("int64", (None, 2)),
        "value_1": ("float32", (None,)),
        "value_2": ("int64", (2,)),
    }


def test_arguments_in_dicts_and_lists_have_the_names_that_tensorflow_gives_them(choose):
    (signature,) = choose("tf2_module_signatures", function="nested", spec="options=None").signatures
    assert sorted(_types(signature.inputs)) == ["inputs_a", "inputs_b_0", "inputs_b_1"]


def test_outputs_can_be_picked_and_keys_renamed(choose):
    (signature,) = choose(
        "tf2_no_signatures", function="serve", outputs=named("probability=score"), inputs=named("image=x")
    ).signatures
    assert sorted(_types(signature.outputs)) == ["probability"]
    assert sorted(_types(signature.inputs)) == ["image", "y"]


def test_an_output_that_the_function_does_not_return_is_refused(choose):
    with pytest.raises(RequestInvalidError, match="scores"):
        choose("tf2_no_signatures", function="serve", outputs=named("scores"))
