"""The attachments of a version, in the cache."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tfreg.client.calls import Calls
from tfreg.client.progress import Meter
from tfreg.client.pull.beneath import open_beneath, write_all
from tfreg.client.pull.cache import Cache
from tfreg.client.pull.checking import file_digest
from tfreg.client.pull.receiving import Wanted, receive
from tfreg.core.errors import AttachmentInvalidError, FileDamagedError, PathInvalidError
from tfreg.core.layouts import BlobExtent, InlineExtent
from tfreg.core.manifests import check_path
from tfreg.core.records import AttachmentRecord


def bring_attachment(calls: Calls, cache: Cache, attachment: AttachmentRecord, meter: Meter) -> Path:
    """Returns the path of an attachment in the cache, after pulling it if it is not there.

    Raises:
        AttachmentInvalidError: Its role or name is not plain.
        FileDamagedError: What the server sent is not what it said, twice.
    """
    _check_plain(attachment.role)
    _check_plain(attachment.file.path)
    target = cache.attachment(attachment.file.digest, attachment.file.path)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name[:200]}.tfreg-{secrets.token_hex(6)}")
    try:
        for _ in range(2):
            if _receive(calls, attachment, draft, meter):
                draft.rename(target)
                return target
            draft.unlink()
    finally:
        draft.unlink(missing_ok=True)
    raise FileDamagedError(
        f"The bytes of the attachment '{attachment.file.path}' do not have the digest that the server says, twice.",
        hint="Ask the server's operator to check its store: tfreg doctor.",
        path=attachment.file.path,
        digest=attachment.file.digest,
    )


def _receive(calls: Calls, attachment: AttachmentRecord, draft: Path, meter: Meter) -> bool:
    """Fills the draft and makes it durable; False if its digest is wrong."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    with open_beneath(draft.parent, draft.name, flags) as descriptor:
        sink = _AttachmentSink(attachment, descriptor)
        receive(calls, sink.wanted(), lambda: sink, meter)
        if file_digest(descriptor) != attachment.file.digest:
            return False
        os.fchmod(descriptor, 0o444)
        os.fsync(descriptor)
    return True


class _AttachmentSink:
    """Writes into the draft of an attachment."""

    def __init__(self, attachment: AttachmentRecord, descriptor: int) -> None:
        self._descriptor = descriptor
        self._extents = attachment.layout.extents
        self._starts: list[int] = []
        position = 0
        for extent in self._extents:
            self._starts.append(position)
            if isinstance(extent, InlineExtent):
                write_all(descriptor, extent.content, position)
            position += extent.length_bytes

    def wanted(self) -> list[Wanted]:
        """What the server has to send."""
        return [Wanted(extent, ((0, index),)) for index, extent in enumerate(self._extents) if isinstance(extent, BlobExtent)]

    def write(self, wanted: Wanted, position: int, data: memoryview) -> None:
        write_all(self._descriptor, data, self._starts[wanted.places[0][1]] + position)

    def complete(self, wanted: Wanted) -> None:
        pass

    def close(self) -> None:
        pass


def _check_plain(name: str) -> None:
    try:
        plain = "/" not in check_path(name)
    except PathInvalidError:
        plain = False
    if not plain:
        shown = name[:200].encode("unicode_escape").decode()
        raise AttachmentInvalidError(f"The server named an attachment '{shown}', which is no plain name.", name=shown)
