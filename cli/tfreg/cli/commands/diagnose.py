"""`tfreg diagnose`: whether a runtime can load and run a model."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.choosing import tag_set
from tfreg.cli.commands.resolve import wanted_formats
from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document, diagnostic_document
from tfreg.cli.exit_codes import OK, UNFIT
from tfreg.cli.fitting import Fitting, fitting_of
from tfreg.cli.inspection_text import problem_lines
from tfreg.cli.runtime_options import complete_runtime, named_runtime
from tfreg.cli.settings import FormatsOption, OutputForm, OutputOption, TagSetOption, settings_of
from tfreg.cli.writing import write_json, write_lines


def diagnose(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="A runtime that is known, or the file with its list of ops (TF_GetAllOpList).",
            autocompletion=complete_runtime,
        ),
    ],
    tensorflow_version: Annotated[
        str, typer.Option(metavar="VERSION", help="That of the FILE, such as 2.18.0, for the messages.")
    ] = "",
    formats: FormatsOption = None,
    tags: TagSetOption = "",
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell whether a runtime can load and run a model: its format, and each op, attribute and dtype of its graph, functions and branches.

    The model is not loaded. Exit code 13: something does not fit.
    """
    known, wanted = named_runtime(runtime, tensorflow_version), wanted_formats(formats, convert=False)
    found = fitting_of(subject, known, wanted, tag_set(tags), settings_of(context))
    if output is OutputForm.JSON:
        write_json(document(found))
    else:
        write_lines(lines(found))
    raise typer.Exit(OK if found.fits else UNFIT)


def document(found: Fitting) -> Document:
    """The JSON document."""
    profile = found.profile
    return {
        "subject": found.subject,
        "artifact_digest": found.artifact_digest or None,
        "format": found.format,
        "runtime": {
            "name": profile.name,
            "tensorflow_version": profile.tensorflow_version,
            "formats": list(profile.formats),
            "op_list_digest": profile.op_list_digest,
            "digest": profile.digest,
        },
        "fits": found.fits,
        "diagnostics": [diagnostic_document(finding) for finding in found.diagnostics],
    }


def lines(found: Fitting) -> list[str]:
    """The text: the verdict, and what does not fit."""
    verdict = "fits" if found.fits else "does not fit"
    return [f"{found.subject}: {found.format}, {verdict} {found.profile.title}", *problem_lines(found.diagnostics)]
