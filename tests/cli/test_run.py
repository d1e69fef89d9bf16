"""`tfreg run`: a signature once, as saved_model_cli run does it, in the sandbox."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from tfreg.cli.commands.run import _check_outdir
from tfreg.cli.given_inputs import NamedFiles, given_inputs
from tfreg.convert.runs import GivenInput
from tfreg.core.errors import ExpressionInvalidError, PathNotFoundError, RequestInvalidError

EXPRESSIONS = "input_ids=np.ones((1,8),np.int32);input_mask=np.ones((1,8),np.int32);segment_ids=np.zeros((1,8),np.int32)"


def test_inputs_are_written_as_saved_model_cli_takes_them(tmp_path):
    np.save(tmp_path / "a.npy", np.ones(1))
    np.savez(tmp_path / "b.npz", key=np.ones(1))
    found = given_inputs([f"x={tmp_path}/a.npy;y={tmp_path}/b.npz[key]"], ["z=np.ones((2, 3)); w=[1, 2]"], ["e=[{'a': [1]}]"])
    assert found.inputs == (
        GivenInput("x", file="0.npy"),
        GivenInput("y", file="1.npz", item="key"),
        GivenInput("z", expression="np.ones((2, 3))"),
        GivenInput("w", expression="[1, 2]"),
        GivenInput("e", examples="[{'a': [1]}]"),
    )
    tree = NamedFiles(found.files)
    assert [file.path for file in tree.files()] == ["0.npy", "1.npz"]
    with tree.open("0.npy") as reader:
        assert reader.read_at(0, reader.size_bytes) == (tmp_path / "a.npy").read_bytes()


@pytest.mark.parametrize(
    ("files", "exprs", "error"),
    [
        (["x"], [], RequestInvalidError),
        (["=a.npy"], [], RequestInvalidError),
        (["x=model.pb"], [], RequestInvalidError),
        (["x=nowhere.npy"], [], PathNotFoundError),
        ([], ["x=np.ones((1,"], ExpressionInvalidError),
    ],
)
def test_what_says_no_input_is_refused_before_anything_is_run(files, exprs, error):
    with pytest.raises(error):
        given_inputs(files, exprs, [])


def test_what_is_at_the_outdir_is_refused_before_the_run(tfreg, models, tmp_path):
    (tmp_path / "label.npy").write_bytes(b"")
    ran = tfreg("run", models / "tf1_saved_model", "--input-exprs", EXPRESSIONS, "--outdir", tmp_path)
    assert (ran.code != 0, "--overwrite" in ran.err) == (True, True)


def test_outputs_that_would_be_one_file_are_refused_before_the_run(tmp_path):
    fetches = [SimpleNamespace(key=key, ref=None) for key in ("a/b", "a_b")]
    with pytest.raises(RequestInvalidError, match=r"one file .*a_b\.npy"):
        _check_outdir(tmp_path, SimpleNamespace(binding=SimpleNamespace(fetches=fetches)), overwrite=True)


def test_a_missing_signature_is_told_with_the_option(tfreg, models):
    ran = tfreg("run", models / "tf1_cond_while_v1", "--signature", "nothing")
    assert "There are: gated, serving_default" in ran.err


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
def test_outputs_are_printed_as_json_and_saved(tfreg, models, tmp_path):
    printed = tfreg("run", models / "tf1_saved_model", "--input-exprs", EXPRESSIONS)
    assert printed.lines[:2] == ["Result for output key label:", "[1]"]
    assert re.match(r"\[\[.*\]\]", printed.lines[3])
    saved = tfreg(
        *("run", models / "tf1_saved_model", "--input-exprs", EXPRESSIONS, "--outdir", tmp_path / "out", "-o", "json"),
        *("--output", "probabilities"),
    )
    (output,) = saved.json["outputs"]
    assert (output["key"], output["shape"]) == ("probabilities", [1, 3])
    assert np.load(output["path"]).shape == (1, 3)


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
def test_a_version_is_run_by_its_reference(tfreg, models):
    assert tfreg("push", models / "tf2_vocab", "team/words").code == 0
    ran = tfreg("run", "team/words", "--input-exprs", 'words=["a", "b"]', "-o", "json")
    assert ran.json["subject"] == "team/words:1"
    assert {output["key"] for output in ran.json["outputs"]} == {"ids", "labels", "vectors"}
    assert next(output for output in ran.json["outputs"] if output["key"] == "ids")["value"] == [4, 4]


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
def test_a_lambda_layer_needs_leave(tfreg, models):
    ran = tfreg("run", models / "keras_3_lambda_v3.keras", "--input-exprs", "x=np.ones((1, 4))", "-o", "json")
    assert ran.error["code"] == "FOREIGN_CODE"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((1, 8), np.float32), r"'input_ids' is of dtype int32, the value given of float32"),
        (np.ones((1, 7), np.int32), r"'input_ids' has the shape \[None, 8\], the value given \[1, 7\]"),
    ],
)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_what_does_not_fit_is_refused_before_tensorflow_is_started(
    tfreg, models, tmp_path, monkeypatch, *, values, message, suffix
):
    monkeypatch.setattr("tfreg.cli.running.open_local_runner", None)
    file = tmp_path / f"values.{suffix}"
    np.savez(file, input_ids=values) if suffix == "npz" else np.save(file, values)
    ran = tfreg("run", models / "tf1_saved_model", "--signature", "features", "--inputs", f"input_ids={file}", *_OTHERS)
    assert ran.code != 0
    assert re.search(message, ran.err)


def test_unknown_and_missing_inputs_are_refused_before_tensorflow_is_started(tfreg, models, monkeypatch):
    monkeypatch.setattr("tfreg.cli.running.open_local_runner", None)
    assert "has no input x" in tfreg("run", models / "tf1_saved_model", "--input-exprs", "x=1").err
    assert "needs a value for input_ids" in tfreg("run", models / "tf1_saved_model", *_OTHERS).err


_OTHERS = ("--input-exprs", "input_mask=np.ones((1,8),np.int32);segment_ids=np.zeros((1,8),np.int32)")
