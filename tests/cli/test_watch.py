"""`tfreg watch`: events as lines, of a server or of the data folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.cli.exit_codes import INTERRUPTED

Tfreg = Callable[..., Any]


@pytest.fixture
def pushed(tfreg: Tfreg, models: Path) -> Tfreg:
    """`tfreg`, with events 1 to 4 of two models."""
    assert tfreg("push", models / "frozen_tf1.pb", "team/bert", "--alias", "prod").code == 0
    assert tfreg("push", models / "frozen_keras.pb", "other").code == 0
    assert tfreg("alias", "team/bert", "--remove", "prod").code == 0
    return tfreg


def test_a_line_an_event(pushed: Tfreg) -> None:
    ran = pushed("watch", "--from", "start", "--count", 4)
    assert [re.sub(r"^[0-9-]+ [0-9:]+Z", "TIME", line) for line in ran.lines] == [
        "TIME  1  version_created      team/bert:1",
        "TIME  2  alias_moved          team/bert@prod - -> 1",
        "TIME  3  version_created      other:1",
        "TIME  4  alias_moved          team/bert@prod 1 -> -",
    ]
    assert ran.err == "watching all models from start on\n"


def test_a_json_document_a_line(pushed: Tfreg) -> None:
    ran = pushed("watch", "team/*", "--from", "1", "--count", 2, "-o", "json")
    moved, removed = map(json.loads, ran.lines)
    assert moved.pop("happened_at").endswith("Z")
    assert moved == {"sequence": 2, "model": "team/bert", "kind": "alias_moved", "version": 1, "alias": "prod", "from_version": 0}
    assert (removed["sequence"], removed["version"], removed["from_version"]) == (4, 0, 1)
    assert ran.err == ""


def test_models_and_a_prefix_choose(pushed: Tfreg) -> None:
    numbers = [line.split()[2] for line in pushed("watch", "other", "team/b*", "--from", "start", "--count", 4).lines]
    assert numbers == ["1", "2", "3", "4"]
    assert [line.split()[2] for line in pushed("watch", "other", "--from", "start", "--count", 1).lines] == ["3"]
    assert len(pushed("watch", "*", "--from", "start", "--count", 4).lines) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--from", "now"), 2, "REQUEST_INVALID"),
        (("--from", "9" * 30), 2, "REQUEST_INVALID"),
        (("a*", "b*"), 2, "REQUEST_INVALID"),
        (("Not a name",), 2, "MODEL_NAME_INVALID"),
        (("--from", "99"), 4, "SEQUENCE_UNKNOWN"),
    ],
)
def test_refusals(pushed: Tfreg, arguments: tuple[str, ...], code: int, reason: str) -> None:
    ran = pushed("watch", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert f"code: {reason}" in ran.err


def test_what_another_process_does_is_told_until_ctrl_c(tfreg: Tfreg, models: Path) -> None:
    command = [sys.executable, "-m", "tfreg.cli.main", "watch", "team/*"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    with watching:
        assert watching.stderr.readline() == "watching team/* from start on\n"
        tfreg("push", models / "frozen_tf1.pb", "team/bert")
        assert watching.stdout.readline().endswith("version_created      team/bert:1\n")
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=60)
    assert (watching.returncode, out) == (INTERRUPTED, "")
    assert "Traceback" not in err
