"""The options that every command takes, before or after its name, and what they mean together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tfreg.cli.writing import write_lines
from tfreg.core.errors import RequestInvalidError


class OutputForm(StrEnum):
    """How a command prints its data."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[OutputForm, typer.Option("-o", help="Print aligned text, or one JSON document.")]
FormatsOption = Annotated[
    list[str] | None, typer.Option("--format", metavar="FORMAT,...", help="Formats that will do, best first. Repeatable.")
]
TagSetOption = Annotated[
    str, typer.Option("--tag-set", metavar="A,B", help="Exactly these tags; else the only tag set, or serve.")
]


@dataclass(slots=True)
class Settings:
    """The shared options as given; None where the user said nothing.

    Attributes:
        server: `HOST:PORT` of a server; empty: no server, whatever the environment says.
        data: Data folder of the embedded registry.
        quiet: No progress, no notes, no warnings: only the answer.
    """

    server: str | None = None
    data: str | None = None
    quiet: bool = False

    def target(self) -> str:
        """Returns the server to talk to; empty stands for the embedded registry.

        An option says more than the environment, so `--data` alone opens that folder even where TFREG_SERVER is set.

        Raises:
            RequestInvalidError: Both a server and a data folder were named on the command line.
        """
        if self.server and self.data:
            raise RequestInvalidError(
                "--server and --data were both given.", hint="Name the server, or the folder to open without a server."
            )
        if self.server is not None or self.data is not None:
            return self.server or ""
        return os.environ.get("TFREG_SERVER", "")

    def data_folder(self) -> Path:
        """Returns the embedded registry's folder: `--data`, else TFREG_DATA, else below XDG_DATA_HOME or ~/.local/share."""
        named = self.data or os.environ.get("TFREG_DATA")
        if named:
            return Path(named).expanduser()
        return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "tfreg"


def settings_of(context: typer.Context) -> Settings:
    """Returns the settings of the running command."""
    found = context.find_object(Settings)
    return found if found is not None else context.ensure_object(Settings)


def _remember(context: typer.Context, parameter: typer.CallbackParam, value: str | bool | None) -> None:
    if value is not None and value is not False and parameter.name:
        setattr(settings_of(context), parameter.name, value)


def _default_output(context: typer.Context, value: str | None) -> None:
    if value is not None:
        commands: Iterable[str] = context.command.commands  # type: ignore[attr-defined]  # of a group
        context.default_map = {command: {"output": value} for command in commands}


def _tell_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        write_lines([f"tfreg {version('tfreg')}"])
        raise typer.Exit


def root_options(
    output: Annotated[
        str | None,
        typer.Option("-o", callback=_default_output, expose_value=False, help="How the command prints, such as json."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, expose_value=False, help="Print the client's version."),
    ] = False,
) -> None:
    """Declares what only stands before a command's name."""


def shared_options(
    server: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", callback=_remember, expose_value=False, help="Talk to this server [env: TFREG_SERVER]."
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", callback=_remember, expose_value=False, help="Data folder if no server is named [env: TFREG_DATA]."
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", callback=_remember, expose_value=False, help="Print the answer only: no progress, no notes."
        ),
    ] = False,
) -> None:
    """Declares the options; their values go to `Settings`."""
