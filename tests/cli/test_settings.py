"""Which registry a command means: an option says more than the environment, and no server means the folder on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfreg.cli.settings import Settings
from tfreg.core.errors import RequestInvalidError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("TFREG_SERVER", "TFREG_DATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    return monkeypatch


def test_without_a_server_the_registry_is_embedded() -> None:
    assert Settings().target() == ""


def test_the_environment_names_a_server_and_an_option_another(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TFREG_SERVER", "models:7433")
    assert Settings().target() == "models:7433"
    assert Settings(server="other:7433").target() == "other:7433"


def test_an_empty_server_option_means_the_embedded_registry(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TFREG_SERVER", "models:7433")
    assert Settings(server="").target() == ""


def test_a_data_option_means_the_embedded_registry_even_if_the_environment_names_a_server(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("TFREG_SERVER", "models:7433")
    assert Settings(data="/data").target() == ""


def test_naming_both_a_server_and_a_folder_is_refused() -> None:
    with pytest.raises(RequestInvalidError):
        Settings(server="models:7433", data="/data").target()


def test_the_data_folder_is_the_option_then_the_environment_then_the_users_own(environment: pytest.MonkeyPatch) -> None:
    assert Settings().data_folder() == Path("/home/somebody/.local/share/tfreg")
    environment.setenv("XDG_DATA_HOME", "/xdg")
    assert Settings().data_folder() == Path("/xdg/tfreg")
    environment.setenv("TFREG_DATA", "~/models")
    assert Settings().data_folder() == Path("/home/somebody/models")
    assert Settings(data="/option").data_folder() == Path("/option")
