"""Pages: how long one is, and the tokens that lead from one to the next."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tfreg.core.errors import PageTokenInvalidError
from tfreg.core.records import Limits

Item = TypeVar("Item")
DEFAULT_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some entries of a list, and the token for those that follow; empty if these were the last."""

    items: Sequence[Item]
    next_token: str = ""


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
        try:
            found = json.loads(base64.b64decode(self.token, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            found = None
        match found:
            case [list(names), str(position)] if names == list(of):
                return position
        raise PageTokenInvalidError(
            "The page token was not made by this list.", hint="Start again without one.", token=self.token[:100]
        )

    def number(self, of: Sequence[str]) -> int:
        """As `position`, for lists whose positions are numbers; 0 for the first page."""
        position = self.position(of)
        if position and not (position.isascii() and position.isdigit()):
            raise PageTokenInvalidError("The page token was not made by this list.", hint="Start again without one.")
        return int(position or "0")


def token_at(of: Sequence[str], position: str) -> str:
    """Returns the token that leads to what comes at `position` of a list."""
    return base64.urlsafe_b64encode(json.dumps([list(of), position]).encode()).decode()


def page_of(items: Sequence[Item], limit: int, of: Sequence[str], positions: Sequence[str]) -> Page[Item]:
    """Returns a page of up to `limit` of `items`, of which there is one more if more follow.

    Args:
        items: What the catalog gave for `limit + 1`.
        limit: How many the page may have.
        of: Which list it is.
        positions: The position of each item, after which the next page starts.
    """
    if len(items) <= limit:
        return Page(items)
    return Page(items[:limit], token_at(of, positions[limit - 1]))
