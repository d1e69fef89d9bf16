"""`tfreg pull`: fetches a version's files."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.completions import complete_reference
from tfreg.cli.progress import transfer
from tfreg.cli.registry import open_registry, path_hint
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.wording import size_text
from tfreg.cli.writing import note, write_json, write_lines


def pull(
    context: typer.Context,
    *,
    reference: Annotated[str, typer.Argument(metavar="REF", help="A reference.", autocompletion=complete_reference)],
    destination: Annotated[
        str, typer.Argument(metavar="[DEST]", help="A folder to make; else the files stay in the cache.")
    ] = "",
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="FORMAT", help="A format that will do, best first. Repeatable.")
    ] = None,
    attachments: Annotated[bool, typer.Option("--attachments", help="Fetch the attached files too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Hash files that the cache had already, too.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Fetch a version's files, each checked against its digest, and print where they are."""
    settings = settings_of(context)
    with path_hint(reference), open_registry(settings) as client, transfer("pull", quiet=settings.quiet) as progress:
        pulled = client.pull(
            reference, destination or None, formats=formats or (), attachments=attachments, verify=verify, progress=progress
        )
    if output is OutputForm.JSON:
        write_json(
            {
                "reference": f"{pulled.model}:{pulled.version}",
                "path": str(pulled.path),
                "artifact_digest": pulled.artifact_digest,
                "format": pulled.format,
                "size_bytes": pulled.size_bytes,
                "received_bytes": pulled.received_bytes,
                "attachments": [{"role": a.role, "path": str(a.path)} for a in pulled.attachments],
            }
        )
        return
    write_lines([str(pulled.path)])
    for attachment in pulled.attachments:
        write_lines([f"{attachment.role}  {attachment.path}"])
    note(
        f"{pulled.model}:{pulled.version}, received {size_text(pulled.received_bytes)} of {size_text(pulled.size_bytes)}",
        quiet=settings.quiet,
    )
