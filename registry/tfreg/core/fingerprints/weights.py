"""Which tensors count as weights, and the weights fingerprint: what they hold, whatever their names, order and number of copies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tfreg.core.diagnostics import Severity
from tfreg.core.digests import Digest, digest_of
from tfreg.core.errors import CancelledError, TfregError
from tfreg.core.formats.limits import MAX_TENSORS
from tfreg.core.inspections import Inspection
from tfreg.core.values.lookup import Found, TensorNames, alone
from tfreg.core.weights import is_weight

_TITLE = "tfreg weights 1"
_SOME_UNREAD = frozenset({"TFR101", "TFR102", "TFR103", "TFR104", "TFR106", "TFR107", "TFR109"})
"""Findings with which values may be missing among the stored tensors, or be other ones."""
_UNLISTED_FACT = "tflite.sparse_constants"
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
        self._known: dict[tuple[str, str, int], Digest | None] = {}

    def of(self, found: Found) -> Digest | None:
        """Returns the digest of a value; None if it cannot be read."""
        key = place_of(found)
        if key not in self._known:
            try:
                self._known[key] = self._digests.of(found)
            except CancelledError:
                raise
            except TfregError:
                self._known[key] = None
        return self._known[key]


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


def is_of_model(name: str) -> bool:
    """False for the names of an optimiser's state, of counters, metrics and seeds, as Keras and TensorFlow 1 give them."""
    return not _NOT_OF_THE_MODEL.search(name) or bool(_OF_THE_MODEL.search(name))


def stored_weights(inspection: Inspection) -> list[Found] | None:
    """Returns those of an artifact's values that are weights by dtype, shape and name; None if it may hold more than are listed."""
    codes = {problem.code for problem in inspection.problems if problem.severity is not Severity.INFO}
    if codes & _SOME_UNREAD or _UNLISTED_FACT in inspection.facts or len(inspection.tensors) >= MAX_TENSORS:
        return None
    values = list(TensorNames(inspection.tensors).values())
    known = {place_of(found) for found in values}
    doubles = [alone(tensor) for tensor in inspection.tensors if tensor.part is None]  # of the same name as another one
    values += [found for found in doubles if place_of(found) not in known]
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


def place_of(found: Found) -> tuple[str, str, int]:
    """Returns what tells values apart that have one name."""
    first = found.tensors[0] if found.tensors else None
    return found.name, first.file if first else "", first.offset_bytes if first else -1


def _is_stored_weight(found: Found) -> bool:
    tensor = found.tensors[0]
    return is_weight(found.dtype, found.shape, tensor.quantization) and is_of_model(found.name)
