"""`tfreg pull`: fetches a version's files."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.commands.resolve import option_hint, wanted_formats
from tfreg.cli.completions import complete_reference
from tfreg.cli.progress import transfer
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import FormatsOption, OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.wording import size_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import ReferenceInvalidError
from tfreg.core.names import is_path

if TYPE_CHECKING:
    from tfreg.client import Pulled


def pull(
    context: typer.Context,
    *,
    reference: Annotated[str, typer.Argument(metavar="REF", help="A reference.", autocompletion=complete_reference)],
    destination: Annotated[
        str,
        typer.Argument(
            metavar="[DEST]",
            help="A folder or, of a model that is one file, a file to make; else it stays in the cache.",
        ),
    ] = "",
    formats: FormatsOption = None,
    convert: Annotated[
        bool, typer.Option("--convert", help="Convert if the version is in no --format; see tfreg convert.")
    ] = False,
    attachments: Annotated[bool, typer.Option("--attachments", help="Fetch the attached files too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file again, also those that the cache had.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Fetch a version's files, each checked against its digest, and print where they are."""
    settings = settings_of(context)
    require_reference(reference)
    wanted = wanted_formats(formats, convert=convert)
    with option_hint(), open_registry(settings) as client, transfer(quiet=settings.quiet) as progress:
        pulled = client.pull(
            reference,
            os.path.expanduser(destination) or None,
            formats=wanted,
            convert=convert,
            attachments=attachments,
            verify=verify,
            progress=progress,
        )
    print_pulled(pulled, output, quiet=settings.quiet)
    if destination and (ending := lost_ending(pulled)):
        note(f"note: the file has no ending; some loaders want {ending}. DEST/ keeps the file's own name.", quiet=settings.quiet)


def lost_ending(pulled: Pulled) -> str:
    """Returns the ending that an artifact's only file has in the registry and lacks where it was put; empty if it lacks none."""
    files = pulled.stored.artifact.manifest.files
    return PurePath(files[0].path).suffix if len(files) == 1 and pulled.path.is_file() and not pulled.path.suffix else ""


def require_reference(text: str) -> None:
    """Checks that a text is no path.

    Raises:
        ReferenceInvalidError: It is one.
    """
    if is_path(text):
        raise ReferenceInvalidError(
            f"'{text}' is a local path; pull takes references, such as team/name:7.",
            hint="show and resolve take paths.",
            reference=text[:400],
        )


def print_pulled(pulled: Pulled, output: OutputForm, *, quiet: bool) -> None:
    """Prints where the files are."""
    stored = pulled.stored
    reference = f"{stored.model}:{stored.version}"
    size_bytes = stored.artifact.manifest.size_bytes
    if output is OutputForm.JSON:
        write_json(
            {
                "reference": reference,
                "path": str(pulled.path),
                "artifact_digest": stored.artifact.digest,
                "format": stored.artifact.format,
                "size_bytes": size_bytes,
                "received_bytes": pulled.received_bytes,
                "attachments": [{"role": a.role, "path": str(a.path)} for a in pulled.attachments],
            }
        )
        return
    write_lines([str(pulled.path), *table([(a.role, str(a.path)) for a in pulled.attachments])])
    note(f"{reference}: received {size_text(pulled.received_bytes)} of {size_text(size_bytes)}", quiet=quiet)
