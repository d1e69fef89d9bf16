"""Answers of `resolve`, of a registry or of a local path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfreg.cli.documents import Document, diagnostic_document, guess_document, targets_document, tensor_document
from tfreg.cli.inspection_text import binding_rows, candidate_lines, problem_lines, reason_lines
from tfreg.cli.registry import open_registry, path_hint
from tfreg.cli.settings import Settings
from tfreg.cli.tables import table
from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.errors import FormatNotStoredError, RequestInvalidError
from tfreg.core.names import is_path


@dataclass(frozen=True, slots=True)
class Answer:
    """A binding, and what it is pinned by if a registry gave it.

    Attributes:
        subject: The path as given, or `team/name:7`.
        binding: The names; None if those of the known revision still hold.
        revision: Empty for a local path.
        artifact_digest: Empty for a local path.
    """

    subject: str
    binding: Binding | None
    revision: str = ""
    artifact_digest: str = ""


def answer(
    text: str, query: BindingQuery, formats: Sequence[str], known_revision: str, settings: Settings, *, convert: bool = False
) -> Answer:
    """Resolves a path or a reference; `convert` lets the registry convert to one of the formats.

    Raises:
        TfregError: There is no such thing, or it has no answer.
    """
    if is_path(text):
        if known_revision:
            raise RequestInvalidError("A local path has no revisions.", hint="Leave --known-revision out.")
        if convert:
            raise RequestInvalidError(
                "A local path is not converted on the way.", hint="tfreg convert PATH --to FORMAT --out FILE does it."
            )
        return local_answer(text, query, formats)
    with path_hint(text), open_registry(settings) as client:
        found = client.resolve_if_changed(
            text,
            known_revision=known_revision,
            signature=query.signature,
            tags=query.tags,
            outputs=query.outputs,
            formats=formats,
            convert=convert,
        )
    if found is None:
        return Answer(text, None, known_revision)
    return Answer(f"{found.model}:{found.version}", found.binding, found.revision, found.artifact_digest)


def local_answer(path: str, query: BindingQuery, formats: Sequence[str]) -> Answer:
    """Resolves a local folder or file, in this process."""
    from tfreg.cli.subjects import local_binding, read_local

    tree, kind = read_local(path)
    check_local_format(path, kind.name, formats)
    return Answer(path, local_binding(tree, kind, kind.inspect(tree), query))


def check_local_format(path: str, format_name: str, formats: Sequence[str]) -> None:
    """Checks that a local path is in one of the formats that will do, if any are named.

    Raises:
        FormatNotStoredError: It is not.
    """
    if formats and format_name not in formats:
        raise FormatNotStoredError(
            f"'{path}' is of format {format_name}, not {' or '.join(formats)}.",
            hint=f"Name {format_name} among the formats.",
            existing=format_name,
        )


def answer_document(found: Answer) -> Document:
    """The JSON document of an answer."""
    pinned: Document = {
        "subject": found.subject,
        "unchanged": found.binding is None,
        "revision": found.revision or None,
        "artifact_digest": found.artifact_digest or None,
    }
    return pinned if found.binding is None else pinned | binding_document(found.binding)


def binding_document(binding: Binding) -> Document:
    """A binding."""
    return {
        "format": binding.format,
        "tags": list(binding.tags),
        "loader_tags": list(binding.loader_tags),
        "signature": binding.signature,
        "signature_fingerprint": binding.signature_fingerprint or None,
        "method_name": binding.method_name,
        "guessed": binding.guessed,
        "feeds": [{**tensor_document(feed.tensor), "use": feed.use.value} for feed in binding.feeds],
        "fetches": [tensor_document(tensor) for tensor in binding.fetches],
        "targets": targets_document(binding.targets),
        "guesses": [guess_document(guess) for guess in binding.guesses],
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in binding.diagnostics],
    }


def answer_lines(found: Answer, *, java: bool = False) -> list[str]:
    """An answer as text."""
    binding = found.binding
    if binding is None:
        return [f"{found.subject}: unchanged since revision {found.revision}"]
    asked = (
        binding.format,
        f"tag set {','.join(binding.tags)}" if binding.tags else "",
        f"signature {binding.signature}" if binding.signature else "",
        "guessed" if binding.guessed else "",
        f"revision {found.revision}" if found.revision else "",
    )
    rows = binding_rows(binding, java=java)
    targets = binding.targets.init_operations if binding.format != "saved_model" else ()
    if binding.format == "tf1_checkpoint" and binding.targets.restore_operation:
        how = f"with the checkpoint's prefix fed to {binding.targets.restore_filename}"
        rows += [("restore", "-", "-", "-", binding.targets.restore_operation, "run first", how)]
    rows += [("target", "-", "-", "-", operation, "run once", "") for operation in targets]
    return [
        f"{found.subject}: {', '.join(part for part in asked if part)}",
        *table(rows, indent="  "),
        *reason_lines(binding, java=java),
        *candidate_lines(binding, java=java),
        *problem_lines(binding.diagnostics),
    ]
