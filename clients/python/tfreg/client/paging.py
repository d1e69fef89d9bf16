"""Lists come page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

import grpc

from tfreg.client.calls import Calls


class ListRequest(Protocol):
    """Asks for a page."""

    page_token: str


class Page(Protocol):
    """A part of a list. The token of the next one is empty at the end."""

    next_page_token: str


Request = TypeVar("Request", bound=ListRequest)
Response = TypeVar("Response", bound=Page)


def pages(calls: Calls, method: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request) -> Iterator[Response]:
    """Yields the pages of a list, each fetched when it is asked for. The request is written to.

    Raises:
        TfregError: As the server answered.
    """
    while True:
        page = calls.unary(method, request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
