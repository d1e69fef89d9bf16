"""What is kept in memory is bounded, and never older than it says."""

from hypothesis import given
from hypothesis import strategies as st

from tfreg.app.answers import AnswerCache
from tfreg.app.recent import Recent
from tfreg.core.names import ModelName

MODEL = ModelName("team/bert")


class Sequences:
    """A catalog that knows only sequence numbers."""

    def __init__(self) -> None:
        self.sequence = 1

    def model_sequence(self, name: ModelName) -> int:
        return self.sequence


def test_what_was_used_last_stays() -> None:
    recent: Recent[str, int] = Recent(max_weight=2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.find("a") == 1
    recent.keep("c", 3)
    assert (recent.find("a"), recent.find("b"), recent.find("c")) == (1, None, 3)


def test_what_is_too_heavy_is_not_kept_and_drives_nothing_out() -> None:
    recent: Recent[str, int] = Recent(max_weight=2)
    recent.keep("a", 1)
    recent.keep("b", 2, weight=3)
    assert (recent.find("a"), recent.find("b")) == (1, None)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=50))
def test_the_weight_never_passes_its_bound(entries) -> None:
    recent: Recent[int, int] = Recent(max_weight=10)
    for key, weight in entries:
        recent.keep(key, weight, weight)
        assert recent._weight == sum(kept for _, kept in recent._entries.values()) <= 10


def test_an_answer_is_good_until_its_model_changes() -> None:
    catalog = Sequences()
    answers = AnswerCache(catalog)
    answers.keep(b"question", MODEL, 1, b"answer")
    assert answers.find(b"question") == b"answer"
    assert answers.find(b"another") is None
    catalog.sequence = 2
    assert answers.find(b"question") is None


def test_an_answer_that_was_overtaken_while_it_was_computed_is_not_given() -> None:
    catalog = Sequences()
    answers = AnswerCache(catalog)
    before = catalog.model_sequence(MODEL)
    catalog.sequence = 2
    answers.keep(b"question", MODEL, before, b"old")
    assert answers.find(b"question") is None


def test_answers_are_bounded_in_bytes() -> None:
    answers = AnswerCache(Sequences(), max_bytes=3000)
    for index in range(20):
        answers.keep(b"%d" % index, MODEL, 1, b"x" * 500)
    assert answers.find(b"0") is None
    assert answers.find(b"19") == b"x" * 500
