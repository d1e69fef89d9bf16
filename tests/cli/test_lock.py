"""`tfreg lock`: what references stood for, written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.locks.lock_json import read_lock

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the lock file goes if nobody says otherwise."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder / "tfreg.lock"


@pytest.fixture
def pushed(tfreg: Tfreg, file: Path) -> Tfreg:
    """`tfreg` over a registry with team/bert:1, which has two signatures, and team/sparse:1."""
    assert tfreg("push", MODELS / "tf1_saved_model", "team/bert", "--alias", "prod").code == 0
    assert tfreg("push", MODELS / "tf1_sparse", "team/sparse").code == 0
    return tfreg


def test_it_writes_what_references_stand_for(pushed: Tfreg, file: Path) -> None:
    ran = pushed("lock", "team/sparse", "team/bert@prod")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        "team/sparse: locked, version 1, saved_model, 1 signature",
        "team/bert@prod: locked, version 1, saved_model, 2 signatures",
    ]
    bert, sparse = read_lock(file.read_bytes()).models
    assert (bert.reference, bert.model, bert.version, bert.format) == ("team/bert@prod", "team/bert", 1, "saved_model")
    shown = pushed("show", "team/bert", "-o", "json").json
    assert (bert.artifact_digest, bert.interface_fingerprint) == (shown["artifact_digest"], shown["fingerprints"]["interface"])
    assert [signature.key for signature in bert.signatures] == ["features", "serving_default"]
    assert all(signature.fingerprint.startswith("sha256:") for signature in bert.signatures)
    (tensor,) = (feed.tensor for feed in sparse.signatures[0].inputs)
    assert (tensor.encoding, [part.key for part in tensor.components]) == ("sparse", ["values", "indices", "dense_shape"])


def test_the_format_and_the_tag_set_that_are_named_are_locked(pushed: Tfreg, file: Path) -> None:
    assert pushed("push", MODELS / "tf1_multi_tag", "team/multi").code == 0
    assert pushed("lock", "team/multi", "--tag-set", "mobile", "-o", "json").error["code"] == "TAG_SET_NOT_FOUND"
    assert pushed("lock", "team/multi", "--tag-set", "gpu,serve").code == 0
    assert pushed("convert", "team/bert", "--to", "frozen_graph").code == 0
    ran = pushed("lock", "team/bert", "--format", "tflite,frozen_graph")
    assert ran.lines == ["team/bert: locked, version 1, frozen_graph, 1 signature"]
    assert pushed("lock", "team/bert", "--format", "tflite", "-o", "json").error["code"] == "FORMAT_NOT_STORED"
    assert "  format frozen_graph -> saved_model" in pushed("lock", "team/bert", "--check").lines
    assert pushed("lock", "team/bert", "--format", "frozen_graph", "--check").code == 0


def test_the_fingerprint_of_a_signature_is_that_of_its_binding(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert")
    told = {one.key: one.fingerprint for one in read_lock(file.read_bytes()).models[0].signatures}
    from tfreg.cli.registry import open_registry
    from tfreg.cli.settings import Settings

    with open_registry(Settings()) as client:
        assert told == {key: client.resolve("team/bert", signature=key).binding.signature_fingerprint for key in told}


def test_another_lock_keeps_the_entries_that_it_does_not_name(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert@prod")
    before = read_lock(file.read_bytes())
    pushed("lock", "team/sparse")
    assert read_lock(file.read_bytes()).model("team/bert@prod") == before.models[0]
    assert len(read_lock(file.read_bytes()).models) == 2


def test_check_passes_as_long_as_the_registry_says_the_same(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert@prod", "team/sparse")
    before = file.read_bytes()
    ran = pushed("lock", "--check")
    assert (ran.code, [line.split(",")[0] for line in ran.lines]) == (0, ["team/bert@prod: as locked", "team/sparse: as locked"])
    assert file.read_bytes() == before


def test_check_tells_what_changed_and_writes_nothing(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert@prod", "team/sparse")
    before = file.read_bytes()
    pushed("push", MODELS / "release_1_15_saved_model", "team/bert", "--alias", "prod")
    ran = pushed("lock", "--check")
    assert ran.code == 12
    assert ran.lines[0] == "team/bert@prod: changed, version 2, saved_model, 1 signature"
    assert ran.lines[1] == "  version 1 -> 2"
    assert ran.lines[2].startswith("  artifact sha256:")
    assert ran.lines[3:5] == ["  signature features: gone", "  signature serving_default: output label: gone"]
    assert ran.lines[-1].startswith("team/sparse: as locked")
    assert file.read_bytes() == before
    assert pushed("lock", "--check", "team/sparse").code == 0
    document = pushed("lock", "--check", "-o", "json")
    assert (document.code, document.json["changed"], document.json["models"][0]["version"]) == (12, True, 2)


def test_without_references_all_entries_are_renewed(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert@prod", "team/sparse")
    pushed("push", MODELS / "tf2_vocab", "team/bert", "--alias", "prod")
    assert pushed("lock").code == 0
    assert [model.version for model in read_lock(file.read_bytes()).models] == [2, 1]
    assert pushed("lock", "--check").code == 0


def test_a_declared_signature_is_a_change(pushed: Tfreg, file: Path) -> None:
    pushed("lock", "team/bert@prod")
    pushed("sign", "team/bert@prod", "embed", "--input", "ids=input_ids", "--output", "vector=fc3:0")
    ran = pushed("lock", "--check")
    assert (ran.code, ran.lines[1]) == (12, "  signature embed: new")


def test_check_of_what_is_not_locked_says_so(pushed: Tfreg, file: Path) -> None:
    ran = pushed("lock", "--check", "team/bert")
    assert (ran.code, ran.lines) == (12, ["team/bert: is not locked, version 1, saved_model, 2 signatures"])
    assert not file.exists()


def test_a_model_without_signatures_cannot_be_locked(pushed: Tfreg, file: Path) -> None:
    pushed("push", MODELS / "frozen_tf1.pb", "team/frozen")
    ran = pushed("lock", "team/bert", "team/frozen", "-o", "json")
    assert (ran.code, ran.error["code"]) == (4, "NO_SIGNATURES")
    assert "tfreg sign" in ran.error["hint"]
    assert not file.exists()


def test_a_signature_that_leaves_a_needed_tensor_unnamed_is_told(pushed: Tfreg, file: Path) -> None:
    pushed("push", MODELS / "tf1_cond_while_v1", "team/gated")
    ran = pushed("lock", "team/gated")
    assert ran.code == 0
    assert "note: signature gated cannot run without" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("./model",), "REQUEST_INVALID"),
        ((), "REQUEST_INVALID"),
        (("team/none",), "MODEL_NOT_FOUND"),
        (("team/bert", "--file", "nowhere/tfreg.lock"), "PATH_NOT_FOUND"),
    ],
)
def test_what_cannot_be_locked_is_refused(pushed: Tfreg, file: Path, words: tuple[str, ...], code: str) -> None:
    assert pushed("lock", *words, "-o", "json").error["code"] == code
    assert not file.exists()


def test_a_damaged_lock_file_is_left_alone(pushed: Tfreg, file: Path) -> None:
    file.write_text('{"tfreg_lock": 2}')
    assert pushed("lock", "team/bert", "-o", "json").error["code"] == "LOCK_INVALID"
    assert json.loads(file.read_text()) == {"tfreg_lock": 2}
