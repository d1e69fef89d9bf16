"""Which tensors count as weights, and the weights fingerprint: what they hold, whatever their names, order and number of copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfreg.core.digests import Digest, digest_of
from tfreg.core.errors import CancelledError, TfregError
from tfreg.core.shapes import element_count
from tfreg.core.tensors import Quantization
from tfreg.core.values.lookup import Found

_TITLE = "tfreg weights 1"
_DTYPES = frozenset(
    {"float16", "float32", "float64", "bfloat16", "complex64", "complex128", "qint8", "quint8", "qint16", "quint16", "qint32"}
)
_SHORT_FLOATS = ("float8_", "float4_")
_NOT_OF_THE_MODEL = re.compile(
    r"(?:^|[/.])(?:optimizer(?:_weights|_experimental)?|_optimizer|optimizer_\d+)(?:[/.]|$)"  # what Keras keeps of an optimiser
    r"|/\.OPTIMIZER_SLOT/"
    r"|/(?:Adam|AdamW?eightDecay|adam_[mv]|Momentum|RMSProp|Adagrad|Adadelta|AdaMax|Ftrl|Nadam|lamb_[mv]|ExponentialMovingAverage)(?:_\d+)?$"
    r"|(?:^|/)(?:beta\d_power|global_step|save_counter)(?:_\d+)?(?:/|$)"
    r"|(?:^|/)(?:metrics|_?compile_metrics|keras_api|seed_generator|_seed_generators)/"
)
_OF_THE_MODEL = re.compile(r"/_(?:trainable|model)_variables/\d+/")
"""Keras's optimiser refers to the model's own variables, and a checkpoint may know them by that path only."""


class TensorDigests(Protocol):
    """Knows the digests of the plain values of an artifact's tensors."""

    def of(self, found: Found) -> Digest:
        """Returns the digest of a value, see core/values/digest.py.

        Raises:
            TfregError: It cannot be read.
        """


class KnownDigests:
    """Digests that are asked for once each, however often they are needed."""

    def __init__(self, digests: TensorDigests) -> None:
        self._digests = digests
        self._known: dict[str, Digest | None] = {}

    def of(self, found: Found) -> Digest | None:
        """Returns the digest of a value; None if it cannot be read."""
        if found.name not in self._known:
            try:
                self._known[found.name] = self._digests.of(found)
            except CancelledError:
                raise
            except TfregError:
                self._known[found.name] = None
        return self._known[found.name]


@dataclass(frozen=True, slots=True)
class Weight:
    """A value that the weights fingerprint covers."""

    dtype: str
    shape: tuple[int, ...]
    digest: Digest

    @property
    def line(self) -> str:
        """As the fingerprint spells it."""
        return f"{self.dtype} [{','.join(map(str, self.shape))}] {self.digest}"


def is_weight(dtype: str, shape: Sequence[int], quantization: Quantization | None = None) -> bool:
    """True for what training produces: floating or quantised numbers, two or more of them, in at least one dimension."""
    is_number = dtype in _DTYPES or dtype.startswith(_SHORT_FLOATS) or (quantization is not None and dtype != "string")
    return is_number and len(shape) > 0 and element_count(tuple(shape)) > 0


def is_of_model(name: str) -> bool:
    """False for the names of an optimiser's state, of counters, metrics and seeds, as Keras and TensorFlow 1 give them."""
    return not _NOT_OF_THE_MODEL.search(name) or bool(_OF_THE_MODEL.search(name))


def stored_weights(values: Iterable[Found]) -> list[Found]:
    """Returns those of an artifact's values that are weights by dtype, shape and name."""
    return [found for found in values if _is_stored_weight(found)]


def weights_fingerprint(weights: Iterable[Weight]) -> str:
    """Returns the digest of the set of the weights; empty if there are none."""
    lines = sorted({weight.line for weight in weights})
    return digest_of("\n".join((_TITLE, *lines, "")).encode()) if lines else ""


def digested(values: Iterable[Found], digests: KnownDigests) -> list[Weight] | None:
    """Returns the values with their digests; None if one cannot be read."""
    weights: list[Weight] = []
    for found in values:
        digest = digests.of(found)
        if digest is None:
            return None
        weights.append(Weight(found.dtype, found.shape, digest))
    return weights


def _is_stored_weight(found: Found) -> bool:
    tensor = found.tensors[0]
    return is_weight(found.dtype, found.shape, tensor.quantization) and is_of_model(found.name)
