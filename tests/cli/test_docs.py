"""README.md, docs/cli.md and docs/conversions.md are true: their examples are run; exit codes and commands are those of the code."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tfreg.cli.app import COMMANDS
from tfreg.cli.exit_codes import BY_KIND

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"
CONVERSIONS = Path(__file__).parents[2] / "docs" / "conversions.md"
README = Path(__file__).parents[2] / "README.md"
MODELS = Path(__file__).parents[1] / "fixtures" / "models"
FIXTURES = {
    "classifier": "tf1_saved_model",
    "retrained": "tf1_placeholder_with_default",
    "newer": "unfit_branch",
    "frozen.pb": "frozen_tf1.pb",
    "run": "checkpoint_training",
    "model_dir": "estimator_training_2_12_model_dir",
    "export": "estimator_training_2_12_export",
    "unsigned": "tf2_no_signatures",
    "model.json": "same_keras_architecture.json",
    "model.weights.h5": "same_keras_weights.weights.h5",
    "model.keras": "same_keras_v3.keras",
    "lambda.keras": "keras_3_lambda_v3.keras",
}
Tfreg = Callable[..., Any]


@dataclass
class Example:
    """A command line and what the page says that it prints, stderr and exit code included."""

    command: str
    expected: list[str] = field(default_factory=list)


def examples(page: str, mark: str = "runnable") -> Iterator[Example]:
    """Yields the commands of all blocks marked `console runnable`, in order."""
    for block in re.findall(rf"^```console {mark}\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        example = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if example is not None:
                    yield example
                example = Example(line.removeprefix("$ tfreg "))
            elif example is not None:
                example.expected.append(line)
        if example is not None:
            yield example


def pattern(line: str) -> str:
    """Returns a regular expression for a line: `<...>` is anything, and blanks are as wide as the columns happen to be."""
    words = re.split(r"(<\w+>| +)", line)
    return "".join(".+?" if word.startswith("<") else r" +" if word.startswith(" ") else re.escape(word) for word in words)


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with the models that the pages name."""
    monkeypatch.chdir(tmp_path)
    for name, fixture in FIXTURES.items():
        source = MODELS / fixture
        shutil.copytree(source, name) if source.is_dir() else shutil.copy(source, name)


@pytest.mark.parametrize("page", [DOCS, README, CONVERSIONS], ids=lambda page: page.name)
@pytest.mark.usefixtures("at_work")
def test_every_example_prints_what_the_page_says(page: Path, tfreg: Tfreg) -> None:
    check(examples(page.read_text()), tfreg)


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [DOCS, CONVERSIONS], ids=lambda page: page.name)
@pytest.mark.usefixtures("at_work")
def test_so_do_those_that_run_tensorflow(page: Path, tfreg: Tfreg) -> None:
    check(examples(page.read_text(), "runnable tensorflow"), tfreg)


def check(wanted: Iterator[Example], tfreg: Tfreg) -> None:
    """Runs examples in order, and compares what they print with what the page says."""
    for example in wanted:
        ran = tfreg(*shlex.split(example.command))
        printed = (ran.out + ran.err).splitlines() + ([f"[exit {ran.code}]"] if ran.code else [])
        expected = "\n".join(map(pattern, example.expected))
        assert re.fullmatch(expected, "\n".join(printed)), "\n".join(["$ tfreg " + example.command, *printed])


def test_the_page_has_a_section_for_every_command_and_for_no_other() -> None:
    sections = re.findall(r"^## ([a-z]+)$", DOCS.read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(COMMANDS)


def test_the_exit_codes_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    told = {kind: int(code) for code, meaning in rows for kind in re.findall(r"`([A-Z_]+)`", meaning)}
    assert told == {kind.value: code for kind, code in BY_KIND.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_told(command: str) -> None:
    from tfreg.cli.app import load_command

    page = DOCS.read_text()
    shared = page.partition("## Exit codes")[0]
    section = page.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    for parameter in load_command(command).params:
        if parameter.param_type_name == "option":
            longest = max(parameter.opts, key=len)
            assert f"`{longest}" in section + shared or f" {longest}" in section + shared, longest
