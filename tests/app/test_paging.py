"""Page tokens lead on in the list that made them; whatever else comes as a token is refused, however it was made."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.app.paging import PageRequest, token_at
from tfreg.core.errors import PageTokenInvalidError

OF = ("versions", "team/name")


def written(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode()


@given(st.text(max_size=1000))
def test_a_token_leads_to_where_it_was_made(position: str) -> None:
    assert PageRequest(token=token_at(OF, position)).position(OF) == position


@given(st.integers(0, 2**63 - 1))
def test_a_number_in_a_token_is_read_back(number: int) -> None:
    assert PageRequest(token=token_at(OF, str(number))).number(OF) == number


@pytest.mark.parametrize(
    "token",
    [
        "no token",
        "\u0661",
        "x" * 1_000_000,
        written("[" * 8_000),
        written("9" * 8_000),
        written('{"a": 1}'),
        written("\ud7ff"),
        token_at(("models", ""), "5"),
        token_at(OF, "-1"),
        token_at(OF, "five"),
        token_at(OF, "\ud800"),
        token_at(OF, str(2**63)),
        token_at(OF, "9" * 5_000),
        token_at(OF, "\u0661"),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(PageTokenInvalidError, match="not made by this list"):
        PageRequest(token=token).number(OF)


def test_half_a_character_is_no_position() -> None:
    with pytest.raises(PageTokenInvalidError):
        PageRequest(token=token_at(OF, "\ud800")).position(OF)


def test_a_token_is_short_whatever_decides_what_is_in_the_list() -> None:
    of = ("nodes", *(f"Op{number}" for number in range(10_000)))
    token = token_at(of, "7")
    assert len(token) < 200
    assert PageRequest(token=token).number(of) == 7
