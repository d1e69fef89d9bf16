"""Which format files are in, and what is said of files that are in none."""

from __future__ import annotations

from pathlib import Path

import pytest

import tfreg.core.formats
from tfreg.core.errors import FormatUnknownError, NotAModelError
from tfreg.core.formats.format import Format
from tfreg.core.formats.registry import FORMATS, format_named, recognise
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.meta_graph_pb2 import MetaGraphDef

NODE = GraphDef(node=[{"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": 1}}}]).SerializeToString()
NAMES = ", ".join(row.name for row in FORMATS)
SAVED_MODEL = {"saved_model.pb": b"\x08\x01\x12\x00"}


def refusal(files: dict[str, bytes]) -> NotAModelError:
    with pytest.raises(NotAModelError) as refused:
        recognise(MemoryTree(files, "./model"))
    assert refused.value.hint
    return refused.value


def _module_of(row: Format) -> str:
    """The name of a format's file. One that the standard library has a module of ends in `_file`."""
    return type(row).__module__.rpartition(".")[2].removesuffix("_file")


def test_every_row_has_a_file_of_its_name_and_every_format_file_a_row():
    folder = Path(next(iter(tfreg.core.formats.__path__)))
    classes = {path.stem.removesuffix("_file") for path in folder.glob("*.py") if "has_graph = " in path.read_text()}
    assert [row.name for row in FORMATS] == [_module_of(row) for row in FORMATS]
    assert {row.name for row in FORMATS} == classes


def test_formats_are_found_by_name():
    assert format_named("saved_model") is FORMATS[0]
    with pytest.raises(FormatUnknownError) as unknown:
        format_named("parchment")
    assert unknown.value.metadata["existing"] == NAMES


@pytest.mark.parametrize("files", [SAVED_MODEL, {"saved_model.pbtxt": b""}, {"saved_model.pb": b"", "variables/x": b""}])
def test_a_folder_with_a_saved_model_file_is_a_saved_model(files):
    assert recognise(MemoryTree(files)).name == "saved_model"


@pytest.mark.parametrize(
    "files",
    [
        {"g.pb": NODE},
        {"g.graphdef": NODE},
        {"g.pbtxt": b'# frozen\nnode { name: "x" op: "Placeholder" }'},
        {"g.pb": NODE, "labels.txt": b"cat\n", "docs/more.pb": b"?"},
        {"g.pb": b"\x22\x02\x08\x09" + NODE},
        {"g.pb": NODE[:-3]},
        {"g.pb": NODE + b"\x00garbage"},
    ],
)
def test_one_file_that_begins_like_a_graph_is_a_frozen_graph(files):
    assert recognise(MemoryTree(files)).name == "frozen_graph"


def test_a_saved_model_wins_over_other_pb_files():
    assert recognise(MemoryTree({**SAVED_MODEL, "keras_metadata.pb": NODE})).name == "saved_model"


STRANGERS = {"scaler.pkl": b"\x80\x04]N.", "m.onnx": b"\x08\x08\x12\x01p\x3a\x00"}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_file_of_another_framework_beside_models_of_tensorflow_is_not_what_is_meant(name):
    stranger = {name: STRANGERS[name]}
    assert recognise(MemoryTree({**stranger, "notes.txt": b"x"})).name in ("pickle", "onnx")
    assert recognise(MemoryTree({**stranger, "g.pb": NODE})).name == "frozen_graph"
    assert "Name one of these files" in refusal({**stranger, "a.pb": NODE, "b.pb": NODE}).hint
    assert "The folder export holds a SavedModel" in refusal({**stranger, "export/saved_model.pb": b""}).hint


def test_an_empty_folder_is_told_as_such(tmp_path):
    with pytest.raises(NotAModelError, match="is empty"):
        recognise(LocalTree(tmp_path))


def test_a_folder_around_a_saved_model_gets_the_name_of_the_inner_one():
    refused = refusal({"export/1/saved_model.pb": b"", "export/2/saved_model.pb": b"", "README": b""})
    assert "export/1, export/2 holds" in refused.hint
    assert "name one of these folders" in refused.hint
    assert refused.metadata["candidates"] == "export/1, export/2"
    assert refusal({"export/1/saved_model.pb": b""}).hint == "The folder export/1 holds a SavedModel: name that one."


def test_more_folders_than_are_listed_are_counted():
    refused = refusal({f"{name}/saved_model.pb": b"" for name in "abcdef"})
    assert "a, b, c, d, e, ... (6 in all)" in refused.hint
    assert refused.metadata["candidates"] == "a, b, c, d, e, f"


@pytest.mark.parametrize("name", ["saved_model.pb", "saved_model.pbtxt"])
def test_the_main_file_alone_is_refused_with_the_name_of_its_folder(tmp_path, name):
    (tmp_path / name).write_bytes(SAVED_MODEL["saved_model.pb"])
    with pytest.raises(NotAModelError, match="one file of a SavedModel") as refused:
        recognise(LocalTree(tmp_path / name))
    assert refused.value.hint == f"Name its folder: {tmp_path}"
    assert recognise(LocalTree(tmp_path)).name == "saved_model"


def test_several_graphs_are_told_by_name():
    refused = refusal({"a.pb": NODE, "b.pb": NODE})
    assert "a.pb (frozen_graph), b.pb (frozen_graph)" in refused.message
    assert "Name one of these files" in refused.hint
    assert refused.metadata["candidates"] == "a.pb, b.pb"


def test_one_model_among_other_files_is_told_by_name():
    refused = refusal({"m.bin": b"\x1c\0\0\0TFL3" + bytes(100), "notes.txt": b"x", "more/a.txt": b"y"})
    assert "m.bin (tflite)" in refused.message
    assert refused.hint == "Name that file."


@pytest.mark.parametrize(
    ("name", "content", "look", "hint"),
    [
        ("m.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5", "model.export"),
        ("m.keras", b"PK\x03\x04" + bytes(100), "zip file that is neither", "Unpack it"),
        ("m.onnx", b"\x08\x07\x12\x07onnxrt" + bytes(100), "ONNX model that is cut off", "Copy it again"),
        ("m.json", b'{"class_name": "Functional"}', "JSON that is no architecture", "model.export"),
        ("m.tgz", b"\x1f\x8b" + bytes(100), "gzip", "Unpack"),
        ("other.pb", b"\x08\x01\x12\x7f" + bytes(100), "saved_model.pb under another name", "Rename it to saved_model.pb"),
    ],
)
def test_what_looks_like_a_known_file_is_named_with_what_to_do(tmp_path, name, content, look, hint):
    refused = refusal({name: content})
    assert f"holds '{name}', which looks like" in refused.message
    assert look in refused.message
    assert refused.metadata["formats"] == NAMES
    assert hint in refused.hint
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotAModelError) as alone:
        recognise(LocalTree(tmp_path / name))
    assert alone.value.message.count(name) == 1


def test_a_checkpoint_beside_a_text_graph_is_a_checkpoint(models):
    assert recognise(LocalTree(models / "checkpoint_graph_pbtxt")).name == "tf1_checkpoint"
    assert refusal({"checkpoint": b"", "graph.pbtxt": b"node {}", "m.index": b""})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"\n" * 100,
        b"plain text",
        bytes(range(256)),
        GraphDef(versions={"producer": 3}).SerializeToString(),
        GraphDef(node=[{"name": "x"}]).SerializeToString(),
        GraphDef(node=[{"name": "x\n", "op": "y"}]).SerializeToString(),
        MetaGraphDef(meta_info_def={"stripped_op_list": {"op": [{"name": "Const"}]}, "tags": ["serve"]}).SerializeToString(),
    ],
)
def test_other_bytes_are_no_model(content):
    assert refusal({"m.pb": content}).metadata["formats"] == NAMES
