"""The op table answers as TensorFlow does, for each node of each fixture."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from google.protobuf import text_format

from tfreg.core.ops.arguments import flat_index, input_dtypes, output_dtypes
from tfreg.core.ops.table import ArgSignature, _lines, is_stateful, lookup, signature_of
from tfreg.wire.graph_pb2 import GraphDef, NodeDef
from tfreg.wire.saved_model_pb2 import SavedModel

FIXTURES = Path(__file__).parents[1] / "fixtures"
MODELS = sorted([*FIXTURES.glob("models/*/saved_model.pb*"), *FIXTURES.glob("models/*.pb*")])


def _graphs(path):
    """The GraphDefs of a fixture beside what TensorFlow said of each."""
    message = GraphDef() if path.parent.name == "models" else SavedModel()
    if path.suffix == ".pb":
        message.ParseFromString(path.read_bytes())
    else:
        text_format.Parse(path.read_text(), message)
    name = path.stem if isinstance(message, GraphDef) else path.parent.name
    truth = json.loads((FIXTURES / "truth" / f"{name}.json").read_text())
    if isinstance(message, GraphDef):
        return [(message, truth)]
    return [(meta.graph_def, said) for meta, said in zip(message.meta_graphs, truth["meta_graphs"], strict=True)]


def _node(op, text=""):
    return text_format.Parse(f'name: "n" op: "{op}" {text}', NodeDef())


def _outputs(op, text=""):
    return output_dtypes(lookup(op), _node(op, text).attr)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_outputs_of_each_node_of_a_fixture_have_the_number_and_types_that_tensorflow_says(path):
    for graph, truth in _graphs(path):
        for node in graph.node:
            said = [dtype for dtype, _ in truth["nodes"][node.name][2]]
            assert list(output_dtypes(lookup(node.op), node.attr)) == said, node.name


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_inputs_of_each_node_are_as_many_as_the_op_asks_for(path):
    for graph, truth in _graphs(path):
        for node in graph.node:
            data = [name for name in truth["nodes"][node.name][1] if not name.startswith("^")]
            assert len(input_dtypes(lookup(node.op), node.attr)) == len(data), node.name


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_names_within_functions_mean_the_output_that_tensorflow_says(path):
    for graph, truth in _graphs(path):
        signatures = {f.signature.name: signature_of(f.signature) for f in graph.library.function}
        for function in graph.library.function:
            said = truth["functions"][function.signature.name]
            for node in function.node_def:
                op = signatures.get(node.op) or lookup(node.op)
                assert list(output_dtypes(op, node.attr)) == said["nodes"][node.name][1]
            nodes = {node.name: node for node in function.node_def}
            for nested, flat in said["flat"].items():
                name, output, index = nested.split(":")
                op = signatures.get(nodes[name].op) or lookup(nodes[name].op)
                assert f"{name}:{flat_index(op, nodes[name].attr, output, int(index))}" == flat


def test_a_fixed_type_an_attribute_a_number_and_a_list_are_told_apart():
    assert lookup("StringLength").inputs == (ArgSignature("input", dtype="string"),)
    assert lookup("MatMul").outputs == (ArgSignature("product", type_attr="T"),)
    assert lookup("Split").outputs == (ArgSignature("output", type_attr="T", number_attr="num_split"),)
    assert lookup("IdentityN").outputs == (ArgSignature("output", type_list_attr="T"),)


def test_references_are_marked():
    assert lookup("Assign").inputs[0].is_ref
    assert not lookup("Assign").inputs[1].is_ref
    assert _outputs("VariableV2", 'attr { key: "dtype" value { type: DT_FLOAT } }') == ("float32_ref",)


def test_an_attribute_that_a_node_leaves_out_has_its_default():
    assert _outputs("Shape", 'attr { key: "T" value { type: DT_FLOAT } }') == ("int32",)
    assert _outputs("Shape", 'attr { key: "out_type" value { type: DT_INT64 } }') == ("int64",)


def test_an_index_counts_within_the_output_argument():
    node = _node(
        "FusedBatchNormV3",
        'attr { key: "T" value { type: DT_HALF } } attr { key: "U" value { type: DT_FLOAT } }',
    )
    assert output_dtypes(lookup(node.op), node.attr) == ("float16",) + ("float32",) * 5
    assert flat_index(lookup(node.op), node.attr, "batch_variance", 0) == 2


def test_a_node_that_does_not_say_its_type_has_outputs_of_unknown_type():
    assert _outputs("MatMul") == ("",)


def test_a_node_that_does_not_say_its_number_of_outputs_is_refused():
    with pytest.raises(ValueError, match="lacks its attribute 'num_split'"):
        _outputs("Split")


@pytest.mark.parametrize("number", [-1, 2**60])
def test_a_number_of_outputs_that_cannot_be_is_refused(number):
    with pytest.raises(ValueError, match="cannot be a number of tensors"):
        _outputs("Split", f'attr {{ key: "num_split" value {{ i: {number} }} }}')


@pytest.mark.parametrize(("output", "index"), [("sum", 0), ("product", 1)])
def test_an_output_that_an_op_does_not_have_is_refused(output, index):
    with pytest.raises(ValueError, match="output"):
        flat_index(lookup("MatMul"), {}, output, index)


def test_stateful_ops_are_known_and_unknown_ones_may_be_stateful():
    assert is_stateful("VarHandleOp")
    assert is_stateful("StatefulPartitionedCall")
    assert not is_stateful("PartitionedCall")
    assert is_stateful("NobodyKnowsThisOp")
    assert lookup("RandomUniform").is_stateful


def test_an_unknown_op_has_no_signature():
    assert lookup("NobodyKnowsThisOp") is None
    assert lookup("RandomUniform!") is None


def test_each_line_of_the_table_can_be_read():
    for name in _lines():
        op = lookup(name)
        arguments = (*op.inputs, *op.outputs)
        named = {a for arg in arguments for a in (arg.type_attr, arg.number_attr, arg.type_list_attr)}
        assert op.name == name
        assert op.defaults.keys() <= named
        assert all(arg.name and (arg.dtype or arg.type_attr or arg.type_list_attr) for arg in arguments)


def test_the_table_loads_fast():
    def seconds():
        _lines.cache_clear()
        start = time.perf_counter()
        _lines()
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.1


@pytest.mark.tensorflow
def test_the_table_is_what_its_tool_writes():
    tool = "import op_table; print('\\n'.join(map(op_table.line, op_table.registered())))"
    done = subprocess.run(
        [sys.executable, "-c", tool], cwd=FIXTURES / "make", capture_output=True, text=True, check=True, timeout=120
    )
    table = Path(sys.modules["tfreg.core.ops.table"].__file__).with_name("op_table.txt")
    assert done.stdout == table.read_text()
