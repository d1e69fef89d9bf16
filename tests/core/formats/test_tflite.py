"""TFLite files: what we say is what the interpreter, and the schema's own reader, say."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from tfreg.core.diagnostics import Severity
from tfreg.core.errors import NoGraphError
from tfreg.core.formats.registry import recognise
from tfreg.core.formats.tflite import TfliteFormat
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import Quantization, Shape, TensorSpec
from tfreg.core.trees import LocalTree, MemoryTree

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = sorted(path.stem for path in (FIXTURES / "truth").glob("*tflite*.json"))
HAS_INTERPRETER = [name for name in NAMES if name not in ("tflite_custom_op", "tflite_flex")]


def inspect(name: str) -> Inspection:
    return TfliteFormat().inspect(LocalTree(FIXTURES / "models" / f"{name}.tflite"))


def truth(name: str) -> dict:
    return json.loads((FIXTURES / "truth" / f"{name}.json").read_text())


def quantization(found: dict | None) -> Quantization | None:
    return found and Quantization(tuple(found["scales"]), tuple(found["zero_points"]), found["axis"])


def shape(sizes: list[int]) -> Shape:
    return tuple(None if size < 0 else size for size in sizes)


def as_interpreted(spec: TensorSpec) -> tuple:
    return (spec.tensor_index, spec.dtype, spec.shape, spec.quantization)


def interpreted(found: dict) -> tuple:
    return (found["index"], found["dtype"], shape(found["shape_signature"]), quantization(found["quantization"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_tflite_file_is_recognised_by_its_content(name):
    content = (FIXTURES / "models" / f"{name}.tflite").read_bytes()
    assert recognise(MemoryTree({"model.bin": content})).name == "tflite"


@pytest.mark.parametrize("name", HAS_INTERPRETER)
def test_inputs_and_outputs_are_the_interpreters_in_its_order(name):
    main, expected = inspect(name).subgraphs[0], truth(name)["interpreter"]
    for ours, theirs in ((main.inputs, expected["inputs"]), (main.outputs, expected["outputs"])):
        assert [as_interpreted(spec) for spec in ours] == [interpreted(found) for found in theirs]
        assert [spec.ref.operation for spec in ours] == [found["name"] for found in theirs]


@pytest.mark.parametrize("name", HAS_INTERPRETER)
def test_signatures_are_the_interpreters(name):
    (meta_graph,) = inspect(name).meta_graphs
    expected = truth(name)["interpreter"]["signatures"]
    assert [signature.key for signature in meta_graph.signatures] == sorted(expected)
    for signature in meta_graph.signatures:
        theirs = expected[signature.key]
        assert {spec.key: as_interpreted(spec) for spec in signature.inputs} == {
            key: interpreted(found) for key, found in theirs["inputs"].items()
        }
        assert {spec.key: as_interpreted(spec) for spec in signature.outputs} == {
            key: interpreted(found) for key, found in theirs["outputs"].items()
        }
        assert all(spec.ref is None for spec in signature.inputs + signature.outputs)


@pytest.mark.parametrize("name", NAMES)
def test_subgraphs_and_operators_are_those_of_the_schema(name):
    found, expected = inspect(name), truth(name)
    assert [
        (graph.name, graph.operator_count, graph.tensor_count, [spec.tensor_index for spec in graph.inputs])
        for graph in found.subgraphs
    ] == [(graph["name"] or "", len(graph["ops"]), len(graph["tensors"]), graph["inputs"]) for graph in expected["subgraphs"]]
    ops = {op["custom"] or op["op"] for graph in expected["subgraphs"] for op in graph["ops"]}
    assert set(found.meta_graphs[0].ops) == ops
    places = [f"{signature['key']}={signature['subgraph']}" for signature in expected["signature_defs"]]
    assert found.facts.get("tflite.signature_subgraphs", places[0] if places else "") == ", ".join(places)


@pytest.mark.parametrize("name", NAMES)
def test_constants_are_those_of_the_schema_bit_for_bit(name):
    content = (FIXTURES / "models" / f"{name}.tflite").read_bytes()
    tensors = [tensor for graph in truth(name)["subgraphs"] for tensor in graph["tensors"] if tensor["size_bytes"]]
    expected = {
        (found["name"], found["type"].lower(), tuple(found["shape"]), found["sha256"], quantization(found["quantization"]))
        for found in tensors
        if found["type"] != "STRING"
    }
    ours = {
        (
            tensor.name.partition("#")[0],
            tensor.dtype,
            tensor.shape,
            hashlib.sha256(content[tensor.offset_bytes : tensor.offset_bytes + tensor.size_bytes]).hexdigest(),
            tensor.quantization,
        )
        for tensor in inspect(name).tensors
    }
    assert ours == expected


@pytest.mark.parametrize("name", NAMES)
def test_files_are_cut_at_their_constants(name):
    tree = LocalTree(FIXTURES / "models" / f"{name}.tflite")
    (spans,) = TfliteFormat().tensor_spans(tree, inspect(name)).values()
    places = {(span.offset_bytes, span.length_bytes) for span in spans}
    assert places >= {(tensor.offset_bytes, tensor.size_bytes) for tensor in inspect(name).tensors}


def test_names_are_one_value_each():
    for name in NAMES:
        names = [tensor.name for tensor in inspect(name).tensors]
        assert names == sorted(set(names), key=str.encode)


def test_metadata_is_told():
    facts, expected = inspect("tflite_metadata").facts, truth("tflite_metadata")["model"]
    told = json.loads(expected["metadata_json"])
    for key in ("name", "description", "version", "author", "license"):
        assert facts[f"metadata.{key}"] == told[key]
    assert facts["metadata.associated_files"] == "labels.txt (13 bytes)"
    assert facts["metadata.input_0"] == "picture: Eight by eight pixels."
    assert facts["metadata.output_1"] == "score: A number."


def test_who_converted_it_is_told():
    found = inspect("tflite_int8")
    assert found.meta_graphs[0].tensorflow_version == "2.21.0"
    assert found.facts["tflite.schema_version"] == "3"
    assert found.facts["tflite.min_runtime_version"] == "1.14.0"
    assert found.facts["conversion.model_type"] == "KERAS_MODEL"
    assert found.facts["conversion.optimization_modes"] == "PTQ_FULL_INTEGER"


@pytest.mark.parametrize(
    ("name", "code", "op"), [("tflite_flex", "TFR301", "MatrixDeterminant"), ("tflite_custom_op", "TFR302", "Acosh")]
)
def test_ops_that_the_interpreter_must_be_given_are_told_by_name(name, code, op):
    (problem,) = inspect(name).problems
    assert (problem.code, problem.severity) == (code, Severity.WARNING)
    assert op in problem.message
    assert problem.hint


def test_another_schema_version_is_told():
    content = (FIXTURES / "models" / "tflite_int8.tflite").read_bytes()
    old = content[:4] + b"TFL2" + content[8:]
    tree = MemoryTree({"m.tflite": old})
    assert recognise(tree).name == "tflite"
    assert "TFL2" in TfliteFormat().inspect(tree).problems[0].message


def test_files_beside_it_are_told():
    content = (FIXTURES / "models" / "tflite_int8.tflite").read_bytes()
    tree = MemoryTree({"m.tflite": content, "labels.txt": b"cat\n"})
    (problem,) = recognise(tree).inspect(tree).problems
    assert (problem.code, problem.severity) == ("TFR105", Severity.INFO)


def test_it_has_no_graph():
    with pytest.raises(NoGraphError):
        TfliteFormat().graph(LocalTree(FIXTURES / "models" / "tflite_int8.tflite"), 0)


def test_a_file_of_a_gibibyte_is_inspected_at_once_by_reading_little(tmp_path):
    content = (FIXTURES / "models" / "tflite_two_signatures.tflite").read_bytes()
    path = tmp_path / "large.tflite"
    with path.open("wb") as file:
        file.write(content)
        file.truncate(1 << 30)
    started = time.process_time()
    assert len(TfliteFormat().inspect(LocalTree(path)).meta_graphs[0].signatures) == 2
    assert time.process_time() - started < 5
