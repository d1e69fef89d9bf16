"""`tfreg watch`: what happens to models, as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer

from tfreg.cli.completions import complete_model
from tfreg.cli.documents import event_document
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.wording import time_text
from tfreg.cli.writing import note, write_json_line, write_lines
from tfreg.core.errors import RequestInvalidError
from tfreg.core.events import Event, EventKind

_KIND_WIDTH = max(map(len, EventKind))


def watch(
    context: typer.Context,
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL|PREFIX*]...",
            help="Models, and how model names start: team/*. All if none.",
            autocompletion=complete_model,
        ),
    ] = None,
    start: Annotated[
        str,
        typer.Option("--from", metavar="N|start", help="Tell first what came after the event of this number; start: everything."),
    ] = "",
    count: Annotated[int | None, typer.Option(metavar="N", min=1, help="End after so many events.")] = None,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell what happens to models as it happens, one event a line, until Ctrl-C.

    A server that goes away is waited for; no event is missed or told twice.
    """
    models, prefix = watched(names or ())
    after_sequence = number_of(start)
    settings = settings_of(context)
    with (
        open_registry(settings, make=True) as client,
        client.watch(models, prefix=prefix, after_sequence=after_sequence) as events,
    ):
        quiet = settings.quiet or output is OutputForm.JSON
        note(f"watching {', '.join(names or ()) or 'all models'} from {events.sequence or 'start'} on", quiet=quiet)
        for event in islice(events, count):
            if output is OutputForm.JSON:
                write_json_line(event_document(event))
            else:
                write_lines([line(event)])


def watched(names: Sequence[str]) -> tuple[list[str], str]:
    """Reads `team/bert team/c*`. Returns models and a prefix.

    Raises:
        RequestInvalidError: There are several prefixes.
    """
    prefixes = [name.removesuffix("*") for name in names if name.endswith("*")]
    if len(prefixes) > 1:
        raise RequestInvalidError(
            f"One prefix can be watched, not {len(prefixes)}.", hint="Name a shorter one that all models share, or the models."
        )
    models = [name for name in names if not name.endswith("*")]
    return ([], "") if prefixes == [""] else (models, "".join(prefixes))


def number_of(start: str) -> int | None:
    """Reads `12`, `start` or nothing, which is from now on.

    Raises:
        RequestInvalidError: It is none of these.
    """
    if not start:
        return None
    if start == "start":
        return 0
    if not (start.isascii() and start.isdigit()):
        raise RequestInvalidError(f"'{start}' is no number of an event.", hint="Write --from 12, or --from start.")
    return int(start)


def line(event: Event) -> str:
    """Returns an event as text."""
    if event.kind is EventKind.ALIAS_MOVED:
        what = f"{event.model}@{event.alias} {event.from_version or '-'} -> {event.version or '-'}"
    else:
        what = f"{event.model}:{event.version}"
    return f"{time_text(event.at_ms)}  {event.sequence}  {event.kind.value:<{_KIND_WIDTH}}  {what}"
