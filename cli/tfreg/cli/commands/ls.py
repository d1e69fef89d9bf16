"""`tfreg ls`: models, or the versions of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tfreg.cli.completions import complete_model
from tfreg.cli.documents import model_document, version_document
from tfreg.cli.registry import open_registry, path_hint
from tfreg.cli.settings import OutputForm, OutputOption, Settings, settings_of
from tfreg.cli.tables import table
from tfreg.cli.wording import aliases_text, labels_text, short_digest, size_text, time_text
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import ModelNameInvalidError, ModelNotFoundError, RequestInvalidError, TfregError
from tfreg.core.names import is_path
from tfreg.core.records import ModelRecord, VersionRecord


def ls(
    context: typer.Context,
    *,
    name: Annotated[
        str, typer.Argument(metavar="[MODEL|PREFIX]", help="A model, or how model names start.", autocompletion=complete_model)
    ] = "",
    deleted: Annotated[bool, typer.Option("--deleted", help="List deleted versions too.")] = False,
    same_as: Annotated[
        str, typer.Option("--same-as", metavar="REF", help="List the versions that hold the same model, of any name and format.")
    ] = "",
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """List models, or the versions of a model, newest first.

    A name that is a model's own lists its versions; any other lists the models whose names start so.
    """
    settings = settings_of(context)
    if same_as:
        if deleted:
            raise RequestInvalidError(
                "--same-as finds versions that are there, and --deleted was given too.", hint="Give one or the other."
            )
        list_same(name, same_as, settings, output)
        return
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


def list_same(name: str, same_as: str, settings: Settings, output: OutputForm) -> None:
    """Prints the versions that hold the same model as a reference, of those models whose names start with `name`.

    Raises:
        RequestInvalidError: `same_as` is a local path.
        TfregError: There is no such version.
    """
    if is_path(same_as):
        message = f"{same_as} is a local path; a registry finds what is the same as one of its own versions."
        raise RequestInvalidError(message, hint=f"Push it first: tfreg push {same_as} MODEL. Its files are stored once.")
    with path_hint(same_as), open_registry(settings) as client:
        found = [same for same in client.same_versions(same_as) if same.version.model.startswith(name)]
    if output is OutputForm.JSON:
        versions = [{**version_document(same.version), "sameness": same.sameness.value} for same in found]
        write_json({"same_as": same_as, "versions": versions})
        return
    if not found:
        note(f"No other version holds the same model as {same_as}", quiet=settings.quiet)
    rows = [
        (f"{same.version.model}:{same.version.number}", same.sameness.value, *version_row(same.version)[1:]) for same in found
    ]
    write_lines(table(rows, header=("version", "same", "aliases", "format", "size", "created", "digest", "labels")))


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
