"""`tfreg ls`: models, or the versions of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tfreg.cli.completions import complete_model
from tfreg.cli.documents import model_document, version_document
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.wording import aliases_text, labels_text, short_digest, size_text, time_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import ModelNameInvalidError, ModelNotFoundError, TfregError
from tfreg.core.records import ModelRecord, VersionRecord


def ls(
    context: typer.Context,
    *,
    name: Annotated[
        str, typer.Argument(metavar="[MODEL|PREFIX]", help="A model, or how model names start.", autocompletion=complete_model)
    ] = "",
    deleted: Annotated[bool, typer.Option("--deleted", help="List deleted versions too.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """List models, or the versions of a model, newest first.

    A name that is a model's own lists its versions; any other lists the models whose names start so.
    """
    settings = settings_of(context)
    with open_registry(settings) as client:
        fault: TfregError | None = None
        if name and not name.endswith("/"):
            try:
                model, versions = client.model(name), list(client.versions(name, include_deleted=deleted))
                if not versions:
                    note(_no_versions(name, deleted=deleted), quiet=settings.quiet or output is OutputForm.JSON)
                print_versions(model, versions, output)
                return
            except (ModelNotFoundError, ModelNameInvalidError) as error:
                fault = error  # unless it is the start of a name, such as `team/be.`
        models = list(client.models(name))
    if fault is not None and not models:
        raise fault
    if not models and output is OutputForm.TABLE:
        nothing = f"No model's name starts with {name}" if name else "No models yet. Push one: tfreg push PATH team/name"
        note(nothing, quiet=settings.quiet)
    print_models(models, output)


def print_models(models: list[ModelRecord], output: OutputForm) -> None:
    """Prints models."""
    if output is OutputForm.JSON:
        write_json({"models": [model_document(model) for model in models]})
        return
    rows = [model_row(model) for model in models]
    write_lines(table(rows, header=("model", "newest", "versions", "aliases", "created")))


def print_versions(model: ModelRecord, versions: Sequence[VersionRecord], output: OutputForm) -> None:
    """Prints a model's versions; how many attachments they have, if any has some."""
    if output is OutputForm.JSON:
        write_json({"model": model_document(model), "versions": [version_document(version) for version in versions]})
        return
    rows = [version_row(version) for version in versions]
    header: tuple[str, ...] = ("version", "aliases", "format", "size", "created", "digest", "labels")
    if any(version.attachments for version in versions):
        rows = [(*row, str(len(version.attachments))) for row, version in zip(rows, versions, strict=True)]
        header += ("attachments",)
    write_lines(table(rows, header=header))


def _no_versions(model: str, *, deleted: bool) -> str:
    if deleted:
        return f"{model} has no versions any more"
    return f"All versions of {model} are deleted; tfreg ls {model} --deleted lists those that can be taken back"


def model_row(model: ModelRecord) -> tuple[str, ...]:
    """Returns the columns of a model."""
    return (
        model.name,
        str(model.newest_version or "-"),
        str(model.version_count),
        aliases_text(model.aliases),
        time_text(model.created_at_ms),
    )


def version_row(version: VersionRecord) -> tuple[str, ...]:
    """Returns the columns of a version."""
    return (
        f"{version.number} (deleted)" if version.deleted_at_ms is not None else str(version.number),
        ", ".join(version.aliases) or "-",
        version.format,
        size_text(version.size_bytes),
        time_text(version.created_at_ms),
        short_digest(version.artifact_digest),
        labels_text(version.labels),
    )
