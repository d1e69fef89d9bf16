"""`tfreg diagnose`: whether a runtime can load and run a model, of a path and of a registry alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.runtimes.known import known_runtime

Tfreg = Callable[..., Any]
MODELS = Path(__file__).parents[1] / "fixtures" / "models"
JAVA = ("--runtime", "tensorflow-java-1.1.0")


def test_a_model_that_fits_is_told_in_one_line(tfreg: Tfreg) -> None:
    ran = tfreg("diagnose", MODELS / "tf1_saved_model", *JAVA)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("tf1_saved_model: saved_model, fits tensorflow-java (TensorFlow 2.18.0)\n")


def test_what_does_not_fit_is_told_by_node_and_function_and_fails(tfreg: Tfreg) -> None:
    ran = tfreg("diagnose", MODELS / "unfit_branch", *JAVA)
    assert ran.code == 13
    assert ran.lines[0].endswith("saved_model, does not fit tensorflow-java (TensorFlow 2.18.0)")
    assert "error TFR304 in function cond_true_" in ran.lines[1]
    assert "operation cond/DecodeWebP: " in ran.lines[1]
    assert ran.lines[2].startswith("  next: ")


def test_a_version_of_a_registry_is_told_alike(tfreg: Tfreg) -> None:
    assert tfreg("push", MODELS / "unfit_dtype", "team/m").code == 0
    of_path, of_version = (tfreg("diagnose", subject, *JAVA, "-o", "json") for subject in (MODELS / "unfit_dtype", "team/m"))
    assert of_path.code == of_version.code == 13
    assert of_version.json["subject"] == "team/m:1"
    same = ("format", "runtime", "fits", "diagnostics")
    assert {key: of_path.json[key] for key in same} == {key: of_version.json[key] for key in same}
    assert [one["place"]["operation"] for one in of_version.json["diagnostics"]] == ["cond/quantize", "cond/dequantize"]
    assert tfreg("diagnose", "team/m", "--runtime", "tensorflow-2.21.0").code == 0


def test_a_file_with_a_list_of_ops_is_a_runtime(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "ours.pb").write_bytes(known_runtime("tensorflow-java-1.1.0")[1])
    ran = tfreg("diagnose", MODELS / "unfit_op", "--runtime", tmp_path / "ours.pb", "--tensorflow-version", "2.18.0")
    assert (ran.code, ran.lines[0].endswith("does not fit ours (TensorFlow 2.18.0)")) == (13, True)
    (tmp_path / "ours.pb").write_bytes(b"text")
    ran = tfreg("diagnose", MODELS / "unfit_op", "--runtime", tmp_path / "ours.pb", "-o", "json")
    assert (ran.code, ran.error["code"]) == (2, "RUNTIME_INVALID")


def test_a_format_that_the_runtime_does_not_load_comes_with_the_command_that_converts_it(tfreg: Tfreg) -> None:
    ran = tfreg("diagnose", MODELS / "tflite_keras_float.tflite", *JAVA)
    assert (ran.code, "TFR307" in ran.lines[1]) == (13, True)
    ran = tfreg("diagnose", MODELS / "same_keras_v3.keras", *JAVA)
    assert ran.lines[-1].endswith("--to saved_model.")


@pytest.mark.parametrize(
    ("model", "file", "next_step"),
    [
        ("frozen_tf1.pbtxt", "frozen_tf1.pbtxt", "frozen_tf1.pbtxt --to frozen_graph."),
        ("checkpoint_graph_pbtxt", "graph.pbtxt", "push the checkpoint with its .meta file."),
    ],
)
def test_a_graph_in_text_form_fits_with_a_warning_for_who_imports_bytes(
    tfreg: Tfreg, model: str, file: str, next_step: str
) -> None:
    ran = tfreg("diagnose", MODELS / model, *JAVA)
    assert ran.code == 0
    assert f"warning TFR307: The graph is a text, {file}, and" in ran.lines[1]
    assert ran.lines[2].endswith(next_step)


def test_a_runtime_that_is_not_known_is_refused_with_those_that_are(tfreg: Tfreg) -> None:
    ran = tfreg("diagnose", MODELS / "unfit_op", "--runtime", "tensorflow-java-1.1", "-o", "json")
    assert (ran.code, ran.error["code"]) == (3, "PATH_NOT_FOUND")
    assert ran.error["hint"].startswith("Did you mean tensorflow-java-1.1.0?")
    ran = tfreg("diagnose", MODELS / "unfit_op", *JAVA, "--tensorflow-version", "2", "-o", "json")
    assert ran.error["code"] == "REQUEST_INVALID"


def test_the_format_and_the_tag_set_that_are_named_are_looked_at(tfreg: Tfreg) -> None:
    ran = tfreg("diagnose", MODELS / "tf1_multi_tag", *JAVA, "--tag-set", "serve,gpu")
    assert ran.code == 0
    ran = tfreg("diagnose", MODELS / "tf1_multi_tag", *JAVA, "--format", "frozen_graph", "-o", "json")
    assert ran.error["code"] == "FORMAT_NOT_STORED"
