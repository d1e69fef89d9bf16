"""`tfreg rm`: deletes a version, or takes a deletion back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import version_document
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import RequestInvalidError, VersionAliasedError
from tfreg.core.names import Reference, parse_reference

if TYPE_CHECKING:
    from tfreg.client import Client


def rm(
    context: typer.Context,
    *,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="A version, such as team/name:7.", autocompletion=complete_reference)
    ],
    undo: Annotated[bool, typer.Option("--undo", help="Take the deletion of this version back.")] = False,
    purge: Annotated[bool, typer.Option("--purge", help="Delete it for good: it cannot be taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --purge.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Delete a version. It can be taken back for a week, unless purged; its number is never given again."""
    settings = settings_of(context)
    wanted = parse_reference(reference)
    if undo and purge:
        raise RequestInvalidError("--undo and --purge were both given.", hint="A purged version cannot be taken back.")
    if wanted.version is None and wanted.alias is None and wanted.digest is None:
        raise RequestInvalidError(
            f"'{reference}' names no version.", hint=f"Write {reference}:7, or look with tfreg ls {reference}."
        )
    with open_registry(settings) as client:
        number = wanted.version or _number(client, wanted, undo=undo)
        if undo:
            version = client.undelete_version(wanted.model, number)
        else:
            if purge and not yes and not _confirmed(client, f"{wanted.model}:{number}"):
                note("nothing deleted")
                raise typer.Abort
            version = client.delete_version(wanted.model, number, purge=purge)
    if output is OutputForm.JSON:
        write_json({"version": version_document(version), "purged": purge})
        return
    done = "is back" if undo else "purged" if purge else "deleted"
    write_lines([f"{wanted.model}:{number} {done}"])
    if not undo and not purge:
        note(f"Take it back: tfreg rm --undo {wanted.model}:{number}", quiet=settings.quiet)


def _number(client: Client, wanted: Reference, *, undo: bool) -> int:
    if undo:
        raise RequestInvalidError(f"'{wanted}' cannot name a deleted version.", hint=f"Write its number: {wanted.model}:7.")
    if wanted.digest is not None:
        same = [str(v.number) for v in client.versions(wanted.model) if v.artifact_digest == wanted.digest]
        if len(same) > 1:
            raise RequestInvalidError(
                f"Several versions of {wanted.model} have that digest: {', '.join(same)}.",
                hint=f"Write the number, such as {wanted.model}:{same[0]}.",
                versions=", ".join(same),
            )
    return client.version(str(wanted)).number


def _confirmed(client: Client, reference: str) -> bool:
    """Asks, unless it cannot be purged anyway."""
    aliases = ", ".join(client.version(reference).aliases)
    if aliases:
        raise VersionAliasedError(
            f"{reference} cannot be deleted while these aliases point at it: {aliases}.",
            hint="Move or remove them first.",
            aliases=aliases,
        )
    if not sys.stdin.isatty():
        raise RequestInvalidError(f"Nobody is there to be asked about purging {reference}.", hint="Give --yes.")
    return typer.confirm(f"Delete {reference} for good?", err=True)
