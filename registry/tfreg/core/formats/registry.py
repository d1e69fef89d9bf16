"""The formats, a row each. `recognise` asks them in this order, the most telling first."""

from __future__ import annotations

from tfreg.core.errors import FormatUnknownError
from tfreg.core.files import FileTree
from tfreg.core.formats.format import Format
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.formats.saved_model import SavedModelFormat

FORMATS: tuple[Format, ...] = (
    SavedModelFormat(),
    FrozenGraphFormat(),
)


def recognise(tree: FileTree) -> Format:
    """Returns the format of a tree, judged by its files' names and content.

    Raises:
        NotAModelError: It is in none; the message says what was looked for and what the files look like.
    """
    for candidate in FORMATS:
        if candidate.recognise(tree):
            return candidate
    from tfreg.core.formats.not_a_model import not_a_model

    raise not_a_model(tree, tree.files(), ", ".join(candidate.name for candidate in FORMATS))


def format_named(name: str) -> Format:
    """Returns a format by its name.

    Raises:
        FormatUnknownError: There is none of that name.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    existing = ", ".join(candidate.name for candidate in FORMATS)
    raise FormatUnknownError(f"There is no format {name[:100]!r}.", hint=f"There are: {existing}.", existing=existing)
