"""`tfreg scan`: what is unsafe in a model."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document, diagnostic_document
from tfreg.cli.exit_codes import OK, UNREAD, UNSAFE
from tfreg.cli.inspection_text import place_text, problem_lines
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.subjects import Subject, open_subject
from tfreg.cli.wording import count_text
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.diagnostics import CODES
from tfreg.core.scanning.report import SafetyReport, safety_report


def scan(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell what is unsafe in a model: ops that open files, connections or Python, compiled code, pickles, code of others.

    Nothing of the model is run. Exit code 9: something was found; 10: nothing, but not all could be read.
    """
    with open_subject(subject, settings_of(context)) as found:
        report = safety_report(found.inspection.problems, found.inspection.format)
        if output is OutputForm.JSON:
            write_json(document(found, report))
        else:
            write_lines(lines(found, report))
    raise typer.Exit(UNSAFE if report.is_unsafe else UNREAD if report.unread else OK)


def document(subject: Subject, report: SafetyReport) -> Document:
    """The JSON document."""
    return {
        "subject": subject.name,
        "artifact_digest": subject.digest or None,
        "format": subject.inspection.format,
        "unsafe": report.is_unsafe,
        "groups": [
            {"code": code, "about": CODES.get(code, ""), "findings": [diagnostic_document(finding) for finding in findings]}
            for code, findings in report.groups.items()
        ],
        "unread": [diagnostic_document(problem) for problem in report.unread],
    }


def lines(subject: Subject, report: SafetyReport) -> list[str]:
    """The text: each kind of finding with its places and what to do about it."""
    found = count_text(report.count, "finding") if report.count else "nothing unsafe found"
    told = [f"{subject.name}: {subject.inspection.format}, {found}{', but not all could be read' if report.unread else ''}"]
    for code, findings in report.groups.items():
        told.append(f"{code} {CODES.get(code, '')}".rstrip())
        for finding in findings:
            place = place_text(finding.place)
            told.append(f"  {finding.severity.value}{' in ' + place if place else ''}: {finding.message}")
        told += [f"  next: {hint}" for hint in dict.fromkeys(finding.hint for finding in findings) if hint]
    return told + problem_lines(report.unread)
