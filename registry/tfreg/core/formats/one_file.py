"""Artifacts that are one file, alone or in a folder with others that do not belong to the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.problems import Problems
from tfreg.core.inspections import Inspection

_MAX_LISTED = 5


def one_file(tree: FileTree, suffixes: tuple[str, ...], fits: Callable[[FileReader], bool]) -> str | None:
    """Returns the path of a tree's only file, or of the only one with a suffix in the root of a folder, if its content fits."""
    paths = [file.path for file in tree.files()]
    if len(paths) != 1:
        paths = [path for path in paths if "/" not in path and path.endswith(suffixes)]
    if len(paths) != 1 or "/" in paths[0]:
        return None
    with tree.open(paths[0]) as reader:
        return paths[0] if fits(reader) else None


def with_strangers(inspection: Inspection, tree: FileTree, file: str) -> Inspection:
    """Returns the inspection with a note about the files that lie beside the one that was read."""
    strangers = [other.path for other in tree.files() if other.path != file]
    if not strangers:
        return inspection
    problems = Problems(inspection.problems)
    message = f"{len(strangers)} files lie beside {file}, such as {', '.join(strangers[:_MAX_LISTED])}."
    problems.inform("TFR105", message, "They are kept but not read; attach files that belong to the model's users.")
    return replace(inspection, problems=tuple(problems))
