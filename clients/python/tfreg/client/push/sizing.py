"""How large the commit of a push will be, known from the cuts alone, before a byte is hashed or sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfreg.client.push.sources import HashedFile, Piece, Source, hashed
from tfreg.core.digests import from_hex
from tfreg.core.errors import LimitExceededError
from tfreg.core.layouts import cut
from tfreg.core.records import Limits, NewVersion
from tfreg.translate.registry import new_version_to_proto

LEASE_ID = "?" * 64  # at least as long as one
_DIGEST = from_hex("0" * 64)


def unhashed(sources: Sequence[Source]) -> list[HashedFile]:
    """Returns what will be known of the sources, with a digest that is none, but as long as one."""
    return [hashed(source, list(_pieces(source)), _DIGEST) for source in sources]


def check_commit_size(new: NewVersion) -> None:
    """Checks that the server takes a commit so large.

    Raises:
        LimitExceededError: It does not; its metadata tell `size_bytes` and `limit_bytes`.
    """
    limit_bytes = Limits().max_commit_bytes
    size_bytes = new_version_to_proto(new).ByteSize()
    if size_bytes <= limit_bytes:
        return
    layouts = [*new.artifact.layouts, *(attachment.layout for attachment in new.attachments)]
    extent_count = sum(len(layout.extents) for layout in layouts)
    raise LimitExceededError(
        f"{len(layouts)} files of {extent_count} blobs are too many for one version: its description would have {size_bytes} bytes,"
        f" and max_commit_bytes is {limit_bytes}.",
        hint="Pack small assets into one file, or attach fewer files.",
        limit="max_commit_bytes",
        limit_bytes=str(limit_bytes),
        size_bytes=str(size_bytes),
    )


def _pieces(source: Source) -> Iterator[Piece]:
    for span in cut(source.size_bytes, source.tensors):
        yield Piece(source, _DIGEST, span.offset_bytes, span.length_bytes)
