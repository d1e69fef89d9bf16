"""A place that wants a weight: a variable of a graph, or of a layer."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.rewrites.weights.weight import Weight
from tfreg.core.tensors import Shape


@dataclass(frozen=True, slots=True)
class Place:
    """A variable that is to be filled.

    Attributes:
        name: The variable's name, such as `tower/low/kernel`.
        path: The way to it from object to object, such as `gru/cell/kernel`; empty: the name.
        dtype: Its dtype; empty if not known.
        shape: Its shape, None where a size is not known; None in all if not even the rank is.
        trainable: Whether training changes it; None if not known.
        others: Further paths under which a file may hold it: `layers/dense_1/vars/0`, `layer_with_weights-0/kernel`.
    """

    name: str
    path: str = ""
    dtype: str = ""
    shape: Shape = None
    trainable: bool | None = None
    others: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All its paths."""
        return (self.path or self.name, *self.others)

    @property
    def is_definite(self) -> bool:
        """Whether its whole shape is known."""
        return self.shape is not None and None not in self.shape

    def clash(self, weight: Weight) -> str:
        """Returns in words how a weight's dtype or shape differs; empty if it fits."""
        wanted, given = self.shape, weight.shape
        fits = wanted is None or (
            len(wanted) == len(given) and all(a is None or a == b for a, b in zip(wanted, given, strict=True))
        )
        if fits and (not self.dtype or self.dtype == weight.dtype):
            return ""
        return f"{self.name} is {_written(self.dtype, wanted)}, {weight.name} is {_written(weight.dtype, given)}"


def _written(dtype: str, shape: Shape) -> str:
    sizes = "?" if shape is None else ",".join("?" if size is None else str(size) for size in shape)
    return f"{dtype}[{sizes}]"
