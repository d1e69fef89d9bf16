"""What is pushed: which format the local files have, where their tensors are, and whether the model can be used at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.client.push.sources import Source, source_of
from tfreg.core.diagnostics import Severity
from tfreg.core.errors import FormatMismatchError, ModelBrokenError
from tfreg.core.inspections import Inspection

if TYPE_CHECKING:
    from tfreg.core.formats.selecting import Selected
    from tfreg.core.trees import LocalTree


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on the local disk.

    Attributes:
        format: Its format.
        sources: Its files.
        labels: What it says about itself that becomes the version's labels.
        left_out: Paths beside it that are not part of it.
    """

    format: str
    sources: Sequence[Source]
    labels: Mapping[str, str]
    left_out: tuple[str, ...]


def model_files(path: str | os.PathLike[str], format_name: str | None, *, allow_broken: bool) -> ModelFiles:
    """Recognises the model at a path: a folder, a file or the prefix of a checkpoint. Of several checkpoints it is the newest.

    It is inspected here although the server does so too: that takes milliseconds, and a broken model is told before gigabytes were sent.

    Raises:
        PathNotFoundError, PathInvalidError: The path, or one below it, cannot be pushed.
        NotAModelError, FormatMismatchError: It is no model, or not in the format that was named.
        ModelBrokenError: It has problems of severity error, and `allow_broken` is False.
    """
    from tfreg.core.formats.selecting import open_path, select

    tree, prefix = open_path(path)
    return _files_of(tree, select(tree, prefix), format_name, allow_broken=allow_broken)


def all_model_files(path: str | os.PathLike[str], format_name: str | None, *, allow_broken: bool) -> list[ModelFiles]:
    """Recognises each checkpoint of a folder, oldest first; anything else is one model, as `model_files` has it.

    Raises:
        TfregError: As `model_files`, about any of them.
    """
    from tfreg.core.formats.selecting import open_path, select_all

    tree, prefix = open_path(path)
    return [_files_of(tree, selected, format_name, allow_broken=allow_broken) for selected in select_all(tree, prefix)]


def _files_of(folder: LocalTree, selected: Selected, format_name: str | None, *, allow_broken: bool) -> ModelFiles:
    name = os.path.join(folder.name, selected.name) if selected.name else folder.name
    if format_name and selected.format.name != format_name:
        raise FormatMismatchError(
            f"'{name}' is of format {selected.format.name}, not {format_name}.",
            hint=f"Leave the format out, or name {selected.format.name}.",
            path=name,
            format=selected.format.name,
        )
    inspection = selected.format.inspect(selected.tree)
    if not allow_broken:
        _check_usable(inspection, name)
    spans = selected.format.tensor_spans(selected.tree, inspection)
    sources = [source_of(folder, file.path, file.size_bytes, spans.get(file.path, ())) for file in selected.tree.files()]
    return ModelFiles(selected.format.name, sources, inspection.labels, selected.left_out)


def _check_usable(inspection: Inspection, name: str) -> None:
    faults = [problem for problem in inspection.problems if problem.severity is Severity.ERROR]
    if not faults:
        return
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise ModelBrokenError(
        f"'{name}' cannot be used: {first.message}{more}",
        hint=first.hint or "Export it again; --allow-broken (allow_broken=True) stores it as it is.",
        path=name,
        codes=", ".join(dict.fromkeys(fault.code for fault in faults)),
        problems=", ".join(fault.message for fault in faults[:20]),
    )
