"""The example of typed classes: its lock file is the fixture's, and its program runs by the class that was generated from it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfreg.client import Client

EXAMPLES = Path(__file__).parents[2] / "examples"
CLASSES = EXAMPLES / "typed" / "target" / "classes"
LIBRARIES = EXAMPLES / "digits" / "java" / "target" / "lib" / "*"
TFREG = Path(sys.executable).parent / "tfreg"
SERVE = "from tfreg.server.serve import serve; import sys; serve('127.0.0.1:0', sys.argv[1], grace_s=5.0)"

pytestmark = pytest.mark.java


@pytest.fixture
def server(tmp_path: Path, models: Path) -> Iterator[str]:
    """The address of a registry that has the model which was locked."""
    command = [sys.executable, "-c", SERVE, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            with Client(address) as client:
                client.push(models / "tf1_saved_model", "team/classifier", aliases="prod")
            yield address
        finally:
            process.terminate()


def classify(server: str, cache: Path) -> subprocess.CompletedProcess[str]:
    command = ["java", "-cp", f"{CLASSES}{os.pathsep}{LIBRARIES}", "dev.tfreg.examples.typed.Classify", server]
    environment = {**os.environ, "TFREG_CACHE": str(cache)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.timeout(600)
def test_the_lock_file_is_what_the_registry_says(server: str) -> None:
    command = [TFREG, "--server", server, "lock", "--check", "--file", EXAMPLES / "typed" / "tfreg.lock"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(600)
def test_the_generated_class_runs_the_model(server: str, tmp_path: Path) -> None:
    ran = classify(server, tmp_path / "cache")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        label, *probabilities = line.replace("[", "").replace("]", "").replace(",", "").split()
        numbers = [float(number) for number in probabilities]
        assert numbers.index(max(numbers)) == int(label)
        assert sum(numbers) == pytest.approx(1)


@pytest.mark.timeout(600)
def test_a_model_with_another_interface_is_refused_with_the_difference(server: str, tmp_path: Path, models: Path) -> None:
    with Client(server) as client:
        client.push(models / "tf1_placeholder_with_default", "team/classifier", aliases="prod")
    ran = classify(server, tmp_path / "cache")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "INTERFACE_CHANGED: " in ran.stderr
    assert "input_ids" in ran.stderr
