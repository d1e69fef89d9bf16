"""The rules by which tensors of a graph without signatures are taken for inputs and outputs, and how sure each is.

Feeds and fetches are those of high and medium confidence; low ones are told as candidates only.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tfreg.core.bindings import Confidence
from tfreg.core.graphs.reachability import ITERATOR_READING_OPS, PLACEHOLDER_OPS, QUEUE_READING_OPS


class Rule(NamedTuple):
    """How sure a guess is, and why: a clause after the tensor's name."""

    confidence: Confidence
    reason: str


_PLACEHOLDER = Rule(Confidence.HIGH, "a placeholder that the outputs need")
_QUEUE = Rule(Confidence.MEDIUM, "taken from a queue: training got its batches here")
_ITERATOR = Rule(Confidence.MEDIUM, "an output of an iterator: training got its batches here")

INPUT_RULES = {
    **dict.fromkeys(PLACEHOLDER_OPS, _PLACEHOLDER),
    "PlaceholderWithDefault": Rule(Confidence.MEDIUM, "a placeholder with a default, which may be left out"),
    **dict.fromkeys(ITERATOR_READING_OPS, _ITERATOR),
    **dict.fromkeys(QUEUE_READING_OPS, _QUEUE),
}
"""By op, for a tensor that the outputs need."""
SOURCE_OPS = ITERATOR_READING_OPS | QUEUE_READING_OPS
"""Ops whose outputs a caller may feed though they are no placeholders."""
OVER_BATCHES = Rule(Confidence.HIGH, "a placeholder whose default is training's batches, which nobody fills now")
COVERED = Rule(Confidence.LOW, "training's batches; a placeholder over them is fed instead")
ASKED_FOR = Rule(Confidence.HIGH, "the outputs that were asked for need it")
NOT_NEEDED = Rule(Confidence.LOW, "no output needs it; labels and losses may")

SINK = Rule(Confidence.HIGH, "computed from the inputs, and nothing consumes it")
WATCHED_SINK = Rule(Confidence.MEDIUM, "computed from the inputs, and only training or summaries consume it")
TRAINING_SINK = Rule(Confidence.MEDIUM, "computed from the inputs, and nothing consumes it, in a graph made for training")
BY_PRODUCT = Rule(Confidence.LOW, "a by-product of a branch or loop, of which another output goes on")
PROBABILITIES = Rule(Confidence.MEDIUM, "scores, of which another output only takes the best")
REPORTED = Rule(Confidence.LOW, "a number that training reports to TensorBoard")
SHAPE = Rule(Confidence.LOW, "a shape that a layer or a check took by the way")
LOSS = Rule(Confidence.LOW, "a loss: training minimises it, callers rarely want it")

LOSS_OPS = frozenset({"CTCLoss", "CTCLossV2", "L2Loss", "SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits"})
"""What is computed from one of these is a loss."""
SCORING_OPS = frozenset({"LogSoftmax", "Sigmoid", "Softmax"})
PICKING_OPS = frozenset({"ArgMax", "TopK", "TopKV2"})
_SHAPE_OP = re.compile(r"Shape|ShapeN|Size|Rank")
_SHAPE_NAME = re.compile(r"(?:[Ss]hape|ShapeN|[Ss]ize|[Rr]ank)(?:_\d+)?")
_GRADIENT = re.compile(r"(?:^|/)gradients(?:_\d+)?/(?:(.+?)_grad/)?")


def is_unnamed_shape(name: str, op: str) -> bool:
    """True for a node that takes a shape and has the name that TensorFlow gives it, not one of its author's."""
    return _SHAPE_OP.fullmatch(op) is not None and _SHAPE_NAME.fullmatch(name.rpartition("/")[2]) is not None


def differentiated(name: str) -> str | None:
    """Returns the operation that a node helps to differentiate, empty if the name does not say; None if it is no part of a gradient.

    tf.gradients puts what it makes for `loss/Mean` into the scope `gradients/loss/Mean_grad/`.
    """
    found = _GRADIENT.search(name)
    return (found[1] or "") if found else None
