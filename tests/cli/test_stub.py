"""`tfreg stub`: typed code of a signature, in Java, Python and protobuf."""

from __future__ import annotations

import ast
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.locks.lock_json import read_lock

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
MODEL = MODELS / "tf1_saved_model"
JAR = Path(__file__).parents[2] / "clients" / "java" / "tfreg-codegen" / "target" / "tfreg-codegen-0.1.0-cli.jar"
Tfreg = Callable[..., Any]


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program in place of Java, which writes its arguments and the lock file that it is given to files."""

    def put(version: str = "17.0.15", code: int = 0, error: str = "") -> Path:
        home = tmp_path / "jdk"
        program = home / "bin" / "java"
        program.parent.mkdir(parents=True)
        lines = [
            f"#!{sys.executable}",
            "import shutil, sys",
            "if sys.argv[1:] == ['-version']:",
            f"    sys.stderr.write('openjdk version \"{version}\" 2025-04-15')",
            "    sys.exit(0)",
            f"open({str(tmp_path / 'arguments')!r}, 'w').write('\\n'.join(sys.argv[1:]))",
            f"shutil.copy(sys.argv[sys.argv.index('--lock') + 1], {str(tmp_path / 'lock')!r})",
            "print('Bert.java')",
            f"sys.stderr.write({error!r})",
            f"sys.exit({code})",
        ]
        program.write_text("\n".join(lines) + "\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        jar = tmp_path / "generator.jar"
        jar.write_bytes(b"")
        monkeypatch.setenv("JAVA_HOME", str(home))
        monkeypatch.setenv("TFREG_CODEGEN_JAR", str(jar))
        return tmp_path

    return put


def test_a_proto_is_not_written_over_what_is_no_text(tfreg: Tfreg, tmp_path: Path) -> None:
    out = tmp_path / "model.h5"
    out.write_bytes(b"\x89HDF")
    ran = tfreg("stub", "proto", MODEL, "--out", out, "-o", "json")
    assert (ran.code, ran.error["code"], out.read_bytes()) == (2, "REQUEST_INVALID", b"\x89HDF")


def test_a_python_module_goes_to_stdout_or_to_a_file(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("stub", "python", MODEL)
    assert (ran.code, ran.err) == (0, "")
    classes = [node.name for node in ast.parse(ran.out).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    assert classes == ["InterfaceChangedError", "FeaturesResult", "Features", "ServingDefaultResult", "ServingDefault"]
    out = tmp_path / "bert.py"
    assert tfreg("stub", "python", MODEL, "--out", out).lines == [str(out)]
    assert out.read_text() == ran.out


def test_a_version_of_a_registry_gives_the_same_classes_as_its_files(tfreg: Tfreg) -> None:
    tfreg("push", MODEL, "team/bert", "--alias", "prod")
    of_version, of_path = tfreg("stub", "python", "team/bert@prod").out, tfreg("stub", "python", MODEL).out
    assert of_version.startswith('"""Typed calls of team/bert@prod, version 1: one class a signature.')
    assert of_version.partition("from __future__")[2] == of_path.partition("from __future__")[2]


def test_one_signature_can_be_chosen(tfreg: Tfreg) -> None:
    assert "class ServingDefault" not in tfreg("stub", "python", MODEL, "--signature", "features").out
    ran = tfreg("stub", "python", MODEL, "--signature", "feature", "-o", "json")
    assert (ran.code, ran.error["code"], ran.error["metadata"]["nearest"]) == (3, "SIGNATURE_NOT_FOUND", "features")


def test_json_tells_the_files_or_the_text(tfreg: Tfreg, tmp_path: Path) -> None:
    out = tmp_path / "bert.py"
    told = tfreg("stub", "python", MODEL, "--out", out, "-o", "json").json
    assert (told["language"], told["files"], told["text"]) == ("python", [str(out)], None)
    assert tfreg("stub", "python", MODEL, "-o", "json").json["text"] == out.read_text()


def test_a_proto_keeps_the_numbers_of_the_file_that_it_replaces(tfreg: Tfreg, tmp_path: Path) -> None:
    out = tmp_path / "bert.proto"
    assert tfreg("stub", "proto", MODEL, "--package", "acme.bert.v1", "--out", out).lines == [str(out)]
    first = out.read_text()
    assert "package acme.bert.v1;" in first
    assert "  repeated int64 label = 1;" in first
    tfreg("stub", "proto", MODELS / "release_1_15_saved_model", "--package", "acme.bert.v1", "--out", out)
    assert "  repeated float probabilities = 3;" in out.read_text()
    assert '  reserved "label", "label_shape";' in out.read_text()


def test_java_is_written_by_its_generator_from_a_lock_of_that_model(
    tfreg: Tfreg, java: Callable[..., Path], tmp_path: Path
) -> None:
    folder = java()
    tfreg("push", MODEL, "team/bert", "--alias", "prod")
    ran = tfreg("stub", "java", "team/bert@prod", "--package", "com.acme", "--out", tmp_path / "src", "--signature", "features")
    assert (ran.code, ran.lines) == (0, ["Bert.java"])
    words = (folder / "arguments").read_text().splitlines()
    assert words[:2] == ["-jar", str(folder / "generator.jar")]
    assert words[2] == "--lock"
    assert words[4:] == ["--package", "com.acme", "--out", str(tmp_path / "src"), "--model", "team/bert@prod"]
    (model,) = read_lock((folder / "lock").read_bytes()).models
    assert (model.reference, [one.key for one in model.signatures]) == ("team/bert@prod", ["features"])


def test_a_lock_file_is_renewed_with_all_signatures(tfreg: Tfreg, tmp_path: Path) -> None:
    tfreg("push", MODEL, "team/bert", "--alias", "prod")
    lock = tmp_path / "tfreg.lock"
    assert tfreg("stub", "python", "team/bert@prod", "--lock", lock, "--signature", "features").code == 0
    (model,) = read_lock(lock.read_bytes()).models
    assert len(model.signatures) == 2
    assert tfreg("lock", "--check", "--file", lock).code == 0


def test_a_lock_file_stays_as_it_is_if_nothing_was_written(tfreg: Tfreg, java: Callable[..., Path], tmp_path: Path) -> None:
    java(code=2, error="error: two classes would be called Bert")
    tfreg("push", MODEL, "team/bert")
    lock = tmp_path / "tfreg.lock"
    assert tfreg("stub", "java", "team/bert", "--package", "com.acme", "--lock", lock).code == 4
    assert not lock.exists()


def test_what_the_generator_says_is_told(tfreg: Tfreg, java: Callable[..., Path]) -> None:
    java(code=2, error="error: two classes would be called Bert")
    ran = tfreg("stub", "java", MODEL, "--package", "com.acme")
    assert ran.code == 4
    assert "two classes would be called Bert" in ran.err
    assert "STUB_FAILED" in ran.err


def test_a_missing_generator_says_how_to_get_it(tfreg: Tfreg, java: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    java()
    monkeypatch.setenv("TFREG_CODEGEN_JAR", "/nowhere.jar")
    ran = tfreg("stub", "java", MODEL, "--package", "com.acme")
    assert (ran.code, "STUB_GENERATOR_MISSING" in ran.err, "tfreg-maven-plugin" in ran.err) == (4, True, True)


def test_the_generator_of_this_checkout_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from tfreg.cli import java_stubs

    monkeypatch.delenv("TFREG_CODEGEN_JAR", raising=False)
    assert JAR in list(java_stubs._places())
    assert JAR.name == java_stubs.JAR


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_392"])
def test_an_old_java_is_told(tfreg: Tfreg, java: Callable[..., Path], version: str) -> None:
    java(version)
    ran = tfreg("stub", "java", MODEL, "--package", "com.acme")
    assert (ran.code, "JAVA_MISSING" in ran.err, "needs 17" in ran.err) == (4, True, True)


def test_no_java_is_told(tfreg: Tfreg, java: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "JAVA_MISSING" in tfreg("stub", "java", MODEL, "--package", "com.acme").err
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no java is on the PATH" in tfreg("stub", "java", MODEL, "--package", "com.acme").err


@pytest.mark.java
@pytest.mark.timeout(900)
def test_the_real_generator_writes_classes(tfreg: Tfreg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFREG_CODEGEN_JAR", raising=False)
    if not JAR.exists():
        pytest.skip("the generator is not built: make install")
    tfreg("push", MODEL, "team/bert", "--alias", "prod")
    for subject in ("team/bert@prod", MODELS / "tf1_sparse"):
        ran = tfreg("stub", "java", subject, "--package", "com.acme", "--out", tmp_path / "src")
        assert (ran.code, ran.err) == (0, "")
        assert ran.lines
        for line in ran.lines:
            assert "package com.acme" in Path(os.path.join(tmp_path, line)).read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("java", MODEL), "--package com.acme"),
        (("python", MODEL, "--package", "acme"), "Leave --package out"),
        (("proto", MODEL, "--package", "acme..x"), "acme.bert.v1"),
        (("python", MODEL, "--lock", "x.lock"), "Leave --lock out"),
        (("python", MODELS / "frozen_tf1.pb"), "tfreg sign"),
        (("python", MODEL, "--out", MODELS), "Name the file"),
    ],
)
def test_what_cannot_be_written_is_told(tfreg: Tfreg, words: tuple[object, ...], told: str) -> None:
    ran = tfreg("stub", *words)
    assert ran.code in (2, 4)
    assert told in ran.err
