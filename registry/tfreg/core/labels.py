"""What may be said about a version by labels, and what its attachments may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tfreg.core.errors import AttachmentInvalidError, LabelInvalidError
from tfreg.core.manifests import check_path

MAX_LABELS = 64
MAX_LABEL_VALUE_LENGTH = 1024
_LABEL_KEY = re.compile(r"[a-z][a-z0-9._-]{0,127}")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def check_labels(labels: Mapping[str, str]) -> None:
    """Checks the labels of a version.

    Raises:
        LabelInvalidError: They are too many, or a key or value breaks its rules.
    """
    if len(labels) > MAX_LABELS:
        raise LabelInvalidError(f"A version has at most {MAX_LABELS} labels, not {len(labels)}.", count=str(len(labels)))
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise LabelInvalidError(
                f"{key[:128]!r} is not a label's key.", hint="Use a-z, then a-z, 0-9, '.', '_' and '-'.", label=key[:128]
            )
        if len(value) > MAX_LABEL_VALUE_LENGTH or _CONTROL.search(value):
            raise LabelInvalidError(
                f"The value of the label {key!r} is too long or holds control characters.",
                hint=f"Values are one line of at most {MAX_LABEL_VALUE_LENGTH} characters; attach longer texts as a file.",
                label=key,
            )


def check_attachment_names(attachments: Iterable[tuple[str, str]]) -> None:
    """Checks the attachments of a version, each a role and a file's plain name.

    Raises:
        AttachmentInvalidError: A role breaks its rules, a name is a path, or two attachments are called the same.
        PathInvalidError: A name is not portable.
    """
    seen: set[tuple[str, str]] = set()
    for role, name in attachments:
        if not _ROLE.fullmatch(role):
            raise AttachmentInvalidError(
                f"{role[:64]!r} is not an attachment's role.",
                hint="Use a-z, then a-z, 0-9 and '_', such as labels.",
                role=role[:64],
            )
        if "/" in check_path(name):
            raise AttachmentInvalidError(f"The attachment's name {name!r} holds a '/'.", hint="Use a plain name.", name=name)
        if (role, name) in seen:
            raise AttachmentInvalidError(f"The attachment {name!r} is named twice as {role}.", role=role, name=name)
        seen.add((role, name))
