"""Pages as messages: one that would pass the largest message is cut, and the next one goes on there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message

from tfreg.app.paging import Page

Item = TypeVar("Item")
Entry = TypeVar("Entry", bound=Message)

_TOKEN_BYTES = 16 * 1024
"""More than any token has."""

_FRAME_BYTES = 8
"""What an entry needs besides itself: its tag and its length."""


def entries_of(page: Page[Item], to_proto: Callable[[Item], Entry], max_message_bytes: int) -> tuple[list[Entry], str]:
    """Returns the entries of a page that fit into a message, at least one, and the token for what follows them."""
    entries: list[Entry] = []
    left_bytes = max_message_bytes - _TOKEN_BYTES
    for item in page.items:
        entry = to_proto(item)
        left_bytes -= entry.ByteSize() + _FRAME_BYTES
        if left_bytes < 0 and entries:
            break
        entries.append(entry)
    return entries, page.token_after(len(entries))
