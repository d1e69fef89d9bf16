"""`tfreg alias`: where aliases point, and where they shall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.completions import complete_model
from tfreg.cli.documents import alias_move_document, model_document
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.wording import time_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import MAX_VERSION, parse_alias, parse_model_name
from tfreg.core.records import AliasMove, AliasMoved, ModelRecord

if TYPE_CHECKING:
    from tfreg.client import Client


def alias(
    context: typer.Context,
    *,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model.", autocompletion=complete_model)],
    moves: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ALIAS=VERSION]...", help="Such as prod=7, or prod=@canary for canary's version."),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="ALIAS", help="Remove an alias. Repeatable.")] = None,
    expect: Annotated[
        int | None, typer.Option(metavar="VERSION", min=0, help="Only if the alias points there now; 0: nowhere.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="List where the aliases have pointed.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """List the aliases of a model, or move and remove some: all or none."""
    name = parse_model_name(model)
    settings = settings_of(context)
    with open_registry(settings) as client:
        if moves or remove:
            wanted = wanted_moves(client, name, moves or (), remove or (), expect)
            print_model(client.set_aliases(name, wanted), output, quiet=settings.quiet)
        elif history:
            print_history(list(client.alias_moves(name)), output)
        elif expect is not None:
            raise RequestInvalidError(
                "--expect was given, but no alias to move.", hint="Write tfreg alias MODEL prod=7 --expect 6."
            )
        else:
            print_model(client.model(name), output, quiet=settings.quiet)


def wanted_moves(client: Client, model: str, moves: Sequence[str], remove: Sequence[str], expect: int | None) -> list[AliasMove]:
    """Reads `prod=7`, `prod=@canary` and the aliases to remove.

    Raises:
        RequestInvalidError: A move is neither, or `expect` is meant for several.
    """
    if expect is not None and len(moves) + len(remove) > 1:
        raise RequestInvalidError("--expect holds for one alias, but several were given.", hint="Move them one by one.")
    wanted = []
    for text in moves:
        alias_text, equals, target = text.partition("=")
        if not equals:
            raise RequestInvalidError(f"'{text}' is not a move of an alias.", hint="Write prod=7, or prod=@canary.")
        wanted.append(AliasMove(parse_alias(alias_text), _version(client, model, target), expect))
    return wanted + [AliasMove(parse_alias(text), 0, expect) for text in remove]


def print_model(model: ModelRecord, output: OutputForm, *, quiet: bool) -> None:
    """Prints where aliases point."""
    if output is OutputForm.JSON:
        write_json({"model": model_document(model)})
        return
    if not model.aliases:
        note(f"{model.name} has no aliases", quiet=quiet)
    write_lines(table([(alias, str(model.aliases[alias])) for alias in sorted(model.aliases)], header=("alias", "version")))


def print_history(moves: Sequence[AliasMoved], output: OutputForm) -> None:
    """Prints where aliases have pointed."""
    if output is OutputForm.JSON:
        write_json({"alias_moves": [alias_move_document(move) for move in moves]})
        return
    rows = [(m.alias, str(m.from_version or "-"), str(m.to_version or "-"), time_text(m.moved_at_ms)) for m in moves]
    write_lines(table(rows, header=("alias", "from", "to", "moved")))


def _version(client: Client, model: str, target: str) -> int:
    if target.startswith("@"):
        return client.version(f"{model}{target}").number
    if target.isascii() and target.isdigit() and 1 <= int(target) <= MAX_VERSION:
        return int(target)
    raise RequestInvalidError(
        f"'{target}' is not a version.", hint="Write prod=7, or prod=@canary; --remove takes an alias away."
    )
