"""What is pushed: which format the local files have, where their tensors are, and whether the model can be used at all."""

from __future__ import annotations

import os

from tfreg.client.push.sources import Source, source_of
from tfreg.core.diagnostics import Severity
from tfreg.core.errors import FormatMismatchError, ModelBrokenError
from tfreg.core.formats.format import Format
from tfreg.core.trees import LocalTree


def model_sources(path: str | os.PathLike[str], format_name: str | None, *, allow_broken: bool) -> tuple[str, list[Source]]:
    """Recognises the model at a path, and returns its format and its files.

    It is inspected here although the server does so too: that takes milliseconds, and a broken model is told before gigabytes were sent.

    Raises:
        PathNotFoundError, PathInvalidError: The path, or one below it, cannot be pushed.
        NotAModelError, FormatMismatchError: It is no model, or not in the format that was named.
        ModelBrokenError: It has problems of severity error, and `allow_broken` is False.
    """
    from tfreg.core.formats.registry import recognise

    tree = LocalTree(path)
    files = tree.files()
    recognised = recognise(tree)
    if format_name and recognised.name != format_name:
        raise FormatMismatchError(
            f"'{tree.name}' is a {recognised.name}, not a {format_name}.",
            hint=f"Leave the format out, or name {recognised.name}.",
            path=tree.name,
            format=recognised.name,
        )
    if not allow_broken:
        _check_usable(recognised, tree)
    spans = recognised.tensor_spans(tree)
    return recognised.name, [source_of(tree, file.path, file.size_bytes, spans.get(file.path, ())) for file in files]


def _check_usable(recognised: Format, tree: LocalTree) -> None:
    faults = [problem for problem in recognised.inspect(tree).problems if problem.severity is Severity.ERROR]
    if not faults:
        return
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise ModelBrokenError(
        f"'{tree.name}' cannot be used: {first.message}{more}",
        hint=first.hint or "Export it again; --allow-broken (allow_broken=True) stores it as it is.",
        path=tree.name,
        codes=", ".join(dict.fromkeys(fault.code for fault in faults)),
        problems=", ".join(fault.message for fault in faults[:20]),
    )
