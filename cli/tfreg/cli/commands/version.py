"""`tfreg version`."""

from __future__ import annotations

import typer

from tfreg.cli.settings import OutputForm, OutputOption


def version(context: typer.Context, output: OutputOption = OutputForm.TABLE) -> None:
    """Tell the versions of client, server and API."""
    print(context.obj, output)
