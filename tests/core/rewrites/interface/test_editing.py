"""Edits that need no TensorFlow to be seen, and graphs that are damaged."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rewrites.interface.conftest import MODELS, named, request_of
from tfreg.core.conversions.options import ConversionOptions, InputShape, Renamed
from tfreg.core.errors import TfregError
from tfreg.core.rewrites.graphs.edit import open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface


@pytest.fixture
def written(tmp_path, graph_def):
    """Writes a graph to a file."""

    def write(text):
        path = tmp_path / "graph.pb"
        path.write_bytes(graph_def(text).SerializeToString())
        return path

    return write


def _inputs(edited):
    return {node.name: list(node.input) for node in edited.graph.node}


def test_control_inputs_wait_for_the_placeholder(written, edited):
    path = written("""
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[float32,int32]
        y = Relu(next, ^next)
        z = Identity(y, ^next, ^y) T=float32
    """)
    result = edited(path, outputs=named("z"), placeholders=named("image=next:0"))
    assert _inputs(result)["y"] == ["image", "^image"]
    assert _inputs(result)["z"] == ["y", "^image", "^y"]


def test_a_batch_of_which_only_one_part_is_needed_keeps_its_name(written, edited):
    path = written("""
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[float32,int32]
        y = Relu(next) T=float32
        loss = Abs(next:1) T=int32
        train = Neg(loss) T=int32
    """)
    result = edited(path, outputs=named("y"))
    assert _inputs(result) == {"iterator": [], "next": [], "y": ["next"]}
    assert result.interface.renamed == {}


def test_both_parts_of_a_batch_get_names_of_their_own(written, edited):
    path = written("""
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[float32,float32]
        y = AddV2(next, next:1) T=float32
    """)
    result = edited(path, outputs=named("y"))
    assert _inputs(result)["y"] == ["next_0", "next_1"]
    assert result.interface.renamed == {"next:0": "next_0:0", "next:1": "next_1:0"}


def test_a_name_is_found_by_what_the_tensor_was_called_before(written, edited):
    path = written("""
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[float32,float32]
        y = AddV2(next, next:1) T=float32
    """)
    result = edited(path, outputs=named("y"), renamed=(Renamed("best", "y:0"), Renamed("seen", "next:1")))
    assert _inputs(result)["best"] == ["y"]
    assert _inputs(result)["seen"] == ["next_1"]
    assert result.interface.renamed["next:1"] == "seen:0"


def test_a_shape_changes_in_every_signature_that_has_the_key(edited):
    result = edited("estimator_1_15", "saved_model", shapes=(InputShape("inputs", (7,)),))
    shapes = {signature.key: signature.inputs[0].shape for signature in result.interface.signatures}
    assert shapes["classification"] == shapes["regression"] == (7,)


def test_what_tensorflow_noted_of_old_shapes_is_dropped_where_they_flow(edited):
    before = edited("estimator_2_12").graph
    after = edited("estimator_2_12", shapes=(InputShape("input_ids", (3, 8)), InputShape("input_mask", (3, 8)))).graph
    noted = {node.name for node in before.node if "_output_shapes" in node.attr}
    kept = {node.name for node in after.node if "_output_shapes" in node.attr}
    assert "loss/pred_prob" in noted - kept
    assert "bert/word_embeddings" in kept


def test_nothing_is_changed_without_options(edited):
    assert edited("estimator_2_12").graph == edited("estimator_2_12", signature="serving_default").graph


@settings(max_examples=60)
@given(
    st.sampled_from(["frozen_iterator.pb", "frozen_unsigned_two_outputs.pb", "frozen_functions.pb"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_damaged_graph_gives_an_error_of_ours_or_a_result(tmp_path_factory, name, changes):
    content = bytearray((MODELS / name).read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    path: Path = tmp_path_factory.mktemp("damaged") / "graph.pb"
    path.write_bytes(content)
    options = ConversionOptions(
        outputs=named("prob" if "iterator" in name else "mean" if "two" in name else "y"),
        shapes=(InputShape("x", (3, 4)),),
        renamed=(Renamed("new", "hidden:0"),),
        clear_devices=True,
    )
    for given_options in (options, ConversionOptions(outputs=options.outputs), ConversionOptions()):
        try:
            request = request_of(path, "saved_model", given_options)
            interface = choose_interface(request)
            with open_edit(request.source, interface.meta_graph) as edit:
                apply_options(edit, interface, request)
                edit.pieces()
        except TfregError:
            continue
