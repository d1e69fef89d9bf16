"""Arguments as callers write them, brought to one form; what fits no form is refused before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from tfreg.core.errors import RequestInvalidError

PathLike = str | os.PathLike[str]
Texts = str | Iterable[str]
"""Several strings; one string stands for itself, not for its characters."""
Attachments = Mapping[str, PathLike] | Iterable[tuple[str, PathLike]]
"""Files by their roles. As pairs, a role can have several files."""


def texts(values: Texts, name: str) -> tuple[str, ...]:
    """Returns strings as a tuple.

    Raises:
        RequestInvalidError: They are neither a string nor several.
    """
    if isinstance(values, str):
        return (values,)
    if not isinstance(values, Iterable):
        raise _wrong(name, values, "a string or a list of strings")
    return tuple(_text(value, f"an element of {name}") for value in values)


def label_texts(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Returns labels as a dict.

    Raises:
        RequestInvalidError: A key or a value is no string.
    """
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise _wrong("labels", labels, "a mapping of strings to strings")
    return {_text(key, "a label's key"): _text(value, f"the label {key!r}") for key, value in labels.items()}


def tensor_pairs(tensors: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    """Returns tensors with their keys as pairs.

    Raises:
        RequestInvalidError: They are no mapping of strings to strings.
    """
    if not isinstance(tensors, Mapping):
        raise _wrong(name, tensors, "a mapping of keys to tensors, as in {'image': 'x:0'}")
    return tuple((_text(key, f"a key of {name}"), _text(tensor, f"the tensor {key!r}")) for key, tensor in tensors.items())


def attachment_pairs(attachments: Attachments) -> tuple[tuple[str, PathLike], ...]:
    """Returns attachments as pairs of role and path.

    Raises:
        RequestInvalidError: They are neither a mapping nor pairs.
    """
    if isinstance(attachments, Mapping):
        attachments = attachments.items()
    if isinstance(attachments, str) or not isinstance(attachments, Iterable):
        raise _wrong("attachments", attachments, _ATTACHMENTS)
    return tuple(_attachment_pair(pair) for pair in attachments)


def _text(value: str, name: str) -> str:
    if isinstance(value, str):
        return value
    raise _wrong(name, value, "a string")


def _attachment_pair(pair: tuple[str, PathLike]) -> tuple[str, PathLike]:
    if isinstance(pair, tuple | list) and len(pair) == 2:
        role, path = pair
        if isinstance(role, str) and isinstance(path, str | os.PathLike):
            return role, path
    raise _wrong("an attachment", pair, _ATTACHMENTS)


_ATTACHMENTS = "a role and a path, as in {'labels': 'labels.txt'} or [('labels', 'labels.txt')]"


def _wrong(name: str, value: object, wanted: str) -> RequestInvalidError:
    shown = f"{value!r:.80}"
    return RequestInvalidError(
        f"{name[:1].upper()}{name[1:80]} cannot be {shown}, of type {type(value).__name__}.",
        hint=f"Pass {wanted}.",
        argument=name[:80],
    )
