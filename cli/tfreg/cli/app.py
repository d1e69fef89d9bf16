"""The table of commands, and the group that imports a command's module only when that command is called.

Importing all of them would make `tfreg --help` and every shell completion pay for grpc and the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup
from typer.main import get_command

from tfreg.cli.settings import root_options, shared_options

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

COMMANDS: dict[str, str] = {
    "serve": "Serve the registry to other machines.",
    "push": "Store a model as a new version.",
    "pull": "Fetch a version's files.",
    "ls": "List models, or the versions of a model.",
    "show": "Tell what a model says about itself: signatures, tensors, ops.",
    "tensors": "List, print and save the tensors of a model.",
    "convert": "Make a model in another format.",
    "diff": "Tell what differs between two models.",
    "resolve": "Tell which tensors to feed and to fetch.",
    "run": "Run a signature once.",
    "scan": "Tell what is unsafe in a model.",
    "diagnose": "Tell whether a runtime can load and run a model.",
    "lock": "Pin what references stand for, so that builds repeat.",
    "stub": "Write typed code that calls a model's signatures.",
    "sign": "Declare a signature for a model that lacks one, or has a wrong one.",
    "alias": "List, move and remove aliases.",
    "watch": "Tell what happens to models as it happens.",
    "rm": "Delete a version, or take a deletion back.",
    "version": "Tell the versions of client, server and API.",
    "doctor": "Check the data folder, the server and the cache.",
}
"""Name of each command, which is also its module below `commands`, and what `--help` says of it."""

OUTLINE = """A model registry for TensorFlow.

A reference is team/name (its newest version), team/name:7, team/name@prod or team/name@sha256:<hex>. A path starts with / or ./
or ~, or is . or ..; show, tensors, convert, diff, resolve, run, scan, diagnose and stub take either. Without a server, a registry in a
local folder is used.
"""


@cache
def load_command(name: str) -> Command:
    """Imports a command's module and adds the shared options to its own."""
    function = getattr(import_module(f"tfreg.cli.commands.{name}"), name)
    command = _single(function)
    command.name = name
    command.short_help = COMMANDS[name]
    command.params.extend(_single(shared_options).params)
    return command


class LazyCommands(MutableMapping[str, "Command"]):
    """The commands by name, each loaded when it is looked up."""

    def __getitem__(self, name: str) -> Command:
        if name not in COMMANDS:
            raise KeyError(name)
        return load_command(name)

    def __setitem__(self, name: str, command: Command) -> None:
        raise TypeError("commands are rows of COMMANDS")

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands are rows of COMMANDS")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    """`tfreg` itself."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002
        """Names, without loading a command."""
        return list(COMMANDS)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """Help lines, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@cache
def root() -> TyperGroup:
    """Returns the command `tfreg`."""
    app = typer.Typer(name="tfreg", cls=LazyGroup, rich_markup_mode=None, no_args_is_help=True, help=OUTLINE)
    app.callback()(shared_options)
    group = get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("a Typer with a callback is a group")
    group.help = OUTLINE
    group.commands = LazyCommands()
    group.params.extend(_single(root_options).params)
    group.context_settings = {"help_option_names": ["--help", "-h"]}
    return group


def _single(function: object) -> Command:
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(function)  # type: ignore[type-var]  # checked by typer itself
    return get_command(app)
