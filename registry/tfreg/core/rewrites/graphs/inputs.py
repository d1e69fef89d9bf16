"""Which tensor an input of a node means: at the top level, and within functions, where outputs have names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tfreg.core.graphs.graph import Node
from tfreg.core.ops.arguments import flat_index
from tfreg.core.ops.table import OpSignature, lookup

_MAX_DIGITS = 9


def data_inputs(inputs: Iterable[str]) -> list[str]:
    """Returns the inputs without control inputs."""
    return [text for text in inputs if not text.startswith("^")]


def control_inputs(inputs: Iterable[str]) -> list[str]:
    """Returns the control inputs."""
    return [text for text in inputs if text.startswith("^")]


def producer_of(text: str) -> str:
    """Returns the node, or the argument of a function, that an input comes from."""
    return text.removeprefix("^").partition(":")[0]


def output_index(text: str, producer: Node | None, signature_of: Callable[[str], OpSignature | None]) -> int:
    """Returns which output of its producer an input means; -1 if that cannot be told.

    Args:
        text: The input: `a`, `a:1`, or `a:out_arg:0` within functions.
        producer: The node; None for an argument of a function.
        signature_of: Finds the signature of a function by name.
    """
    _, _, place = text.partition(":")
    argument, colon, index = place.rpartition(":")
    number = int(index) if index.isdecimal() and len(index) <= _MAX_DIGITS else 0
    if not colon or producer is None:
        return number
    signature = signature_of(producer.op) or lookup(producer.op)
    try:
        return flat_index(signature, producer.attr, argument, number) if signature else -1
    except ValueError:
        return -1
