"""`tfreg lock`: pins what references stand for, so that builds repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfreg.cli.choosing import tag_set
from tfreg.cli.commands.resolve import option_hint, wanted_formats
from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document
from tfreg.cli.exit_codes import DIFFERENT, OK
from tfreg.cli.locking import LOCK_FILE, Side, entry, read_lock_file, write_lock_file
from tfreg.cli.registry import open_registry, path_hint
from tfreg.cli.settings import FormatsOption, OutputForm, OutputOption, Settings, TagSetOption, settings_of
from tfreg.cli.wording import count_text
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.errors import RequestInvalidError
from tfreg.core.locks.changes import changes
from tfreg.core.locks.lock import Lock, LockedModel
from tfreg.core.names import is_path


def lock(
    context: typer.Context,
    *,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REF]...", help="What to lock; else all that the file has.", autocompletion=complete_reference),
    ] = None,
    file: Annotated[Path, typer.Option(metavar="FILE", help="The lock file; it is made if it is not there.")] = Path(LOCK_FILE),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 12 if the registry says something else.")
    ] = False,
    formats: FormatsOption = None,
    tags: TagSetOption = "",
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Write to a lock file which versions references stand for, and their signatures, so that builds repeat."""
    known = read_lock_file(file)
    wanted = _wanted(references or [], known, file)
    side = Side(wanted_formats(formats, convert=False), tag_set(tags))
    now = _asked(wanted, side, settings_of(context))
    found = {model.reference: changes(known.model(model.reference), model) for model in now}
    if not check and any(found.values()):
        write_lock_file(file, known.renewed(now))
    if output is OutputForm.JSON:
        write_json(_document(file, now, found))
    else:
        write_lines(_lines(now, found, known, check=check))
    raise typer.Exit(DIFFERENT if check and any(found.values()) else OK)


def _asked(references: list[str], side: Side, settings: Settings) -> list[LockedModel]:
    found = []
    with open_registry(settings) as client:
        for reference in references:
            with path_hint(reference), option_hint():
                found.append(entry(client, reference, side, quiet=settings.quiet))
    return found


def _wanted(references: list[str], known: Lock, file: Path) -> list[str]:
    for reference in references:
        if is_path(reference):
            raise RequestInvalidError(
                f"'{reference}' is a local path; only what is in a registry can be locked.",
                hint="tfreg push it, and lock its reference.",
            )
    wanted = list(dict.fromkeys(references)) or [model.reference for model in known.models]
    if not wanted:
        raise RequestInvalidError(f"No reference was given, and '{file}' has none.", hint="Name one, such as team/bert@prod.")
    return wanted


def _document(file: Path, models: list[LockedModel], found: dict[str, list[str]]) -> Document:
    return {
        "file": str(file),
        "changed": any(found.values()),
        "models": [
            {
                "reference": model.reference,
                "model": model.model,
                "version": model.version,
                "artifact_digest": model.artifact_digest,
                "changes": found[model.reference],
            }
            for model in models
        ],
    }


def _lines(models: list[LockedModel], found: dict[str, list[str]], known: Lock, *, check: bool) -> list[str]:
    lines = []
    for model in models:
        what = f"version {model.version}, {model.format}, {count_text(len(model.signatures), 'signature')}"
        changed = found[model.reference]
        is_new = known.model(model.reference) is None
        state = "is not locked" if is_new and check else "locked" if is_new else "changed" if changed else "as locked"
        lines.append(f"{model.reference}: {state}, {what}")
        lines += [] if is_new else [f"  {line}" for line in changed]
    return lines
