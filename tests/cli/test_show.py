"""`tfreg show` of local paths: its text, its JSON, its errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


def test_the_summary_tells_format_tag_set_signatures_and_tensors(tfreg: Tfreg) -> None:
    ran = tfreg("show", MODELS / "tf1_saved_model")
    assert ran.code == 0
    assert ran.lines[0].endswith("tf1_saved_model: saved_model, 3 files, 65.1 kB")
    assert ran.lines[1] == "tag set serve: TensorFlow 2.21.0, producer 2474, 72 nodes, 0 functions"
    assert "    fetch  probabilities  float32  [?, 3]  pred_prob:0" in ran.lines
    assert ran.lines[-1] == "10 tensors, 50.7 kB"


def test_the_summary_leaves_out_what_no_caller_runs(tfreg: Tfreg) -> None:
    assert "__saved_model_init_op" not in tfreg("show", MODELS / "tf2_vocab").out
    assert "__saved_model_init_op" in tfreg("show", MODELS / "tf2_vocab", "--all").out


def test_one_signature_can_be_shown(tfreg: Tfreg) -> None:
    assert tfreg("show", MODELS / "tf1_saved_model", "--signature", "features").lines == [
        "signature features (tensorflow/serving/predict)",
        "  feed   input_ids    int32    [?, 8]   input_ids:0",
        "  feed   input_mask   int32    [?, 8]   input_mask:0",
        "  feed   segment_ids  int32    [?, 8]   segment_ids:0",
        "  fetch  fc3          float32  [?, 16]  fc3:0",
    ]


def test_java_names_have_no_index_zero_but_keep_every_other(tfreg: Tfreg) -> None:
    out = tfreg("show", MODELS / "tf2_module_signatures", "--signature", "describe", "--java").out
    assert "PartitionedCall\n" in out
    assert "PartitionedCall:1\n" in out
    assert ":0" not in out


def test_a_signature_that_is_not_there_names_the_nearest(tfreg: Tfreg) -> None:
    ran = tfreg("show", MODELS / "tf1_saved_model", "--signature", "feature")
    assert ran.code == 3
    assert "'features'" in ran.err
    assert "code: SIGNATURE_NOT_FOUND" in ran.err


def test_a_tag_set_is_matched_as_a_whole(tfreg: Tfreg) -> None:
    ran = tfreg("show", MODELS / "tf1_multi_tag", "--tag-set", "gpu,serve", "--signature", "serving_default")
    assert "gpu_tower/x:0" in ran.out
    missing = tfreg("show", MODELS / "tf1_multi_tag", "--tag-set", "gpu")
    assert missing.code == 3
    assert "code: TAG_SET_NOT_FOUND" in missing.err


def test_sections_of_several_tag_sets_are_told_apart(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_multi_tag", "--signatures").lines
    assert [line.split(":")[0] for line in lines if line.startswith("tag set")] == [
        "tag set train",
        "tag set serve",
        "tag set serve,gpu",
    ]
    assert any(line.startswith("__saved_model_train_op") and line.endswith("internal") for line in lines)


def test_the_ops_come_one_a_line(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_pbtxt", "--ops").lines
    assert "Placeholder" in lines
    assert lines == sorted(lines)


def test_the_tensors_come_with_the_place_of_their_bytes(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_sparse", "--tensors").lines
    assert lines[0].split() == ["NAME", "DTYPE", "SHAPE", "SIZE", "FILE", "OFFSET"]
    assert any(line.split()[-2] == "variables/variables.data-00000-of-00001" for line in lines[1:])


def test_a_composite_tensor_is_shown_by_its_parts(tfreg: Tfreg) -> None:
    assert "values=x/values:0 indices=x/indices:0 dense_shape=x/shape:0" in tfreg("show", MODELS / "tf1_sparse").out


def test_problems_come_with_a_code_a_place_and_the_next_step(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_sparse", "--problems").lines
    assert lines[0].startswith("warning TFR204 in saved_model.pb, signature serving_default: ")
    assert lines[1].startswith("  next: ")
    assert tfreg("show", MODELS / "tf1_saved_model", "--problems").lines == ["no problems"]


def test_a_frozen_graph_is_shown_as_a_graph_without_tags(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "frozen_tf1.pb").lines
    assert ": frozen_graph, 1 file, " in lines[0]
    assert lines[1].startswith("graph: ")


def test_an_unsigned_graph_is_shown_with_the_names_that_resolve_guesses(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "frozen_unsigned_two_outputs.pb").lines
    assert lines[2] == "  guessed, since no signature says them:"
    assert lines[3].split()[:7] == ["feed", "k", "int32", "[]", "k:0", "optional", "medium"]
    assert ["fetch", "top:1", "int32", "?", "top:1", "high"] in [line.split() for line in lines]
    because = lines[lines.index("  because:") + 1 : lines.index("  unlikely:")]
    assert because == [
        "    high: a placeholder that the outputs need: x:0",
        "    high: computed from the inputs, and nothing consumes it: mean:0, top:0, 1 more",
        "    medium: a placeholder with a default, which may be left out: k:0",
    ]
    assert lines[lines.index("  unlikely:") + 1].split()[:2] == ["feed", "dead:0"]
    assert " fetch  mean  " in tfreg("show", MODELS / "frozen_unsigned_two_outputs.pb", "--java").out


def test_a_saved_model_for_python_only_is_shown_with_a_note(tfreg: Tfreg) -> None:
    path = MODELS / "tf2_no_signatures"
    assert (
        f"  note: The SavedModel has no signatures, so a session finds neither inputs nor outputs in it. tfreg resolve {path}"
        in (tfreg("show", path).out)
    )


@pytest.mark.parametrize(
    ("model", "part"), [("frozen_unsigned_two_outputs.pb", "--signatures"), ("stranger_onnx.onnx", "--tensors")]
)
def test_a_part_with_nothing_in_it_is_told_as_none(tfreg: Tfreg, model: str, part: str) -> None:
    assert tfreg("show", MODELS / model, part).lines == ["none"]


def test_json_holds_names_as_tensorflow_writes_them_and_their_parts(tfreg: Tfreg) -> None:
    document = tfreg("show", MODELS / "tf1_saved_model", "-o", "json").json
    (graph,) = document["meta_graphs"]
    output = graph["signatures"][1]["outputs"][1]
    assert output == {
        "key": "probabilities",
        "name": "pred_prob:0",
        "operation": "pred_prob",
        "index": 0,
        "dtype": "float32",
        "shape": [None, 3],
        "has_shape": True,
        "encoding": "",
        "components": [],
        "tensor_index": None,
        "quantization": None,
    }


def test_json_has_every_part_whatever_else_was_asked_for(tfreg: Tfreg) -> None:
    document = tfreg("show", MODELS / "tf2_module_signatures", "--signature", "describe", "-o", "json").json
    assert set(document) == {
        "subject", "artifact_digest", "size_bytes", "files", "format", "meta_graphs", "functions", "tensors", "facts",
        "problems", "keras", "subgraphs", "inspector_version", "fingerprints", "labels", "attachments", "conversions",
    }  # fmt: skip
    assert [signature["key"] for signature in document["meta_graphs"][0]["signatures"]] == ["describe"]


def test_a_folder_that_is_no_model_is_refused_with_a_reason(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    ran = tfreg("show", tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    assert "code: NOT_A_MODEL" in ran.err


def test_nothing_at_the_path_is_not_found(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("show", tmp_path / "nowhere")
    assert ran.code == 3
    assert "code: PATH_NOT_FOUND" in ran.err


def test_a_broken_model_is_shown_with_what_is_wrong(tfreg: Tfreg, tmp_path: Path) -> None:
    whole = (MODELS / "tf1_saved_model" / "saved_model.pb").read_bytes()
    (tmp_path / "saved_model.pb").write_bytes(whole[: len(whole) // 2])
    ran = tfreg("show", tmp_path)
    assert ran.code == 0
    assert "error TFR10" in ran.out


def test_a_name_in_a_model_cannot_steer_the_terminal(tfreg: Tfreg, tmp_path: Path) -> None:
    text = (MODELS / "tf1_pbtxt" / "saved_model.pbtxt").read_text().replace('"serving_default"', '"serving\\033[2Jdefault"')
    (tmp_path / "saved_model.pbtxt").write_text(text)
    ran = tfreg("show", tmp_path)
    assert "\x1b" not in ran.out
    assert "serving\\x1b[2Jdefault" in ran.out


def test_a_name_in_a_model_cannot_forge_a_line(tfreg: Tfreg, tmp_path: Path) -> None:
    text = (MODELS / "tf1_pbtxt" / "saved_model.pbtxt").read_text().replace('"serving_default"', '"a\\nsignature forged"')
    (tmp_path / "saved_model.pbtxt").write_text(text)
    for words in (("show", tmp_path), ("show", tmp_path, "--signatures"), ("resolve", tmp_path)):
        ran = tfreg(*words)
        assert "a\\nsignature forged" in ran.out + ran.err
        assert "\nsignature forged" not in ran.out + ran.err


@pytest.mark.parametrize("text", [".", "..", "./x", "../x", "/x", "~/x"])
def test_what_looks_like_a_path_is_never_asked_of_a_registry(tfreg: Tfreg, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfreg.cli.registry.open_registry", lambda _: pytest.fail("a registry was opened"))
    assert tfreg("show", text).code in (2, 3)


def test_nodes_are_listed_by_op_and_prefix(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_saved_model", "--nodes", "--op", "Placeholder", "--prefix", "input").lines
    assert [line.split() for line in lines] == [
        ["NODE", "OP", "OUTPUTS", "INPUTS"],
        ["input_ids", "Placeholder", "int32", "[?,", "8]", "-"],
        ["input_mask", "Placeholder", "int32", "[?,", "8]", "-"],
    ]


def test_nodes_of_functions_stand_below_their_function(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "frozen_functions.pb", "--op", "Placeholder,AddV2", "--with-functions").lines
    assert any(line.startswith("function ") for line in lines)


def test_all_nodes_are_one_json_document(tfreg: Tfreg) -> None:
    document = tfreg("show", MODELS / "tf1_saved_model", "--nodes", "--json").json
    assert len(document["nodes"]) == 72
    assert document["nodes"][0].keys() == {"name", "op", "inputs", "device", "function", "outputs", "attributes"}


def test_a_version_is_shown_as_a_path_is(tfreg: Tfreg) -> None:
    tfreg(
        "push",
        MODELS / "tf1_saved_model",
        "team/m",
        "--label",
        "commit=ab12",
        "--attach",
        f"readme={MODELS / 'frozen_tf1.pbtxt'}",
    )
    for part in (("--nodes",), ("--ops",), ("--tensors",), ("--signatures",), ("--fingerprints",), ("--nodes", "-o", "json")):
        local, stored = tfreg("show", MODELS / "tf1_saved_model", *part), tfreg("show", "team/m:1", *part)
        assert local.out.replace(str(MODELS / "tf1_saved_model"), "team/m:1") == stored.out
    document = tfreg("show", "team/m", "-o", "json").json
    assert document["labels"] == {"commit": "ab12"}
    assert [attachment["role"] for attachment in document["attachments"]] == ["readme"]
    assert document["fingerprints"]["weights"].startswith("sha256:")


def test_layers_come_as_keras_summarises_them(tfreg: Tfreg) -> None:
    assert tfreg("show", MODELS / "keras_3_sequential_v3.keras", "--layers").lines == [
        "LAYER     CLASS       OUTPUT SHAPE  PARAMETERS   INPUTS",
        "features  InputLayer  [2, 10]       0            -",
        "first     Dense       [2, 8]        88 (frozen)  features",
        "half      Dense       [2, 4]        36           first",
        "last      Dense       [2, 2]        10           half",
        "total: 134 parameters, 46 trainable, 88 not",
    ]


def test_the_summary_of_a_keras_model_tells_its_class_size_inputs_and_outputs(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "keras_3_sequential_v3.keras").lines
    assert lines[1:4] == [
        "keras Sequential sequence: 4 layers, 134 parameters (46 trainable)",
        "  input   features  float32  [2, 10]",
        "  output  last      float64  [2, 2]",
    ]


def test_a_tflite_model_is_shown_with_indices_and_quantisation(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tflite_int8.tflite").lines
    assert "    feed   x         int8   [?, 8, 8, 3]  index 0   scale 0.015292, zero point -7" in lines
    assert "  output  20  StatefulPartitionedCall_1:0  uint8  [?, 3]        scale 0.00390625, zero point 0" in lines


@pytest.mark.parametrize(
    ("model", "part", "reason"),
    [
        ("tf1_saved_model", "--layers", "NO_GRAPH"),
        ("same_keras_weights.weights.h5", "--nodes", "NO_GRAPH"),
        ("same_keras_h5.h5", "--nodes", "NO_GRAPH"),
        ("tflite_int8.tflite", "--nodes", "NO_GRAPH"),
        ("same_keras_weights.weights.h5", "--ops", "NO_GRAPH"),
        ("same_keras_weights.weights.h5", "--signatures", "NO_GRAPH"),
        ("tf1_saved_model", "--prefix=a", "REQUEST_INVALID"),
    ],
)
def test_a_part_that_the_format_does_not_have_says_why(tfreg: Tfreg, model: str, part: str, reason: str) -> None:
    ran = tfreg("show", MODELS / model, part)
    assert f"code: {reason}" in ran.err
    assert "next: " in ran.err


def test_tensors_can_be_narrowed_by_prefix(tfreg: Tfreg) -> None:
    lines = tfreg("show", MODELS / "tf1_partitioned", "--tensors", "--prefix", "matrix").lines
    assert len(lines) == 3
    assert all(line.startswith("matrix") for line in lines[1:])
