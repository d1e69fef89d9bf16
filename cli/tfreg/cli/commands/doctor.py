"""`tfreg doctor`: is everything in order, and if not, what to do?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tfreg.cli.checks.cache import check_cache
from tfreg.cli.checks.check import Check, Findings, State
from tfreg.cli.checks.data_folder import check_data_folder
from tfreg.cli.checks.server import check_server
from tfreg.cli.checks.workers import check_workers
from tfreg.cli.registry import holds_no_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.writing import write_json, write_lines


def doctor(
    context: typer.Context,
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read and hash every stored byte: as long as the disk takes.")] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Free what purged versions and pushes that never finished have left.")
    ] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Check the data folder, the server, the cache and where conversions run, and say what to do.

    With a server named, its data folder is not here to be checked: run this where it runs, with --data.
    """
    from tfreg.client.pull.cache import cache_root

    settings = settings_of(context)
    findings = Findings()
    if not settings.target():
        check_data_folder(findings, settings.data_folder(), deep=deep, clean=clean)
    if settings.target() or not holds_no_registry(settings.data_folder()):
        check_server(findings, settings)
    check_cache(findings, cache_root(None), deep=deep)
    check_workers(findings)
    if output is OutputForm.JSON:
        write_json(
            {"healthy": findings.exit_code == 0, "checks": [_document(findings, at) for at in range(len(findings.checks))]}
        )
    else:
        write_lines(_lines([check for check in findings.checks if check.state is not State.OK or not settings.quiet]))
    raise typer.Exit(findings.exit_code)


def _document(findings: Findings, at: int) -> dict[str, str]:
    check = findings.checks[at]
    return {"name": check.name, "state": check.state.value, "message": check.message, "hint": check.hint}


def _lines(checks: Sequence[Check]) -> list[str]:
    lines = table([(check.state.value, check.name, check.message) for check in checks])
    told = []
    for line, check in zip(lines, checks, strict=True):
        told += [line, f"  next: {check.hint}"] if check.hint else [line]
    return told
