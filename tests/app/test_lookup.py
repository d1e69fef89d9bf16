"""What is said where a name stands for nothing."""

from tfreg.app.lookup import not_found
from tfreg.core.errors import ModelNotFoundError


def test_names_of_the_same_prefix_are_listed_first() -> None:
    error = not_found(ModelNotFoundError, "There is no model 't/nope'.", "t/nope", ["a/cat", "b/dog", "t/xyzzyx"])
    assert error.hint == "There are: t/xyzzyx, a/cat, b/dog."


def test_a_name_that_is_near_is_suggested() -> None:
    assert not_found(ModelNotFoundError, "There is no model.", "t/bart", ["a/cat", "t/bert"]).hint == "Did you mean t/bert?"
