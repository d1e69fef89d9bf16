"""What only a process of its own can show: pipes, signals, terminals, the installed command."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tfreg.cli.bash_words import join

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
TFREG = [sys.executable, "-m", "tfreg.cli.main"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TFREG_", "GRPC_"))}
    return kept | {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_a_reader_that_goes_away_is_no_news() -> None:
    command = f"{' '.join(TFREG)} show {MODELS}/tf2_module_signatures --all | true; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert ran.stderr == ""
    assert ran.returncode in (0, 141)  # 0: it had written all before `true` ended


def test_writing_to_a_closed_pipe_ends_silently_with_141() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [*TFREG, "show", MODELS / "tf1_saved_model"], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_says_where_it_listens_and_ends_cleanly(number: int, tmp_path: Path, environment: dict[str, str]) -> None:
    command = [*TFREG, "serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "served")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert " on 127.0.0.1:" in server.stdout.readline()
        server.send_signal(number)
        _, err = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_told_by_tfreg_alone(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [*TFREG, "serve", "--listen", address, "--data", str(tmp_path / "served")]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"error: Cannot listen on {address}.")


def test_output_that_the_terminal_cannot_write_is_escaped(tmp_path: Path, environment: dict[str, str]) -> None:
    text = (MODELS / "tf1_pbtxt" / "saved_model.pbtxt").read_text().replace('"serving_default"', '"模型"')
    (tmp_path / "saved_model.pbtxt").write_text(text)
    ran = subprocess.run(
        [*TFREG, "show", tmp_path, "--signatures"],
        env=environment | {"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "\\u6a21\\u578b" in ran.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_gets_a_completion_script(shell: str, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [*TFREG, "--help"],
        env=environment | {"_TFREG_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "tfreg" in ran.stdout


def completed(words: str, environment: dict[str, str]) -> list[str]:
    """Returns what bash is offered after `words`."""
    asked = {"_TFREG_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    ran = subprocess.run(TFREG, env=environment | asked, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stderr == ""
    return ran.stdout.split()


def test_commands_and_options_are_completed(environment: dict[str, str]) -> None:
    assert completed("tfreg re", environment) == ["resolve"]
    assert "--signature" in completed("tfreg show --sig", environment)


def test_models_and_aliases_are_completed_from_the_registry(environment: dict[str, str]) -> None:
    subprocess.run(
        [*TFREG, "push", MODELS / "tf1_sparse", "demo/sparse", "--alias", "prod", "--quiet"],
        env=environment,
        check=True,
        timeout=60,
    )
    assert completed("tfreg resolve de", environment) == ["demo/sparse"]
    assert completed("tfreg pull demo/sparse@", environment) == ["demo/sparse@prod"]


def test_words_that_bash_has_cut_are_joined_and_only_what_it_replaces_is_printed(environment: dict[str, str]) -> None:
    push = [*TFREG, "push", MODELS / "tf1_sparse", "demo/sparse", "--alias", "prod", "--quiet"]
    subprocess.run(push, env=environment, check=True, timeout=60)
    for cut in (["demo/sparse", "@", "pr"], ["demo/sparse", "@"]):
        words = ["tfreg", "pull", *cut]
        asked = {"_TFREG_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
        ran = subprocess.run(TFREG, env=environment | asked, capture_output=True, text=True, check=False, timeout=60)
        assert (ran.stdout, ran.stderr) == ("@prod\n", "")


@pytest.mark.parametrize(
    ("cut", "typed"),
    [
        (["tfreg", "pull", "t/m", "@", "pr"], ["tfreg", "pull", "t/m@pr"]),
        (["tfreg", "ls", "--server", "=", "host", ":", "7", "te"], ["tfreg", "ls", "--server=host:7", "te"]),
        (["tfreg", "alias", "t/m", "prod", "=@", "can"], ["tfreg", "alias", "t/m", "prod=@can"]),
        (["tfreg", "ls", "t/m", ":", ""], ["tfreg", "ls", "t/m:", ""]),
        (["tfreg", "ls", ""], ["tfreg", "ls", ""]),
    ],
)
def test_words_are_joined_as_they_were_typed(cut: list[str], typed: list[str]) -> None:
    assert join(cut) == (typed, len(typed) - 1)


def test_a_server_that_is_down_completes_nothing(environment: dict[str, str]) -> None:
    assert completed("tfreg ls --server 127.0.0.1:1 de", environment) == []
