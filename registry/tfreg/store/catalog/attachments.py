"""Which attachments a version lacks. What a version holds never changes: it is only added to."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.names import ModelName
from tfreg.core.records import AttachmentRecord
from tfreg.store.catalog.refusals import attachment_taken


def lacking_attachments(
    model: ModelName, number: int, present: Iterable[AttachmentRecord], wanted: Iterable[AttachmentRecord]
) -> list[AttachmentRecord]:
    """Returns what of `wanted` is not there yet, each once.

    Raises:
        AttachmentInvalidError: Something else is there under the same role and file name.
    """
    known = {(attachment.role, attachment.file.path): attachment.file for attachment in present}
    lacking = []
    for attachment in wanted:
        key = (attachment.role, attachment.file.path)
        if key not in known:
            lacking.append(attachment)
        elif known[key] != attachment.file:
            raise attachment_taken(model, number, *key)
        known[key] = attachment.file
    return lacking
