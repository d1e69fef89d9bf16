"""Pages: how long one is, and the tokens that lead from one to the next."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tfreg.core.errors import PageTokenInvalidError
from tfreg.core.records import Limits

Item = TypeVar("Item")
DEFAULT_PAGE_SIZE = 100
_MAX_TOKEN_CHARACTERS = 16 << 10  # positions are far shorter
_MAX_NUMBER = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some entries of a list.

    Attributes:
        items: The entries. Whoever sends them may send fewer, from the first on.
        of: Which list it is, with all that decides what is in it.
        positions: The position of each entry, after which the next page starts.
        more: Whether more entries follow the last one.
    """

    items: Sequence[Item]
    of: Sequence[str]
    positions: Sequence[str]
    more: bool

    def token_after(self, count: int) -> str:
        """Returns the token for what follows the first `count` entries; empty if nothing does."""
        if count == len(self.items) and not self.more:
            return ""
        return token_at(self.of, self.positions[count - 1])


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: at most `size` entries (0: the server's choice) from where `token` says (empty: the start)."""

    size: int = 0
    token: str = ""

    def limit(self, limits: Limits) -> int:
        """How many entries the page may have."""
        return min(self.size if self.size > 0 else DEFAULT_PAGE_SIZE, limits.max_page_size)

    def position(self, of: Sequence[str]) -> str:
        """Where the page starts: what `token_at` was given; empty for the first page.

        Args:
            of: Which list it is, with all that decides what is in it.

        Raises:
            PageTokenInvalidError: The token was not made for this list.
        """
        if not self.token:
            return ""
        match _decoded(self.token):
            case [str(name), str(position)] if name == _name_of(of):
                return position
        raise self.strange()

    def number(self, of: Sequence[str]) -> int:
        """As `position`, for lists whose positions are numbers; 0 for the first page."""
        position = self.position(of)
        if not position:
            return 0
        is_number = position.isascii() and position.isdigit() and len(position) <= len(str(_MAX_NUMBER))
        if not is_number or int(position) > _MAX_NUMBER:
            raise self.strange()
        return int(position)

    def strange(self) -> PageTokenInvalidError:
        """Makes the error of a token that this list did not make."""
        message = "The page token was not made by this list."
        return PageTokenInvalidError(message, hint="Start again without one.", token=self.token[:100])


def token_at(of: Sequence[str], position: str) -> str:
    """Returns the token that leads to what comes at `position` of a list."""
    return base64.urlsafe_b64encode(json.dumps([_name_of(of), position]).encode()).decode()


def _name_of(of: Sequence[str]) -> str:
    """Returns a short name for a list: what decides what is in it can be long, such as the ops of all nodes that are wanted."""
    return hashlib.sha256(json.dumps(list(of)).encode()).hexdigest()[:32]


def _decoded(token: str) -> object:
    """Returns what a token says; None if it is none. It comes from a stranger: long digits and deep lists raise, too."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        return None
    try:
        content = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        json.dumps(content, ensure_ascii=False).encode()  # JSON can spell halves of characters, which no database takes
        return content
    except (binascii.Error, ValueError, RecursionError):
        return None


def page_of(items: Sequence[Item], limit: int, of: Sequence[str], positions: Sequence[str]) -> Page[Item]:
    """Returns a page of up to `limit` of `items`, of which there is one more if more follow.

    Args:
        items: What the catalog gave for `limit + 1`.
        limit: How many the page may have.
        of: Which list it is.
        positions: The position of each item, after which the next page starts.
    """
    return Page(items[:limit], of, positions[:limit], more=len(items) > limit)
