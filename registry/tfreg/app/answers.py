"""Answers that are ready to be sent, each good for as long as its model has not changed."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.app.ports import Catalog
from tfreg.app.recent import Recent
from tfreg.core.names import ModelName

_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    """An encoded answer, and the state of the model that it was computed from, or from an older one."""

    model: ModelName
    sequence: int
    content: bytes


class AnswerCache:
    """Encoded answers by encoded question.

    The model's sequence number decides whether an answer is still good. It is asked of the catalog each time, so that several
    servers on one catalog agree.
    """

    def __init__(self, catalog: Catalog, max_bytes: int = _MAX_BYTES) -> None:
        self._catalog = catalog
        self._recent: Recent[bytes, _Answer] = Recent(max_bytes)

    def find(self, question: bytes) -> bytes | None:
        """Returns the answer to a question if there is one that is still good."""
        answer = self._recent.find(question)
        if answer is not None and self._catalog.model_sequence(answer.model) == answer.sequence:
            return answer.content
        return None

    def keep(self, question: bytes, model: ModelName, sequence: int, content: bytes) -> None:
        """Keeps an answer. `sequence` must have been read *before* it was computed: then it is never taken for newer than it is."""
        self._recent.keep(question, _Answer(model, sequence, content), len(question) + len(content) + 200)
