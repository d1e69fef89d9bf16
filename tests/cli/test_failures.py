"""How commands fail: an exit code by kind, a message with a next step, JSON on request, never a traceback."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from typing import Any

import pytest

from tfreg.cli.exit_codes import BY_KIND
from tfreg.core.errors import Kind, TfregError, error_types

Tfreg = Callable[..., Any]


@pytest.fixture
def failing(tfreg: Tfreg, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `tfreg version` with something going wrong in it."""

    def run(error: BaseException, *options: str) -> Any:
        def fail(_: str) -> str:
            raise error

        monkeypatch.setattr("tfreg.cli.commands.version.installed_version", fail)
        return tfreg("version", "--client", *options)

    return run


def test_every_kind_of_error_has_an_exit_code() -> None:
    assert set(BY_KIND) == set(Kind)
    assert 0 not in BY_KIND.values()


@pytest.mark.parametrize("error_type", sorted(error_types(), key=lambda found: found.reason), ids=lambda found: found.reason)
def test_every_reason_ends_with_the_code_of_its_kind(failing: Any, error_type: type[TfregError]) -> None:
    ran = failing(error_type("It went wrong.", hint="Do something."))
    assert ran.code == BY_KIND[error_type.kind]
    assert ran.err.splitlines() == ["error: It went wrong.", "  next: Do something.", f"  code: {error_type.reason}"]
    assert ran.out == ""


def test_with_json_output_the_error_is_json_too(failing: Any) -> None:
    from tfreg.core.errors import ModelNotFoundError

    ran = failing(ModelNotFoundError("No model.", hint="Look.", model="team/bert"), "-o", "json")
    assert ran.error == {
        "code": "MODEL_NOT_FOUND",
        "kind": "NOT_FOUND",
        "message": "No model.",
        "hint": "Look.",
        "metadata": {"model": "team/bert"},
        "exit_code": 3,
    }


def test_a_bug_is_told_without_a_traceback_unless_asked_for(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = failing(ZeroDivisionError("division by zero"))
    assert ran.code == 1
    assert "error: ZeroDivisionError: division by zero" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("TFREG_DEBUG", "1")
    assert "Traceback" in failing(ZeroDivisionError("division by zero")).err


def test_a_full_disk_is_told_as_such(failing: Any) -> None:
    ran = failing(OSError(errno.ENOSPC, "No space left on device"))
    assert ran.code == 8
    assert "code: STORAGE_FULL" in ran.err


def test_a_file_that_cannot_be_used_is_named(failing: Any) -> None:
    ran = failing(PermissionError(errno.EACCES, "Permission denied", "/some/file"))
    assert ran.code == 2
    assert "'/some/file' cannot be used: Permission denied." in ran.err


def test_interrupted_by_the_user_it_ends_quietly_with_130(failing: Any) -> None:
    ran = failing(KeyboardInterrupt())
    assert ran.code == 130
    assert ran.err.strip() == "interrupted"


def test_an_interrupted_transfer_says_that_it_may_be_repeated(tfreg: Tfreg, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tfreg.cli.commands.pull.settings_of", interrupt)
    ran = tfreg("pull", "team/bert")
    assert ran.code == 130
    assert ran.err.split("\n")[1:] == ["interrupted", "  next: Repeat the command: it goes on where it stopped.", ""]


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("show",), ("show", "--nonsense", "."), ("ls", "-o", "yaml"), ("push", "only-one-argument")]
)
def test_a_wrong_command_line_ends_with_2_and_points_to_help(tfreg: Tfreg, arguments: tuple[str, ...]) -> None:
    ran = tfreg(*arguments)
    assert ran.code == 2
    assert "--help tells the arguments." in ran.err
    assert "code: REQUEST_INVALID" in ran.err


def test_a_wrong_command_line_is_told_in_json_if_json_was_asked_for(tfreg: Tfreg) -> None:
    assert tfreg("show", ".", "-o", "json", "--nonsense").error["code"] == "REQUEST_INVALID"


def test_a_mistyped_command_names_the_right_one(tfreg: Tfreg) -> None:
    assert "Did you mean 'resolve'?" in tfreg("resolv").err


@pytest.mark.parametrize("words", [("help",), ("-h",), ("--help",)])
def test_help_is_asked_for_in_any_way(tfreg: Tfreg, words: tuple[str, ...]) -> None:
    assert re.search(r"resolve +Tell which tensors", tfreg(*words).out)
    assert tfreg("help", "show").out == tfreg("show", "-h").out == tfreg("show", "--help").out


def test_the_version_of_the_client_is_an_option_too(tfreg: Tfreg) -> None:
    ran = tfreg("--version")
    assert (ran.code, ran.out) == (0, f"tfreg {tfreg('version', '--client', '-o', 'json').json['client']}\n")


def test_the_form_of_the_output_may_stand_before_the_command(tfreg: Tfreg) -> None:
    assert tfreg("-o", "json", "version", "--client").json
    assert not tfreg("-o", "json", "version", "--client", "-o", "table").out.startswith("{")
    assert tfreg("-o", "java", "version", "--client").code == 2


def test_without_arguments_the_commands_are_listed(tfreg: Tfreg) -> None:
    ran = tfreg()
    assert ran.code == 0
    assert re.search(r"resolve +Tell which tensors", ran.out)
