"""Whether a graph fits a runtime: what real models by TensorFlow 2.21 have that TensorFlow Java 1.1.0 does not, and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import CancelledError
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reading import graph_of, read_graph
from tfreg.core.runtimes.fit import MAX_FINDINGS, misfits
from tfreg.core.runtimes.known import KNOWN, NEWEST, known_runtime, newest_ops
from tfreg.core.runtimes.op_list import RuntimeOps, read_op_list
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import GraphDef, NodeDef, OpDef, OpList

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
JAVA = "tensorflow-java-1.1.0"
UNFIT = {
    "unfit_op": [("TFR304", "DecodeWebP", "", "'DecodeWebP'")],
    "unfit_function": [("TFR304", "DecodeWebP", "__inference_<lambda>_", "'DecodeWebP'")],
    "unfit_branch": [("TFR304", "cond/DecodeWebP", "cond_true_", "'DecodeWebP'")],
    "unfit_dtype": [
        ("TFR306", "cond/quantize", "cond_true_", "quint8 as 'Tout' of the op 'UniformQuantize'"),
        ("TFR306", "cond/dequantize", "cond_true_", "quint8 as 'Tin' of the op 'UniformDequantize'"),
    ],
    "unfit_attribute": [("TFR305", "get_item", "__inference_serve_", "'Tshape' of the op 'TensorListGetItem'")],
}
GOOD = sorted(path.name for path in MODELS.iterdir() if path.name not in UNFIT)


@cache
def ops_of(name: str) -> RuntimeOps:
    return read_op_list(known_runtime(name)[1])


def found_in(model: str, *runtimes: str) -> list[Diagnostic]:
    selected = select(*open_path(MODELS / model))
    graphs = selected.format.inspect(selected.tree).meta_graphs if selected.format.has_graph else ()
    found: list[Diagnostic] = []
    for number in range(len(graphs)):
        with selected.format.graph(selected.tree, number) as graph:
            found += [one for runtime in runtimes for one in misfits(graph, ops_of(runtime), runtime, newest_ops)]
    return found


@pytest.mark.parametrize("model", UNFIT)
def test_what_tensorflow_java_cannot_run_is_told_by_op_node_and_function(model: str) -> None:
    found = found_in(model, JAVA)
    assert [(one.code, one.place.operation) for one in found] == [(code, operation) for code, operation, _, _ in UNFIT[model]]
    for one, (_, operation, function, what) in zip(found, UNFIT[model], strict=True):
        assert one.severity is Severity.ERROR
        assert one.place.function.startswith(function)
        assert bool(one.place.function) == bool(function)
        assert what in one.message
        assert repr(operation) in one.message
        assert one.hint


@pytest.mark.parametrize("model", [*GOOD, *UNFIT])
def test_a_model_has_no_finding_against_a_tensorflow_that_runs_it(model: str) -> None:
    runtimes = tuple(KNOWN) if model in GOOD else (NEWEST,)
    assert found_in(model, *runtimes) == []


# -- rules, on small graphs --


def small_ops(*fields: dict[str, object]) -> RuntimeOps:
    return read_op_list(OpList(op=[OpDef(**one) for one in fields]).SerializeToString())  # type: ignore[arg-type]


OPS = small_ops(
    {"name": "Const", "attr": [{"name": "dtype", "type": "type"}]},
    {
        "name": "Cut",
        "attr": [
            {"name": "T", "type": "type", "allowed_values": {"list": {"type": [1]}}, "default_value": {"type": 1}},
            {"name": "L", "type": "list(type)", "allowed_values": {"list": {"type": [1, 3]}}, "default_value": {"list": {}}},
            {"name": "mode", "type": "string", "allowed_values": {"list": {"s": [b"a"]}}, "default_value": {"s": b"a"}},
        ],
    },
)
NEWER = small_ops(
    {"name": "New", "attr": []},
    {"name": "Cut", "attr": [{"name": "extra", "type": "bool", "default_value": {"b": False}}]},
)


def found_of(*nodes: dict[str, object], functions: dict[str, list[dict[str, object]]] | None = None) -> list[Diagnostic]:
    """Findings of a graph read from its bytes, which are those of the same graph that is in memory."""
    message = GraphDef(node=nodes)  # type: ignore[arg-type]
    for name, body in (functions or {}).items():
        message.library.function.add(signature={"name": name}, node_def=body)  # type: ignore[arg-type]
    content = message.SerializeToString()
    with read_graph(BytesReader(content), 0, len(content)) as graph:
        found = compared(graph)
    assert found == compared(graph_of(message))
    return found


def compared(graph: Graph) -> list[Diagnostic]:
    return misfits(graph, OPS, "old", lambda: NEWER)


def node(op: str, name: str = "n", **attr: object) -> dict[str, object]:
    return {"name": name, "op": op, "attr": attr}


def codes(found: list[Diagnostic]) -> list[str]:
    return [one.code for one in found]


def test_a_call_of_a_library_function_is_no_unknown_op() -> None:
    assert found_of(node("serve"), functions={"serve": [node("Cut")]}) == []


def test_a_function_that_nothing_calls_is_looked_at_too() -> None:
    (found,) = found_of(functions={"dead": [node("New", "at")]})
    assert (found.code, found.place.function, found.place.operation) == ("TFR304", "dead", "at")


def test_the_hint_tells_an_op_of_a_newer_tensorflow_from_one_of_a_library() -> None:
    newer, custom = found_of(node("New", "a"), node("Vendor>Op", "b"))
    assert "newer TensorFlow" in newer.hint
    assert "library" in custom.hint


def test_nodes_of_one_op_are_one_finding_with_their_count() -> None:
    (found,) = found_of(*(node("New", f"n{number}") for number in range(5)))
    assert found.place.operation == "n0"
    assert found.message == "old does not have the op 'New' (node 'n0', and 4 more)."


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ({"extra": {"b": False}}, []),
        ({"extra": {"b": True}}, ["TFR305"]),
        ({"unknown_to_all": {"i": 0}}, ["TFR305"]),
        ({"_class": {"s": b"x"}}, []),
        ({"T": {"type": 1}}, []),
        ({"T": {"type": 2}}, ["TFR306"]),
        ({"T": {"placeholder": "T"}}, []),
        ({"L": {"list": {"type": [1, 3]}}}, []),
        ({"L": {"list": {"type": [1, 4]}}}, ["TFR306"]),
        ({"mode": {"s": b"a"}}, []),
        ({"mode": {"s": b"b"}}, ["TFR306"]),
    ],
    ids=str,
)
def test_attributes_and_their_values_are_compared(attrs: dict[str, object], expected: list[str]) -> None:
    assert codes(found_of(node("Cut", **attrs))) == expected
    assert codes(found_of(functions={"f": [node("Cut", **attrs)]})) == expected


def test_an_attribute_that_the_runtime_wants_and_the_node_lacks_is_told() -> None:
    (found,) = found_of(node("Const"))
    assert (found.code, found.message) == (
        "TFR305",
        "old wants the attribute 'dtype' of the op 'Const', which is not there (node 'n').",
    )


def test_a_node_that_says_its_op_twice_has_the_last_one() -> None:
    content = GraphDef(node=[node("Cut", "twice")]).SerializeToString()  # type: ignore[list-item]
    twice = content[2:] + b"\x12\x03New"
    both = b"\x0a" + bytes([len(twice)]) + twice
    with read_graph(BytesReader(content + both.replace(b"twice", b"other")), 0, len(content + both)) as graph:
        (found,) = compared(graph)
    assert (found.code, found.place.operation) == ("TFR304", "other")


def test_of_many_findings_the_last_says_how_many_more_there_are() -> None:
    found = found_of(*(node(f"Op{number}", f"n{number}") for number in range(MAX_FINDINGS + 20)))
    assert len(found) == MAX_FINDINGS
    assert codes(found[:-1]) == ["TFR304"] * (MAX_FINDINGS - 1)
    assert (found[-1].code, found[-1].severity) == ("TFR308", Severity.ERROR)
    assert found[-1].message == "old: 21 more findings are not listed."


def test_a_comparison_that_nobody_waits_for_any_more_ends() -> None:
    asked = iter([True, True, False])

    def go_on() -> None:
        if not next(asked):
            raise CancelledError("Nobody waits.")

    graph = graph_of(GraphDef(node=[NodeDef(name=f"n{number}", op="Cut") for number in range(5000)]))
    with pytest.raises(CancelledError):
        misfits(graph, OPS, "old", lambda: NEWER, go_on)
    assert next(asked, None) is None


def test_names_without_end_are_cut() -> None:
    (found,) = found_of(node("Op" * 10_000, "n" * 20_000))
    assert len(found.message) < 2000
    assert len(found.place.operation) < 600
