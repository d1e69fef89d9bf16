"""What is unsafe in a graph: told by op, node and function; nothing is told of plain exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfreg.core.codecs.varint import encode
from tfreg.core.diagnostics import CODES, Diagnostic, Severity
from tfreg.core.formats.registry import recognise
from tfreg.core.ops.table import is_registered
from tfreg.core.scanning.report import safety_report
from tfreg.core.scanning.unsafe_ops import UNSAFE_OPS
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef, NodeDef
from tfreg.wire.saved_model_pb2 import SavedModel

FIXTURES = Path(__file__).parents[2] / "fixtures"
SAVED_MODEL_CLI_DENIES = {"WriteFile", "ReadFile", "PrintV2"}  # tensorflow/python/tools/saved_model_cli.py of TensorFlow 2.21
MODELSCAN_DENIES = {"WriteFile", "ReadFile"}  # modelscan/settings.py of modelscan 0.8.8


def graph(*ops: str, function: str = "") -> GraphDef:
    """A graph with a node of each op, within a function if one is named."""
    made = GraphDef(node=[{"name": "x", "op": "Placeholder"}])
    nodes = made.node
    if function:
        body = made.library.function.add()
        body.signature.name = function
        made.node.add(name="call", op="PartitionedCall")
        nodes = body.node_def
    for op in ops:
        nodes.add(name=f"n/{op}", op=op)
    return made


def problems(made: GraphDef) -> tuple[Diagnostic, ...]:
    tree = MemoryTree({"g.pb": made.SerializeToString()})
    return recognise(tree).inspect(tree).problems


def found(made: GraphDef) -> list[tuple[str, str, str, str]]:
    """Code, severity, operation and function of each finding."""
    return [(p.code, p.severity.value, p.place.operation, p.place.function) for p in problems(made)]


@pytest.mark.parametrize("op", sorted(UNSAFE_OPS))
def test_every_op_of_the_table_is_found_in_a_function_unless_its_node_must_say_more(op):
    told = found(graph(op, function="f"))
    if all(row.condition for row in UNSAFE_OPS[op]) and not told:
        return
    ((code, _, operation, function),) = told
    assert (code, operation, function) == (UNSAFE_OPS[op][-1].code, f"n/{op}", "f")
    assert code in CODES


def test_ops_of_the_table_are_ops_of_tensorflow():
    assert {op for op in UNSAFE_OPS if not is_registered(op)} == {"RemoteFusedGraphExecute"}  # older releases had it


@pytest.mark.parametrize("op", sorted(SAVED_MODEL_CLI_DENIES | MODELSCAN_DENIES))
def test_what_other_scanners_deny_is_found(op):
    assert [p.place.operation for p in problems(graph(op))] == [f"n/{op}"]


@pytest.mark.parametrize(
    ("op", "code"), [("ReadFile", "TFR401"), ("PyFunc", "TFR402"), ("RpcCall", "TFR407"), ("Abort", "TFR408")]
)
def test_a_finding_names_op_node_and_function_and_says_what_to_do(op, code):
    (finding,) = problems(graph(op, function="f"))
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert (finding.place.file, finding.place.operation, finding.place.function) == ("g.pb", f"n/{op}", "f")
    assert finding.message.startswith(op)
    assert finding.hint


def test_the_top_level_has_no_function():
    assert found(graph("EagerPyFunc")) == [("TFR402", "warning", "n/EagerPyFunc", "")]


def test_a_text_graph_is_scanned_too():
    tree = MemoryTree({"g.pbtxt": b'node { name: "r" op: "ReadFile" }'})
    assert [(p.code, p.place.operation) for p in recognise(tree).inspect(tree).problems] == [("TFR401", "r")]


def test_an_op_that_tensorflow_lacks_needs_a_native_library():
    assert found(graph("MyCompany>Attention")) == [("TFR405", "warning", "n/MyCompany>Attention", "")]


def test_a_call_of_a_library_function_by_name_is_no_custom_op():
    made = graph("Relu", function="my_function")
    made.node.add(name="direct", op="my_function")
    assert found(made) == []


def test_hundreds_of_custom_ops_are_told_in_few_lines_that_hide_nothing_worse():
    told = found(graph(*(f"Custom{number}" for number in range(300)), "WriteFile"))
    assert told[0] == ("TFR401", "warning", "n/WriteFile", "")
    assert len(told) == 22


def test_many_nodes_of_one_op_are_told_by_the_first_three():
    made = GraphDef(node=[{"name": f"r{number}", "op": "ReadFile"} for number in range(50)])
    told = problems(made)
    assert [p.place.operation for p in told] == ["r0", "r1", "r2"]
    assert "more" in told[-1].message


def test_unsafe_ops_are_told_even_where_a_hundred_other_problems_are():
    model = SavedModel(saved_model_schema_version=1)
    meta_graph = model.meta_graphs.add(graph_def=graph("ReadFile"))
    for number in range(200):
        meta_graph.signature_def["s"].inputs[f"ghost{number}"].name = f"ghost{number}:0"
    tree = MemoryTree({"saved_model.pb": model.SerializeToString()})
    assert "TFR401" in {p.code for p in recognise(tree).inspect(tree).problems}


class TestOpsThatPlainExportsHave:
    def test_the_savers_own_ops_are_not_told(self):
        made = GraphDef(node=[{"name": "save/SaveV2", "op": "SaveV2"}, {"name": "save/RestoreV2", "op": "RestoreV2"}])
        for name in ("__inference__traced_save_12", "__inference__traced_restore_34"):
            body = made.library.function.add()
            body.signature.name = name
            body.node_def.add(name="SaveV2", op="SaveV2")
            body.node_def.add(name="MergeV2Checkpoints", op="MergeV2Checkpoints")
        assert found(made) == []

    def test_what_keras_of_tf1_leaves_in_a_graph_is_a_remark(self):
        made = GraphDef(node=[{"name": "SaveV2_1", "op": "SaveV2"}, {"name": "MergeV2Checkpoints", "op": "MergeV2Checkpoints"}])
        assert {(code, severity) for code, severity, *_ in found(made)} == {("TFR401", "info")}

    def test_nodes_in_the_scope_of_the_savers_filename_are_its_own(self):
        model = SavedModel(saved_model_schema_version=1)
        model.meta_graphs.add(graph_def=graph("SaveV2")).saver_def.filename_tensor_name = "n/Const:0"
        tree = MemoryTree({"saved_model.pb": model.SerializeToString()})
        assert not safety_report(recognise(tree).inspect(tree).problems, "").groups

    def test_checkpoints_written_elsewhere_are(self):
        assert found(graph("SaveV2", function="serve")) == [("TFR401", "warning", "n/SaveV2", "serve")]
        assert found(graph("RestoreV2")) == [("TFR401", "info", "n/RestoreV2", "")]

    @pytest.mark.parametrize(
        ("stream", "severity"), [("stderr", "info"), ("log(info)", "info"), ("file:///etc/cron.d/x", "warning")]
    )
    def test_printing_is_a_remark_unless_it_goes_to_a_file(self, stream, severity):
        made = graph("PrintV2")
        made.node[-1].attr["output_stream"].s = stream.encode()
        assert found(made) == [("TFR401", severity, "n/PrintV2", "")]

    def test_debug_ops_without_an_address_are_harmless(self):
        made = graph("DebugIdentity")
        assert found(made) == []
        made.node[-1].attr["debug_urls"].list.s.append(b"grpc://somewhere:1")
        assert [code for code, *_ in found(made)] == ["TFR407"]

    def test_tables_filled_from_assets_are_harmless(self):
        assert found(graph("InitializeTableFromTextFileV2", "HashTableV2")) == []


def plain_exports() -> list[str]:
    unsafe = ("unsafe", "lambda", "py_function", "pyfunc", "custom_op")
    models = (FIXTURES / "models").iterdir()
    graphs = (path for path in models if path.suffix in (".pb", ".pbtxt") or any(path.glob("saved_model.*")))
    return sorted(path.name for path in graphs if not any(word in path.name for word in unsafe))


@pytest.mark.parametrize("name", plain_exports())
def test_no_alarm_is_raised_for_a_plain_export(name):
    tree = LocalTree(FIXTURES / "models" / name)
    report = safety_report(recognise(tree).inspect(tree).problems, "")
    assert not report.is_unsafe, [finding.message for group in report.groups.values() for finding in group]


def field(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2]) + encode(len(payload)) + payload


@pytest.mark.parametrize("inputs", [1, 200, 20_000])
@pytest.mark.parametrize("in_function", [False, True])
def test_an_op_that_a_node_says_behind_another_is_found_as_a_parser_takes_the_last(inputs, in_function):
    node = NodeDef(name="x", op="Identity", input=["p"] * inputs).SerializeToString() + b"\x12\x09WriteFile"
    content = GraphDef(node=[{"name": "p", "op": "Placeholder"}]).SerializeToString()
    if in_function:
        function = FunctionDef(signature={"name": "f"}).SerializeToString() + field(3, node)
        content += field(2, field(1, function))
    else:
        content += field(1, node)
    tree = MemoryTree({"g.pb": content})
    told = recognise(tree).inspect(tree)
    assert [problem.code for problem in told.problems] == ["TFR401"]
    assert "WriteFile" in told.meta_graphs[0].ops


class TestWhatWasNotRead:
    @pytest.mark.parametrize("code", ["TFR101", "TFR102", "TFR103", "TFR106", "TFR107"])
    def test_damage_is_told_and_a_remark_of_values_is_not(self, code):
        assert safety_report([Diagnostic(code, Severity.ERROR, "x")], "saved_model").unread
        assert not safety_report([Diagnostic(code, Severity.WARNING, "x")], "saved_model").unread

    def test_a_limit_is_told(self):
        assert safety_report([Diagnostic("TFR104", Severity.WARNING, "x")], "saved_model").unread

    @pytest.mark.parametrize(
        ("name", "told"), [("safetensors", False), ("npz", False), ("tflite", False), ("onnx", True), ("tfjs", True)]
    )
    def test_a_kind_that_is_not_read_is_told_if_it_can_hold_code(self, name, told):
        assert bool(safety_report([Diagnostic("TFR109", Severity.INFO, "x")], name).unread) is told
