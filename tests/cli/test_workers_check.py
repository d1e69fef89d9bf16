"""What `tfreg doctor` says of conversions by TensorFlow."""

from __future__ import annotations

import pytest

from tfreg.cli.checks.check import Findings, State
from tfreg.cli.checks.workers import check_workers
from tfreg.convert import examination
from tfreg.convert.examination import WorkersFound


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (WorkersFound("2.21.0", "bubblewrap"), State.OK, ("TensorFlow 2.21.0", "sandbox by bubblewrap")),
        (WorkersFound("2.21.0", "namespaces"), State.OK, ("TensorFlow 2.21.0", "namespaces")),
        (WorkersFound("", "bubblewrap"), State.OK, ("not installed", "bubblewrap")),
        (WorkersFound("2.21.0", "", reason="Not safe.", hint="Install it."), State.WARNING, ("Not safe.",)),
        (WorkersFound("", "", reason="Not safe.", hint="Install it."), State.OK, ("not installed", "no sandbox")),
    ],
)
def test_doctor_says_which_tensorflow_and_which_sandbox(found, state, words, monkeypatch):
    monkeypatch.setattr(examination, "examine_workers", lambda: found)
    findings = Findings()
    check_workers(findings)
    (check,) = findings.checks
    assert (check.name, check.state) == ("workers", state)
    assert all(word in check.message for word in words)
    assert bool(check.hint) == (state is State.WARNING)
    assert findings.exit_code == 0


def test_the_version_of_tensorflow_is_told_without_importing_it(monkeypatch):
    def version(name):
        if name != "tensorflow-cpu":
            raise examination.PackageNotFoundError(name)
        return "2.99.0"

    monkeypatch.setattr(examination, "version", version)
    monkeypatch.setattr(examination, "find_spec", lambda name: object())
    assert examination.tensorflow_version() == "2.99.0"
    monkeypatch.setattr(examination, "find_spec", lambda name: None)
    assert examination.tensorflow_version() == ""
