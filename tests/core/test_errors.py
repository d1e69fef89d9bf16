"""The tree of errors: one class, one reason, one kind."""

import re
from collections import Counter

from tfreg.core.errors import InternalError, Kind, TfregError, error_types

TYPES = list(error_types())


def test_reasons_are_unique_and_in_upper_snake() -> None:
    assert [reason for reason, count in Counter(error.reason for error in TYPES).items() if count > 1] == []
    assert [error.reason for error in TYPES if not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", error.reason)] == []


def test_a_class_is_named_after_its_reason() -> None:
    def named(reason: str) -> str:
        return "".join(word.capitalize() for word in reason.split("_")) + "Error"

    assert [error.__name__ for error in TYPES if error.__name__ != named(error.reason)] == []


def test_every_class_says_what_it_means() -> None:
    assert [error.__name__ for error in TYPES if not error.__doc__] == []


def test_every_kind_has_an_error() -> None:
    assert {error.kind for error in TYPES} == set(Kind)


def test_only_bugs_are_internal() -> None:
    assert [error for error in TYPES if error.kind is Kind.INTERNAL] == [InternalError]


def test_an_error_prints_its_message_and_the_next_step() -> None:
    error = TfregError("It is not there.", hint="Look elsewhere.", path="x")
    assert str(error) == "It is not there. Look elsewhere."
    assert (error.message, error.hint, error.metadata) == ("It is not there.", "Look elsewhere.", {"path": "x"})
    assert str(TfregError("It is not there.")) == "It is not there."
