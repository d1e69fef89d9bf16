"""`tfreg diff`: what differs between two models."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.completions import complete_reference
from tfreg.cli.difference_text import difference_document, difference_lines
from tfreg.cli.exit_codes import BREAKING, OK
from tfreg.cli.settings import OutputForm, OutputOption, Settings, settings_of
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.names import is_path

if TYPE_CHECKING:
    from tfreg.core.comparing.difference import Difference


def diff(
    context: typer.Context,
    *,
    before: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="What was: a reference or a local path.", autocompletion=complete_reference)
    ],
    after: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="What is: a reference or a local path.", autocompletion=complete_reference)
    ],
    max_abs_diff: Annotated[
        bool, typer.Option("--max-abs-diff", help="Read changed tensors too, and tell by how much they differ.")
    ] = False,
    renamed: Annotated[bool, typer.Option("--renamed", help="List tensors too that only have another name.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List all: renamed tensors, and what only one of two formats has.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 11 if a caller of what was may break.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell what differs between two models of any formats: what callers see, tensors, ops, configuration."""
    difference = find_difference(before, after, settings_of(context), with_max_abs_difference=max_abs_diff)
    if output is OutputForm.JSON:
        write_json(difference_document(before, after, difference))
    else:
        write_lines(difference_lines(before, after, difference, renamed=renamed, everything=everything))
    raise typer.Exit(BREAKING if exit_code and difference.breaking else OK)


def find_difference(before: str, after: str, settings: Settings, *, with_max_abs_difference: bool) -> Difference:
    """Returns what differs. The registry compares two of its own; else this process does.

    Raises:
        TfregError: One of them is not there, or is no model.
    """
    if not is_path(before) and not is_path(after):
        from tfreg.cli.registry import open_registry, path_hint

        with path_hint(before), path_hint(after), open_registry(settings) as client:
            return client.compare(before, after, with_max_abs_difference=with_max_abs_difference)
    from tfreg.cli.diff_sides import open_side
    from tfreg.core.comparing.compare import compare

    with ExitStack() as opened:
        sides = [opened.enter_context(open_side(text, settings)) for text in (before, after)]
        return compare(*sides, with_max_abs_difference=with_max_abs_difference)
