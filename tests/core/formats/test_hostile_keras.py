"""Keras files that are damaged or made to hurt: a Diagnostic each, within a second and 64 MB."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.diagnostics import CODES
from tfreg.core.errors import NotAModelError
from tfreg.core.formats import keras_v3
from tfreg.core.formats.keras_json import KerasJsonFormat
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.json_values import decode, encode
from tfreg.core.trees import MemoryTree
from tfreg.translate.keras_models import keras_to_proto

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
MIB = 1 << 20
DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 2}}


def inspect(files: dict[str, bytes]) -> Inspection:
    tree = MemoryTree(files)
    inspection = recognise(tree).inspect(tree)
    assert {problem.code for problem in inspection.problems} <= CODES.keys()
    assert decode(Inspection, encode(inspection)) == inspection
    sizes = {path: len(content) for path, content in files.items()}
    assert all(tensor.offset_bytes + tensor.size_bytes <= sizes[tensor.file] for tensor in inspection.tensors)
    return inspection


def codes(inspection: Inspection) -> set[str]:
    return {problem.code for problem in inspection.problems}


def architecture(config: object) -> Inspection:
    return inspect({"m.json": config if isinstance(config, bytes) else json.dumps(config).encode()})


def told_bytes(inspection: Inspection) -> int:
    """Size of the architecture in a message."""
    assert inspection.keras is not None
    return int(keras_to_proto(inspection.keras).ByteSize())


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def members(name: str = "same_keras_v3.keras") -> dict[str, bytes]:
    with zipfile.ZipFile(MODELS / name) as file:
        return {info.filename: file.read(info) for info in file.infolist()}


def test_an_archive_whose_weights_are_deflated_has_the_same_tensors_but_no_places():
    stored = inspect({"m.keras": (MODELS / "same_keras_v3.keras").read_bytes()})
    packed = inspect({"m.keras": archive(members(), zipfile.ZIP_DEFLATED)})
    assert codes(packed) == set()
    assert [(t.name, t.dtype, t.shape, t.path) for t in packed.tensors] == [
        (t.name, t.dtype, t.shape, t.path) for t in stored.tensors
    ]
    assert {tensor.stored_as for tensor in packed.tensors} == {"zipped"}
    tree = MemoryTree({"m.keras": archive(members(), zipfile.ZIP_DEFLATED)})
    assert recognise(tree).tensor_spans(tree, recognise(tree).inspect(tree)) == {}


def test_an_archive_unpacked_into_a_folder_is_the_same_format():
    assert recognise(MemoryTree(members())).name == "keras_v3"
    assert len(inspect(members()).tensors) == 55


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"config.json": b"{"}, {"TFR103"}),
        ({"config.json": b"[]"}, {"TFR103"}),
        ({"config.json": b'{"class_name": 7}'}, {"TFR103"}),
        ({"config.json": b"[" * 100_000}, {"TFR103"}),
        ({"metadata.json": b"\xff"}, {"TFR103"}),
        ({"metadata.json": None}, {"TFR102"}),
        ({"model.weights.h5": None}, {"TFR102"}),
        ({"model.weights.h5": b"\x89HDF\r\n\x1a\nnonsense"}, {"TFR103"}),
        ({"model.weights.h5": b""}, {"TFR103"}),
        ({"config.json": b" " * (17 * MIB)}, {"TFR104"}),
        ({"config.json": b"[" + b"0," * 300_000 + b"0]"}, {"TFR103"}),
        ({"config.json": b"[" + b"{}," * 300_000 + b"{}]"}, {"TFR104"}),
    ],
)
def test_a_part_that_is_missing_or_damaged_is_told_and_the_rest_is_read(change, expected):
    parts = {name: content for name, content in {**members(), **change}.items() if content is not None}
    inspection = inspect({"m.keras": archive(parts)})
    assert codes(inspection) == expected
    assert len(inspection.tensors) == (0 if "model.weights.h5" in change else 55)
    assert (inspection.keras is None) == ("config.json" in change)


def test_weights_that_unpack_to_gigabytes_stop_at_a_limit(monkeypatch):
    monkeypatch.setattr(keras_v3, "_MAX_SMALL_BYTES", MIB)
    content = archive({**members(), "model.weights.h5": bytes(200 * MIB)}, zipfile.ZIP_DEFLATED)
    started = time.process_time()
    assert codes(inspect({"m.keras": content})) == {"TFR104"}
    assert time.process_time() - started < 10


def test_an_archive_cut_off_is_recognised_and_told():
    content = (MODELS / "same_keras_v3.keras").read_bytes()
    for cut in (100, 5_000, len(content) - 1):
        assert codes(inspect({"m.keras": content[:cut]})) == {"TFR101"}


def test_other_archives_and_other_hdf5_files_are_no_keras():
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["measured"] = [1.0, 2.0]
    for files in ({"m.zip": archive({"notes.txt": b"x"})}, {"m.h5": out.getvalue()}, {"m.json": b'{"a": 1}'}):
        with pytest.raises(NotAModelError):
            recognise(MemoryTree(files))


@pytest.mark.parametrize("name", ["keras_3_sequential_h5.h5", "keras_3_subclassed_weights.weights.h5"])
def test_an_hdf5_file_cut_off_is_told(name):
    content = (MODELS / name).read_bytes()
    for cut in (len(content) // 3, len(content) - 5):
        inspection = inspect({"m.h5": content[:cut]})
        assert codes(inspection) & {"TFR101", "TFR103"}, cut


def test_an_index_without_its_shards_names_them():
    index = (MODELS / "same_keras_sharded" / "model.weights.json").read_bytes()
    inspection = inspect({"model.weights.json": index})
    assert codes(inspection) == {"TFR102"}
    assert [problem.place.file for problem in inspection.problems] == [f"model_0000{n}.weights.h5" for n in range(4)]


def test_one_shard_of_two_is_read_and_a_shard_outside_is_not():
    shard = (MODELS / "same_keras_sharded" / "model_00000.weights.h5").read_bytes()
    index = {"metadata": {}, "weight_map": {"/a": "../secret.h5", "/b": ["a.weights.h5", "a.weights.h5"], "/c": {"x": 1}}}
    inspection = inspect({"a.weights.h5": shard, "m.weights.json": json.dumps(index).encode()})
    assert codes(inspection) == {"TFR102"}
    assert {tensor.file for tensor in inspection.tensors} == {"a.weights.h5"}


# Architectures


def functional(layers: list, **more: object) -> dict:
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, **more}}


def test_models_nested_a_thousand_deep_are_read_as_far_as_they_go():
    config: dict = DENSE
    for number in range(300):
        config = functional([config]) | {"name": f"n{number}"}
    assert architecture(config).keras.layers
    deep = b'{"class_name":"Sequential","config":[' * 50_000 + b"]}" * 50_000
    with pytest.raises(NotAModelError):
        architecture(deep)


@pytest.mark.parametrize(
    "config",
    [
        functional([7, None, "x", [], {}, {"class_name": 1, "config": 2}]),
        functional([DENSE], input_layers={"a": {"b": [["d", 0, 0], 3]}}, output_layers=[[["d", 0, 0]], "d", None]),
        functional([DENSE | {"inbound_nodes": [[["d", 0, 0, {}]]]}]),
        functional([DENSE | {"inbound_nodes": {"args": 7}}, DENSE | {"inbound_nodes": [[[["d"]]]]}]),
        functional([DENSE | {"build_config": {"input_shape": [[None, -3], "x", 1 << 90]}, "inbound_nodes": [[["d", 0, 0]]]}]),
        functional([DENSE | {"inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": 3}}]}]}]),
        {"class_name": "Sequential", "config": [DENSE, DENSE | {"config": {"batch_input_shape": ["x"]}}]},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": {"a": [1]}}}]}},
    ],
)
def test_configs_of_the_wrong_shape_are_read_as_far_as_they_go(config):
    assert architecture(config).keras is not None


def bounded(config: bytes) -> Inspection:
    tracemalloc.start()
    started = time.process_time()
    try:
        inspection = KerasJsonFormat().inspect(MemoryTree({"m.json": config}))
    finally:
        peak, seconds = tracemalloc.get_traced_memory()[1], time.process_time() - started
        tracemalloc.stop()
    assert peak < 64 * MIB + 2 * len(config)
    assert seconds < 60  # tracing costs five times the time itself
    encode(inspection)
    return inspection


def test_a_name_of_a_megabyte_around_many_layers_is_cut():
    layers = [{"class_name": "D", "config": {"name": str(n)}} for n in range(15_000)]
    inspection = bounded(json.dumps(functional([functional(layers, name="n" * MIB)])).encode())
    assert "TFR104" in codes(inspection)
    assert 1_000 < len(inspection.keras.layers) < 15_000


@pytest.mark.parametrize(
    "config",
    [
        functional([{}] * 60_000),
        functional([DENSE] * 25_000),
        functional([DENSE | {"inbound_nodes": [[["d", 0, 0, {}] for _ in range(60_000)]]}]),
        functional([], input_layers=[["d", 0, 0]] * 90_000),
        functional([{"class_name": f"C{n}", "config": {"activation": f"a{n}"}} for n in range(15_000)]),
        functional([{"class_name": "Lambda", "config": {"name": f"l{n}", "function_type": "lambda"}} for n in range(15_000)]),
        functional([DENSE], x=[{}] * 120_000),
    ],
)
def test_many_layers_inputs_or_custom_objects_stop_at_a_limit(config):
    inspection = bounded(json.dumps(config).encode())
    assert len(inspection.problems) <= 100
    assert inspection.keras is None or len(inspection.keras.layers) <= 20_000


def test_half_a_character_is_no_text():
    with pytest.raises(NotAModelError):
        architecture(rb'{"class_name": "Sequential", "config": {"name": "\ud800"}}')
    whole = rb'{"class_name": "Sequential", "config": {"name": "\ud83d\ude00"}}'
    assert architecture(whole).keras.name == "\U0001f600"


def test_losses_within_losses_are_looked_through_once():
    losses: object = [f"l{n}" for n in range(100_000)]
    for _ in range(300):
        losses = {"loss": losses}
    inspection = bounded(json.dumps(functional([DENSE]) | {"compile_config": losses}).encode())
    assert len(inspection.keras.custom_objects) == 1_000


def test_a_compile_config_nested_to_the_limit_of_recursion_is_told_as_such():
    for depth in range(900, 1000, 3):
        nested = '{"a":' * depth + "1" + "}" * depth
        config = f'{{"class_name": "Sequential", "config": [], "compile_config": {{"loss": {nested}}}}}'
        tree, found = MemoryTree({"m.json": config.encode()}), KerasJsonFormat()
        if found.recognise(tree):
            encode(found.inspect(tree))


@pytest.mark.parametrize("name", ["same_keras_architecture.json", "keras_2_two_inputs_2_15_architecture.json"])
def test_an_architecture_cut_off_anywhere_is_no_model(name):
    content = (MODELS / name).read_bytes().rstrip()
    for cut in range(0, len(content) - 1, 89):
        with pytest.raises(NotAModelError):
            recognise(MemoryTree({"m.json": content[:cut]}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Dense", "Lambda", "InputLayer", "relu"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["class_name", "config", "layers", "inbound_nodes", "name", "module", "loss"]), inner, max_size=5
        )
    ),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_any_json_in_place_of_a_config_never_raises(layers, more):
    architecture(functional([DENSE, layers], input_layers=more) | {"compile_config": more, "registered_name": more})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_flipped_bytes_of_an_architecture_never_raise(data):
    content = bytearray((MODELS / "keras_3_sequential_architecture.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    tree, found = MemoryTree({"m.json": bytes(content)}), KerasJsonFormat()
    if found.recognise(tree):
        encode(found.inspect(tree))


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_flipped_bytes_of_an_archive_never_raise(data):
    content = bytearray((MODELS / "keras_3_sequential_v3.keras").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NotAModelError):
        inspect({"m.keras": bytes(content)})


def sequential(*layers: dict[str, object]) -> Inspection:
    return architecture({"class_name": "Sequential", "config": {"name": "m", "layers": list(layers)}})


@pytest.mark.parametrize("units", [10**30, -5, True])
def test_a_size_that_is_none_gives_no_shape(units):
    found = sequential({"class_name": "Dense", "config": {"name": "d", "units": units, "batch_input_shape": [None, 3]}})
    assert found.keras is not None
    assert found.keras.layers[0].output_shape is None
    assert told_bytes(found) > 0


def test_a_product_of_sizes_beyond_64_bits_gives_no_shape():
    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 1 << 40, 1 << 40]}}
    found = sequential(start, {"class_name": "Flatten", "config": {"name": "flat"}})
    assert found.keras is not None
    assert found.keras.layers[1].output_shape is None
    assert told_bytes(found) > 0


def test_layers_that_share_one_long_shape_are_told_as_far_as_a_message_holds_them():
    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [1 << 62] * 254}}
    found = sequential(start, *({"class_name": "Dropout", "config": {"name": f"d{number}"}} for number in range(10_000)))
    assert codes(found) == {"TFR104"}
    assert told_bytes(found) < 10 * MIB


def test_outputs_that_are_one_layer_are_told_as_far_as_a_message_holds_them():
    layers = [{"class_name": "InputLayer", "name": "a" * 500, "config": {"name": "a" * 500, "batch_shape": [1 << 62] * 254}}]
    config = {
        "name": "m",
        "layers": layers,
        "input_layers": [["a" * 500, 0, 0]],
        "output_layers": [["a" * 500, 0, 0]] * 9_999,
    }
    found = architecture({"class_name": "Functional", "config": config})
    assert told_bytes(found) < 3 * MIB


def test_an_optimizer_of_a_long_name_is_cut():
    content = members("keras_3_sequential_v3.keras")
    config = json.loads(content["config.json"]) | {"compile_config": {"optimizer": "O" * MIB}}
    found = inspect({"m.keras": archive(content | {"config.json": json.dumps(config).encode()})})
    assert found.keras is not None
    assert len(found.keras.optimizer) == 2_000
