"""Reads the values of an artifact once, in flat memory, and compares the checksums that its format carries.

An inspection does not do so, because it reads no values. A registry does it once, for an artifact that is new to it: what was damaged
on its way there would else be found by those who load it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tfreg.core.codecs.errors import LimitError
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.files import FileTree
from tfreg.core.formats.problems import Problems
from tfreg.core.inspections import Inspection
from tfreg.core.values.checksums import go_on
from tfreg.core.verifying.archives import ARCHIVE_FORMATS, check_archives
from tfreg.core.verifying.checkpoints import check_tensors

if TYPE_CHECKING:
    from tfreg.core.formats.format import Format


def verify(
    tree: FileTree, kind: Format, inspection: Inspection, check_wanted: Callable[[], None] = go_on
) -> tuple[Diagnostic, ...]:
    """Returns which values do not have their checksums: TFR107; TFR104 if not all could be looked at.

    Args:
        tree: The artifact's files.
        kind: Its format.
        inspection: What it says about itself.
        check_wanted: Is called every few MiB; what it raises ends the reading.
    """
    problems = Problems()
    try:
        if kind.name in ARCHIVE_FORMATS:
            check_archives(tree, kind.name, problems, check_wanted)
        check_tensors(tree, inspection.tensors, problems, check_wanted)
    except LimitError as error:
        problems.warn(
            "TFR104", f"Not all checksums were compared: {tree.name} {error.message}.", "The rest is not known to be whole."
        )
    return tuple(problems)


def with_verified(inspection_problems: tuple[Diagnostic, ...], verified: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Returns the problems of an inspection and those of `verify`, each once."""
    return tuple(dict.fromkeys((*inspection_problems, *verified)))
