"""`tfreg version`."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.writing import write_json, write_lines


def version(
    context: typer.Context,
    *,
    client_only: Annotated[bool, typer.Option("--client", help="Do not ask the server.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell the versions of client, server and API, and the formats that the server knows."""
    document: dict[str, object] = {"client": installed_version("tfreg")}
    rows = [("client", installed_version("tfreg"))]
    if not client_only:
        from tfreg.cli.registry import open_registry

        settings = settings_of(context)
        with open_registry(settings) as client:
            found = client.capabilities()
        place = settings.target() or f"embedded in {settings.data_folder()}"
        document["server"] = {
            "target": settings.target() or None,
            "version": found.server_version,
            "api_versions": list(found.api_versions),
            "formats": {name: {"resolves": resolves} for name, resolves in found.formats.items()},
        }
        rows += [("server", f"{found.server_version} ({place})"), ("api", ", ".join(found.api_versions))]
        rows.append(("formats", ", ".join(found.formats)))
    if output is OutputForm.JSON:
        write_json(document)
    else:
        write_lines(table(rows))
