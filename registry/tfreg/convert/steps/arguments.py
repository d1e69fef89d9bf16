"""What steps are told, read and checked."""

from __future__ import annotations

from typing import TypeVar

from tfreg.convert.work import Work
from tfreg.core import json_values
from tfreg.core.conversions.options import ConversionOptions, decode

Value = TypeVar("Value")


def value_of(work: Work, name: str, kind: type[Value]) -> Value:
    """Returns an argument that is a dataclass, as `json_values.encode` wrote it into the arguments.

    Raises:
        ValueError: It is missing or something else: who sent the job is of another version.
    """
    return json_values.decode(kind, json_values.encode(work.arguments.get(name)))


def options_of(work: Work) -> ConversionOptions:
    """Returns the options of the route; none if it was told none."""
    text = work.arguments.get("options")
    return decode(text) if isinstance(text, str) else ConversionOptions()


def runs_foreign_code(work: Work) -> bool:
    """Whether the model may run code of its author's own: it was announced, and whoever started the worker allows it."""
    return work.arguments.get("runs_foreign_code") is True


def target_file(work: Work, otherwise: str) -> str:
    """Returns the name of the file to write."""
    name = work.arguments.get("target_file")
    return name if isinstance(name, str) and name and "/" not in name else otherwise


def texts_of(work: Work, name: str) -> tuple[str, ...]:
    """Returns an argument that is a list of texts; nothing if it was not told."""
    value = work.arguments.get(name)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
