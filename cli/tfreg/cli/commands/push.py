"""`tfreg push`: stores a model as a new version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tfreg.cli.completions import complete_model
from tfreg.cli.documents import Document, diagnostic_document, version_document
from tfreg.cli.inspection_text import problem_lines
from tfreg.cli.progress import transfer
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.wording import labels_text, size_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import AttachmentInvalidError, LabelInvalidError, ModelNameInvalidError
from tfreg.core.names import ModelName, is_path, parse_alias, parse_model_name

if TYPE_CHECKING:
    from tfreg.client import Client, PushResult

_MAX_LEFT_OUT = 3


def push(
    context: typer.Context,
    *,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A model's folder or file, or a checkpoint's prefix.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Such as team/name.", autocompletion=complete_model)],
    alias: Annotated[list[str] | None, typer.Option(metavar="ALIAS", help="Point this alias at the version. Repeatable.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="K=V", help="Say something about the version. Repeatable.")] = None,
    attach: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=FILE", help="Keep a file beside the model. Repeatable.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="Refuse any other format.")] = "",
    everything: Annotated[
        bool,
        typer.Option("--all", help="Every checkpoint of a training folder as a version, oldest first; aliases go to the newest."),
    ] = False,
    allow_broken: Annotated[bool, typer.Option("--allow-broken", help="Store it even if it has errors.")] = False,
    expect_newest: Annotated[
        int | None, typer.Option(metavar="VERSION", min=0, help="Only if this is the newest version; 0: if there is none.")
    ] = None,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Store a model as a new version. Only the bytes that the registry lacks are sent; the same model again is the same version."""
    settings = settings_of(context)
    name = _model_name(model, path)
    aliases = [parse_alias(text) for text in alias or ()]
    labels = dict(_pair(text, "--label", "commit=ab12cd") for text in label or ())
    attachments = [_attachment(text) for text in attach or ()]
    with open_registry(settings, make=True) as client, transfer(quiet=settings.quiet) as progress:
        store = client.push_all if everything else _single(client)
        results = store(
            path,
            name,
            aliases=aliases,
            labels=labels,
            attachments=attachments,
            format=form or None,
            allow_broken=allow_broken,
            expected_newest_version=expect_newest,
            progress=progress,
        )
        told = not everything and results[0].created and output is OutputForm.TABLE and not settings.quiet
        for_python_only = no_signatures_note(client, results[0]) if told else ""
    if everything and output is OutputForm.JSON:
        write_json({"pushed": [pushed_document(pushed) for pushed in results]})
        return
    for pushed in results:
        print_pushed(pushed, output, quiet=settings.quiet)
    if for_python_only:
        note(for_python_only)


def _single(client: Client) -> Callable[..., Sequence[PushResult]]:
    return lambda *args, **kwargs: (client.push(*args, **kwargs),)


def no_signatures_note(client: Client, pushed: PushResult) -> str:
    """Returns what `resolve` will say of a SavedModel that only Python can call; empty if there is nothing to say."""
    version = pushed.version
    if version.format != "saved_model":
        return ""
    reference = f"{version.model}:{version.number}"
    found = client.inspect(reference).inspection
    if not found.meta_graphs or any(not signature.internal for graph in found.meta_graphs for signature in graph.signatures):
        return ""
    return f"note: no signatures, so no names to feed and fetch; tfreg resolve {reference} says what to do"


def print_pushed(pushed: PushResult, output: OutputForm, *, quiet: bool) -> None:
    """Prints the version that was made or found, what it cost, and what is wrong with it."""
    version = pushed.version
    reference = f"{version.model}:{version.number}"
    if output is OutputForm.JSON:
        write_json(pushed_document(pushed))
        return
    lines = [f"{reference} {'new' if pushed.created else 'already there'}"]
    if not quiet:
        lines += [f"  digest {version.artifact_digest}"]
        lines += [f"  sent {size_text(pushed.sent_bytes)} of {size_text(pushed.size_bytes)}"]
        lines += [f"  aliases {', '.join(version.aliases)}"] if version.aliases else []
        lines += [f"  left out {left_out_text(pushed.left_out)}"] if pushed.left_out else []
    write_lines(lines)
    if pushed.ignored_labels:
        note(f"not stored: {labels_text(pushed.ignored_labels)}; {reference} keeps the labels of its first push", quiet=quiet)
    _warn(problem_lines(pushed.problems), quiet=quiet)


def pushed_document(pushed: PushResult) -> Document:
    """The JSON document of a push."""
    version = pushed.version
    return {
        "reference": f"{version.model}:{version.number}",
        "created": pushed.created,
        "sent_bytes": pushed.sent_bytes,
        "size_bytes": pushed.size_bytes,
        "version": version_document(version),
        "ignored_labels": dict(pushed.ignored_labels),
        "left_out": list(pushed.left_out),
        "problems": [diagnostic_document(problem) for problem in pushed.problems],
    }


def left_out_text(paths: Sequence[str]) -> str:
    """Returns `checkpoint, events.out (and 9 more)`: what lies beside a checkpoint and was not pushed."""
    shown = ", ".join(paths[:_MAX_LEFT_OUT])
    return f"{shown} (and {len(paths) - _MAX_LEFT_OUT} more)" if len(paths) > _MAX_LEFT_OUT else shown


def _model_name(text: str, path: str) -> ModelName:
    try:
        return parse_model_name(text)
    except ModelNameInvalidError as error:
        model, mark, pointer = text.replace("@", ":", 1).partition(":")
        if is_path(text) and not is_path(path):
            error.hint = f"The path comes first: tfreg push {text} {path}"
        elif mark and "@" in text and not pointer.startswith("sha256"):
            error.hint = f"Write {model} --alias {pointer}."
        elif mark:
            error.hint = f"tfreg gives the numbers: write {model}, and --alias prod for a name of the version."
        elif text != text.lower():
            error.hint = f"Upper case is not allowed: write {text.lower()}. {error.hint}"
        raise


def _warn(lines: Sequence[str], *, quiet: bool) -> None:
    for line in lines:
        note(line, quiet=quiet)


def _attachment(text: str) -> tuple[str, str]:
    role, equals, path = text.partition("=")
    if not equals or not role or not path:
        raise AttachmentInvalidError(f"'{text}' is not ROLE=FILE.", hint="Write --attach vocabulary=./vocab.txt.")
    return role, path


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise LabelInvalidError(f"'{text}' is not KEY=VALUE.", hint=f"Write {option} {example}.")
    return key, value
