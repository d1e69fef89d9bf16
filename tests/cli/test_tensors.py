"""`tfreg tensors`: lists, prints and saves, of paths and of versions alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from tfreg.cli.slices import selection_of
from tfreg.core.errors import SliceInvalidError

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
TRUTH = Path(__file__).parents[1] / "fixtures" / "truth"
Tfreg = Callable[..., Any]


def test_it_lists_each_variable_once_however_it_is_partitioned(tfreg: Tfreg) -> None:
    assert tfreg("tensors", MODELS / "tf1_partitioned").lines == [
        "NAME       DTYPE    SHAPE    SIZE",
        "embedding  float32  [10, 8]  320 B",
        "matrix     float32  [8, 6]   192 B",
    ]


def test_paths_of_variables_stand_beside_their_keys_and_are_taken_for_them(tfreg: Tfreg) -> None:
    lines = tfreg("tensors", MODELS / "checkpoint_tf2", "--prefix", "model/dense/kernel").lines
    assert lines[1].endswith("model/dense/kernel")
    assert len(lines) == 2
    assert (
        tfreg("tensors", MODELS / "checkpoint_tf2", "model/dense/kernel")
        .lines[0]
        .startswith("model/dense/kernel  float32  [80, 64]")
    )


def test_constants_of_the_graph_stand_among_variables_and_are_saved_only_if_asked_for(tfreg: Tfreg, tmp_path: Path) -> None:
    model = MODELS / "tf1_saved_model"
    kinds = {line.split()[0]: line.split()[-1] for line in tfreg("tensors", model).lines[1:]}
    variables = {name for name, kind in kinds.items() if kind == "variable"}
    assert kinds["bert/Const"] == "constant"
    saved = tfreg("tensors", model, "--save", tmp_path / "w.npz")
    assert "5 constants of the graph left out; --all takes them too." in saved.err
    assert set(np.load(tmp_path / "w.npz")) == variables
    tfreg("tensors", model, "--all", "--save", tmp_path / "w.npz")
    assert set(np.load(tmp_path / "w.npz")) == set(kinds)


def test_the_constants_of_a_frozen_graph_are_its_weights(tfreg: Tfreg, tmp_path: Path) -> None:
    saved = tfreg("tensors", MODELS / "frozen_tf1.pbtxt", "--save", tmp_path / "w.npz")
    assert saved.err == ""
    assert "output_weights" in np.load(tmp_path / "w.npz")


def test_a_value_is_printed_as_numpy_prints_it(tfreg: Tfreg) -> None:
    ran = tfreg("tensors", MODELS / "checkpoint_types", "int16", "bool")
    assert ran.lines == ["int16  int16  [3]", "[1 2 3]", "", "bool  bool  [3]", "[ True False  True]"]


def test_a_large_value_is_printed_by_its_corners_just_as_numpy_would(tfreg: Tfreg, tmp_path: Path) -> None:
    tfreg("tensors", MODELS / "checkpoint_types", "large", "--save", tmp_path / "large.npy")
    expected = np.array2string(np.load(tmp_path / "large.npy"), threshold=1000, edgeitems=3, max_line_width=120)
    assert tfreg("tensors", MODELS / "checkpoint_types", "large").out.split("\n", 1)[1] == expected + "\n"
    assert "..." not in tfreg("tensors", MODELS / "checkpoint_types", "large", "--full").out


def test_a_slice_is_numpys(tfreg: Tfreg) -> None:
    whole = tfreg("tensors", MODELS / "tf1_partitioned", "matrix", "-o", "json").json["tensors"][0]["value"]
    part = tfreg("tensors", MODELS / "tf1_partitioned", "matrix", "--slice", "-3:,2:4", "-o", "json").json["tensors"][0]
    assert part["shape"] == [3, 2]
    assert part["value"] == [row[2:4] for row in whole[-3:]]


@pytest.mark.parametrize(
    ("text", "begin", "size"),
    [
        ("", (), ()),
        (":", (0,), (8,)),
        ("1:3", (1,), (2,)),
        ("-1", (7,), (1,)),
        (" 2 : , :-1 ", (2, 0), (6, 5)),
        ("3:3", (3,), (0,)),
    ],
)
def test_slices_are_read_with_ends_counted_from_behind(text: str, begin: tuple[int, ...], size: tuple[int, ...]) -> None:
    found = selection_of("t", text, (8, 6))
    assert (found.begin, found.size) == (begin, size)


@pytest.mark.parametrize("text", ["9", "0:9", "a", "1:2:3", ":,:,:", "-9", "3:2", "--1"])
def test_a_slice_that_cannot_be_taken_says_why(text: str) -> None:
    with pytest.raises(SliceInvalidError):
        selection_of("t", text, (8, 6))


def test_json_writes_texts_rare_floats_and_complex_numbers(tfreg: Tfreg) -> None:
    ran = tfreg("tensors", MODELS / "checkpoint_types", "string", "float64", "complex64", "bfloat16", "int4", "-o", "json")
    values = {tensor["name"]: tensor["value"] for tensor in ran.json["tensors"]}
    assert values["string"][0] == ["a", "bc"]
    assert values["float64"] == [1e300, -0.0, "nan", "inf"]
    assert values["complex64"] == [[1.0, 2.0]]
    assert values["bfloat16"][0][0] == 0.8125
    assert values["int4"] == [1, 2, 3]


def test_all_values_are_those_that_tensorflow_tells(tfreg: Tfreg, tmp_path: Path) -> None:
    import hashlib

    target = tmp_path / "all.safetensors"
    ran = tfreg("tensors", MODELS / "tf1_saved_model", "--all", "--save", target)
    told = json.loads((TRUTH / "tf1_saved_model.json").read_text())["meta_graphs"][0]
    checkpoint = json.loads((TRUTH / "tf1_saved_model.json").read_text()).get("checkpoint", told)
    assert ran.code == 0
    for name, array in safetensors.numpy.load_file(target).items():
        if name in checkpoint:
            assert hashlib.sha256(array.tobytes()).hexdigest() == checkpoint[name]["sha256"]


def test_a_version_is_read_as_a_path_is(tfreg: Tfreg, tmp_path: Path) -> None:
    tfreg("push", MODELS / "tf1_partitioned", "team/parts")
    for arguments in ((), ("matrix",), ("matrix", "--slice", "1:2"), ("--all",), ("--digests",), ("--prefix", "emb")):
        local, stored = (tfreg("tensors", subject, *arguments) for subject in (MODELS / "tf1_partitioned", "team/parts"))
        assert local.out == stored.out, arguments
        assert local.code == stored.code == 0
    tfreg("tensors", "team/parts:1", "--save", tmp_path / "a.npz")
    tfreg("tensors", MODELS / "tf1_partitioned", "--save", tmp_path / "b.npz")
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        assert one.files == other.files == ["embedding", "matrix"]
        np.testing.assert_array_equal(one["matrix"], other["matrix"])


def test_what_was_saved_as_something_else_is_told(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("tensors", MODELS / "checkpoint_types", "bfloat16", "--save", tmp_path / "b.npy")
    assert ran.out == f"{tmp_path / 'b.npy'}: 1 tensor, 152 B\n"
    assert ran.err == "note: bfloat16 is saved as float32, which holds the same values (1 of 1).\n"


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("kernels",), 3, "TENSOR_NOT_FOUND"),
        (("string", "--save", "x.safetensors"), 2, "REQUEST_INVALID"),
        (("string", "--save", "x.txt"), 2, "REQUEST_INVALID"),
        (("large", "--slice", "0:1000"), 2, "SLICE_INVALID"),
        (("--slice", "0:1"), 2, "REQUEST_INVALID"),
        (("large", "--all"), 2, "REQUEST_INVALID"),
        (("large", "--digests"), 2, "REQUEST_INVALID"),
    ],
)
def test_errors_say_what_to_do(tfreg: Tfreg, arguments: tuple[str, ...], code: int, reason: str) -> None:
    ran = tfreg("tensors", MODELS / "checkpoint_types", *arguments)
    assert (ran.code, f"code: {reason}" in ran.err) == (code, True), ran.err
    assert ran.out == ""
    assert "next: " in ran.err


def test_quiet_saving_prints_nothing(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("tensors", MODELS / "tf1_partitioned", "--save", tmp_path / "w.npz", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
