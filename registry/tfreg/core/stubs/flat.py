"""The tensors of a signature one by one: a composite tensor is its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfreg.core.bindings import FeedUse
from tfreg.core.locks.lock import LockedSignature
from tfreg.core.tensors import TensorSpec


@dataclass(frozen=True, slots=True)
class FlatTensor:
    """A plain tensor, or a part of a composite one.

    Attributes:
        spec: Its dtype and shape.
        key: The signature's key.
        part: The part's name; empty for a plain tensor.
        number: Which part it is, in the order of the encoding.
        encoding: Of the composite tensor; empty for a plain one.
        use: Whether it must be given.
    """

    spec: TensorSpec
    key: str
    part: str = ""
    number: int = 0
    encoding: str = ""
    use: FeedUse = FeedUse.REQUIRED

    @property
    def name(self) -> str:
        """What its name in a program is made of."""
        return f"{self.key}_{self.part}" if self.part else self.key

    @property
    def argument(self) -> str:
        """What a function that TensorFlow 2 restored from a SavedModel calls it (saved_model/load.py, load_v1_in_v2.py)."""
        if not self.part:
            return self.key
        return f"{self.key}_{self.part}" if self.encoding == "sparse" else f"{self.key}_component_{self.number}"


def flat_inputs(signature: LockedSignature) -> list[FlatTensor]:
    """Returns the inputs, those that must be given first: a caller's eye finds them."""
    found = [tensor for feed in signature.inputs for tensor in _flat(feed.tensor, feed.use)]
    return sorted(found, key=lambda tensor: tensor.use is not FeedUse.REQUIRED)


def flat_outputs(signature: LockedSignature) -> list[FlatTensor]:
    """Returns the outputs."""
    return [tensor for spec in signature.outputs for tensor in _flat(spec, FeedUse.REQUIRED)]


def _flat(spec: TensorSpec, use: FeedUse) -> Iterator[FlatTensor]:
    if not spec.components:
        yield FlatTensor(spec, spec.key, use=use)
    for number, part in enumerate(spec.components):
        yield FlatTensor(part, spec.key, part.key or f"part_{number}", number, spec.encoding, use)
