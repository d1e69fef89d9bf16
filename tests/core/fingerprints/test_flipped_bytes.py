"""No weight is left out silently: another byte gives other fingerprints, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf import text_format

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.files import FileTree
from tfreg.core.fingerprints.computing import fingerprints_of
from tfreg.core.fingerprints.weights import is_of_model
from tfreg.core.formats.selecting import Selected, open_path, select
from tfreg.core.inspections import Inspection
from tfreg.core.records import Fingerprints
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.core.weights import is_weight
from tfreg.wire.graph_pb2 import GraphDef, NodeDef
from tfreg.wire.tensor_pb2 import DataType

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
MAX_FLIPS = 4


def selected_of(name: str) -> Selected:
    return select(*open_path(MODELS / name))


def is_flippable(tensor: StoredTensor) -> bool:
    return (
        tensor.stored_as is StoredAs.RAW
        and is_weight(tensor.dtype, tensor.shape, tensor.quantization)
        and is_of_model(tensor.name)
    )


def copied(tree: FileTree) -> dict[str, bytes]:
    files = {}
    for file in tree.files():
        with tree.open(file.path) as reader:
            files[file.path] = reader.read_at(0, reader.size_bytes)
    return files


def flipped(files: dict[str, bytes], tensors: Iterable[StoredTensor]) -> MemoryTree:
    contents = {path: bytearray(content) for path, content in files.items()}
    for file, offset in {(tensor.file, tensor.offset_bytes) for tensor in tensors}:  # tensors may share their bytes
        contents[file][offset] ^= 1
    return MemoryTree({path: bytes(content) for path, content in contents.items()})


def fingerprints(chosen: Selected, tree: FileTree) -> Fingerprints:
    return fingerprints_of(tree, chosen.format, chosen.format.inspect(tree))


def assert_differ_or_are_empty(before: Fingerprints, after: Fingerprints) -> None:
    for kind in ("weights", "model"):
        assert getattr(after, kind) != getattr(before, kind) or not getattr(after, kind), kind


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_another_byte_of_a_weight_gives_other_fingerprints_or_none(name: str) -> None:
    chosen = selected_of(name)
    before, files = fingerprints(chosen, chosen.tree), copied(chosen.tree)
    weights = [tensor for tensor in chosen.format.inspect(chosen.tree).tensors if is_flippable(tensor)]
    if weights:
        assert_differ_or_are_empty(before, fingerprints(chosen, flipped(files, weights)))
    if not chosen.format.has_graph:  # a graph may not need each of them
        for tensor in weights[:: len(weights) // MAX_FLIPS + 1]:
            assert_differ_or_are_empty(before, fingerprints(chosen, flipped(files, [tensor])))


def constant(name: str, value: float, count: int, *, packed: bool) -> NodeDef:
    node = NodeDef(name=name, op="Const")
    node.attr["dtype"].type = DataType.DT_FLOAT
    tensor = node.attr["value"].tensor
    tensor.dtype = DataType.DT_FLOAT
    tensor.tensor_shape.dim.add(size=1)
    tensor.tensor_shape.dim.add(size=count)
    if packed:
        tensor.tensor_content = b"".join(bytes((number % 251, 0, 128, 63)) for number in range(count - 1)) + bytes(
            (int(value), 0, 0, 0)
        )
    else:
        tensor.float_val.extend([*(float(number % 251) for number in range(count - 1)), value])
    return node


def graph(value: float, count: int, *, packed: bool) -> GraphDef:
    message = GraphDef()
    feed = message.node.add(name="x", op="Placeholder")
    feed.attr["dtype"].type = DataType.DT_FLOAT
    message.node.append(constant("w", value, count, packed=packed))
    message.node.add(name="y", op="MatMul", input=["x", "w"]).attr["T"].type = DataType.DT_FLOAT
    return message


def of_graph(message: GraphDef, *, as_text: bool) -> Fingerprints:
    name, content = "graph.pb", message.SerializeToString()
    if as_text:
        name, content = "graph.pbtxt", text_format.MessageToString(message).encode()
    chosen = select(MemoryTree({name: content}))
    return fingerprints(chosen, chosen.tree)


@pytest.mark.parametrize("count", [2, 100, 20_000, 30_000])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("as_text", [True, False])
def test_constants_of_any_size_count_in_graphs_of_both_forms(count: int, *, packed: bool, as_text: bool) -> None:
    one, other = (of_graph(graph(value, count, packed=packed), as_text=as_text) for value in (1, 2))
    assert_differ_or_are_empty(one, other)
    assert one.program == other.program != ""
    binary = of_graph(graph(1, count, packed=packed), as_text=False)
    assert one.model in (binary.model, "")
    assert one.weights in (binary.weights, "")


def test_an_attribute_that_is_too_long_to_be_read_leaves_the_program_untold() -> None:
    message = graph(1, 2, packed=True)
    message.node[2].op = "XlaCallModule"
    message.node[2].attr["module"].s = bytes(100_000)
    assert of_graph(message, as_text=False) == Fingerprints()


def told(name: str, change: dict[str, object]) -> Fingerprints:
    chosen = selected_of(name)
    inspection: Inspection = replace(chosen.format.inspect(chosen.tree), **change)  # type: ignore[arg-type]
    return fingerprints_of(chosen.tree, chosen.format, inspection)


@pytest.mark.parametrize("code", ["TFR101", "TFR102", "TFR103", "TFR104", "TFR106", "TFR107", "TFR109"])
def test_a_format_without_a_graph_has_no_weights_fingerprint_if_values_may_be_missing(code: str) -> None:
    assert told("same_keras_checkpoint", {}).weights
    assert told("same_keras_checkpoint", {"problems": (Diagnostic(code, Severity.ERROR, "Damaged."),)}).weights == ""


def test_constants_of_a_sparse_encoding_leave_the_weights_untold() -> None:
    assert told("tflite_keras_float.tflite", {}).weights
    assert told("tflite_keras_float.tflite", {"facts": {"tflite.sparse_constants": "w"}}).weights == ""


def test_a_variable_that_the_checkpoint_does_not_list_leaves_model_and_weights_untold() -> None:
    found = told("same_keras_saved_model", {"tensors": ()})
    assert (found.model, found.weights) == ("", "")
    assert found.program == told("same_keras_saved_model", {}).program


def test_two_tensors_of_one_name_both_count() -> None:
    chosen = selected_of("same_keras_h5.h5")
    tensors = chosen.format.inspect(chosen.tree).tensors
    doubled = tuple(replace(tensor, name="same") for tensor in tensors if is_of_model(tensor.name))
    assert told("same_keras_h5.h5", {"tensors": doubled}).weights == told("same_keras_h5.h5", {}).weights


def test_a_missing_shard_leaves_model_and_weights_untold() -> None:
    chosen = selected_of("same_keras_saved_model")
    files = {path: content for path, content in copied(chosen.tree).items() if ".data-" not in path}
    found = fingerprints(chosen, MemoryTree(files))
    assert (found.model, found.weights) == ("", "")
