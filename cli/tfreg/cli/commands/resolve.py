"""`tfreg resolve`: which tensors to feed and to fetch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from tfreg.cli.answers import Answer, answer, answer_document, answer_lines
from tfreg.cli.choosing import tag_set
from tfreg.cli.completions import complete_reference
from tfreg.cli.settings import FormatsOption, TagSetOption, settings_of
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import (
    NoRouteError,
    OutputsRequiredError,
    RequestInvalidError,
    SignatureAmbiguousError,
    TagSetAmbiguousError,
    TrainingGraphError,
)


class Form(StrEnum):
    """How the answer is printed."""

    TABLE = "table"
    JSON = "json"
    JAVA = "java"
    PYTHON = "python"


def resolve(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    signature: Annotated[str, typer.Option(metavar="KEY", help="Else serving_default, or the only callable one.")] = "",
    tags: TagSetOption = "",
    outputs: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="KEY,...", help="Output keys, or any tensors such as fc3:0; else all keys. Repeatable."),
    ] = None,
    formats: FormatsOption = None,
    convert: Annotated[
        bool, typer.Option("--convert", help="Convert if the version is in no --format; see tfreg convert.")
    ] = False,
    known_revision: Annotated[str, typer.Option(metavar="REV", help="Answer only if it is no longer this revision.")] = "",
    output: Annotated[Form, typer.Option("-o", help="Print text, JSON, or the lines to paste into a program.")] = Form.TABLE,
) -> None:
    """Tell which tensors to feed and to fetch, under the names that this very artifact has."""
    query = BindingQuery(signature, tag_set(tags), tuple(key for text in outputs or () for key in split_keys(text)))
    with option_hint():
        found = answer(
            subject, query, wanted_formats(formats, convert=convert), known_revision, settings_of(context), convert=convert
        )
    if output is Form.JSON:
        write_json(answer_document(found))
    elif output is Form.TABLE:
        write_lines(answer_lines(found))
    else:
        write_lines(pasteable(found, output))


def wanted_formats(formats: list[str] | None, *, convert: bool) -> tuple[str, ...]:
    """Returns the formats that will do, best first: `a,b` is two.

    Raises:
        RequestInvalidError: It shall be converted, and nobody said to what.
    """
    if convert and not formats:
        raise RequestInvalidError("--convert does not say to what.", hint="Add --format FORMAT, such as --format frozen_graph.")
    return tuple(dict.fromkeys(name for text in formats or () for name in split_keys(text)))


@contextmanager
def option_hint() -> Iterator[None]:
    """Adds, to an error about what was left open, the option or the command that closes it."""
    try:
        yield
    except (SignatureAmbiguousError, TagSetAmbiguousError) as error:
        option = "--signature KEY" if isinstance(error, SignatureAmbiguousError) else "--tag-set A,B"
        error.hint = f"{error.hint} Write {option}."
        raise
    except (NoRouteError, OutputsRequiredError, TrainingGraphError) as error:
        error.hint = f"{error.hint} tfreg convert takes such options; what it makes is found afterwards.".strip()
        raise


def split_keys(text: str) -> list[str]:
    """Reads `risk,klass`. Commas in a key itself are rare: such a key is asked for with all others, by no `--output`."""
    return [key.strip() for key in text.split(",") if key.strip()]


def pasteable(found: Answer, form: Form) -> list[str]:
    """Returns the lines of a program that feeds and fetches by these names."""
    from tfreg.core.snippets import java, python

    if found.binding is None:
        comment = "//" if form is Form.JAVA else "#"
        return [f"{comment} {line}" for line in answer_lines(found)]
    return (java if form is Form.JAVA else python)(found.binding).splitlines()
