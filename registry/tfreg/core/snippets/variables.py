"""Names of variables for the tensors of a binding."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tfreg.core.bindings import Binding, FeedUse
from tfreg.core.tensors import TensorRef, TensorSpec

_JAVA_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        abstract assert boolean break byte case catch char class const continue default do double else enum extends false final
        finally float for goto if implements import instanceof int interface long native new null package private protected public
        return short static strictfp super switch synchronized this throw throws transient true try var void volatile while
        """,
    )
)
RESERVED = (
    _JAVA_WORDS
    | frozenset(keyword.kwlist)
    | {"session", "result", "runner", "path", "graph", "tf", "file", "graph_def", "_", "content", "text_format"}
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor that is fed or fetched once, and the variable for it.

    Attributes:
        ref: The tensor.
        spec: What is known of it.
        keys: All keys that it stands for, with their component's name.
        variable: Name in snake_case.
        use: Whether it must be fed; fetches are required.
    """

    ref: TensorRef
    spec: TensorSpec
    keys: tuple[str, ...]
    variable: str
    use: FeedUse = FeedUse.REQUIRED


def slots_of(binding: Binding) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Returns the feeds and the fetches of a binding, each tensor once, with variables that differ from each other."""
    taken = set(RESERVED)
    feeds = _slots(((feed.tensor, feed.use) for feed in binding.feeds), taken)
    return feeds, _slots(((fetch, FeedUse.REQUIRED) for fetch in binding.fetches), taken)


@dataclass(frozen=True, slots=True)
class KeyedSlot:
    """A tensor that is fed or fetched by its key, and the variable for it.

    Attributes:
        spec: What is known of it.
        variable: Name in snake_case.
    """

    spec: TensorSpec
    variable: str


def keyed_slots_of(binding: Binding) -> tuple[tuple[KeyedSlot, ...], tuple[KeyedSlot, ...]]:
    """Returns the feeds and the fetches of a binding without a graph, with variables that differ from each other."""
    taken = set(RESERVED) | {"inputs", "outputs", "interpreter", "model", "keras"}
    feeds = tuple(KeyedSlot(feed.tensor, _variable(feed.tensor.key, taken)) for feed in binding.feeds)
    return feeds, tuple(KeyedSlot(spec, _variable(spec.key, taken)) for spec in binding.fetches)


def _slots(specs: Iterable[tuple[TensorSpec, FeedUse]], taken: set[str]) -> tuple[Slot, ...]:
    slots: dict[TensorRef, Slot] = {}
    for spec, use in specs:
        for key, part in _parts(spec, spec.key):
            if part.ref is None:
                continue
            known = slots.get(part.ref)
            if known is None:
                variable = _variable(key or part.ref.operation.rpartition("/")[2], taken)
                slots[part.ref] = Slot(part.ref, part, (key,), variable, use)
            else:
                slots[part.ref] = Slot(part.ref, part, (*known.keys, key), known.variable, known.use)
    return tuple(slots.values())


def _parts(spec: TensorSpec, key: str) -> Iterable[tuple[str, TensorSpec]]:
    if not spec.components:
        yield key, spec
    for number, component in enumerate(spec.components):
        yield from _parts(component, f"{key}/{component.key or number}")


def _variable(name: str, taken: set[str]) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    snake = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not snake or snake[0].isdigit():
        snake = f"tensor_{snake}".rstrip("_")
    variable, number = snake, 2
    while variable in taken or camel(variable) in taken:
        variable, number = f"{snake}_{number}", number + 1
    taken |= {variable, camel(variable)}
    return variable


def camel(variable: str) -> str:
    """Returns the variable as Java writes it: `input_ids` as `inputIds`."""
    first, *rest = variable.split("_")
    return first + "".join(word.capitalize() for word in rest)
