"""Which attachments a version lacks. What a version holds never changes: it is only added to, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.layouts import InlineExtent
from tfreg.core.names import ModelName
from tfreg.core.records import AttachmentRecord
from tfreg.store.catalog.refusals import attachment_taken, too_much_attached

MAX_ATTACHED_BYTES = 1024 * 1024
"""What the attachments of a version may need in a message: paths, digests and layouts, not content. Thousands of files."""

_FILE_BYTES, _EXTENT_BYTES = 256, 96  # more than a message needs besides names and inline bytes


def lacking_attachments(
    model: ModelName, number: int, present: Iterable[AttachmentRecord], wanted: Iterable[AttachmentRecord]
) -> list[AttachmentRecord]:
    """Returns what of `wanted` is not there yet, each once.

    Raises:
        AttachmentInvalidError: Something else is there under the same role and file name.
        LimitExceededError: The version would have too many.
    """
    present = list(present)
    known = {(attachment.role, attachment.file.path): attachment.file for attachment in present}
    lacking = []
    for attachment in wanted:
        key = (attachment.role, attachment.file.path)
        if key not in known:
            lacking.append(attachment)
        elif known[key] != attachment.file:
            raise attachment_taken(model, number, *key)
        known[key] = attachment.file
    if lacking and sum(map(_described_bytes, (*present, *lacking))) > MAX_ATTACHED_BYTES:
        raise too_much_attached(model, number, len(present) + len(lacking), MAX_ATTACHED_BYTES)
    return lacking


def _described_bytes(attachment: AttachmentRecord) -> int:
    """Returns at least so many bytes as a message needs for an attachment and its layout."""
    names = len(attachment.role) + 2 * len(attachment.file.path.encode())
    inline = sum(extent.length_bytes for extent in attachment.layout.extents if isinstance(extent, InlineExtent))
    return _FILE_BYTES + names + inline + _EXTENT_BYTES * len(attachment.layout.extents)
