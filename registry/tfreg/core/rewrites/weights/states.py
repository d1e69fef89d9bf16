"""Which stored values are none of the model's own: what an optimiser, a metric or a counter keeps while it is trained.

TensorFlow marks none of them. They are told by the names that TensorFlow and Keras give them:
- TF1 calls an optimiser's slot by the variable that it is of, `dense/kernel/Adam_1`, and Adam's counters `beta1_power`; a moving
  average is called likewise, `dense/kernel/ExponentialMovingAverage`.
- TF2 keeps slots below `.OPTIMIZER_SLOT`, or as variables of the optimiser, which is an object with `iter` or `_iterations`.
- Keras' files have groups `optimizer`, `optimizer_weights`, `metrics` and `seed_generator`.
- A key that ends otherwise than in VARIABLE_VALUE is what a table or an iterator keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tfreg.core.tensors import StoredTensor

ATTRIBUTES = "/.ATTRIBUTES/"
VALUE = f"{ATTRIBUTES}VARIABLE_VALUE"
_POWER = re.compile(r"(?:.*/)?beta[12]_power(?:_\d+)?", re.DOTALL)
_ITERATIONS = ("iter", "_iterations")
_KERAS_GROUPS = frozenset({"optimizer", "optimizer_weights", "metrics"})
_COUNTER, _SLOT, _SEED = "save_counter", ".OPTIMIZER_SLOT", "seed_generator"
_KERAS_METRICS = "keras_api/metrics/"


class States:
    """Tells the values that are none of the model's own.

    Args:
        tensors: All tensors of an artifact.
        is_keras: Whether it is one of Keras' files, in which names are paths of groups.
    """

    def __init__(self, tensors: Iterable[StoredTensor], *, is_keras: bool) -> None:
        self._is_keras = is_keras
        self._names: set[str] = set()
        self._optimizers: set[str] = set()
        for tensor in tensors:
            if tensor.constant:
                continue
            self._names.add(tensor.part.name if tensor.part else tensor.name)
            owner, _, attribute = tensor.name.removesuffix(VALUE).rpartition("/")
            if attribute in _ITERATIONS and tensor.name.endswith(VALUE):
                self._optimizers.add(owner)

    def holds(self, tensor: StoredTensor) -> bool:
        """Whether a tensor is one of them."""
        if self._is_keras:
            groups = tensor.name.split("/")
            return groups[0] in _KERAS_GROUPS or _SEED in groups
        if tensor.trainable:
            return False
        return self._of_object(tensor) if ATTRIBUTES in tensor.name else self._of_program(tensor)

    def _of_object(self, tensor: StoredTensor) -> bool:
        key = tensor.name.removesuffix(VALUE)
        segments = key.split("/")
        if not tensor.name.endswith(VALUE) or key == _COUNTER or _SLOT in segments or key.startswith(_KERAS_METRICS):
            return True
        if (tensor.path or key).endswith("seed_generator_state"):
            return True
        return any("/".join(segments[:depth]) in self._optimizers for depth in range(len(segments)))

    def _of_program(self, tensor: StoredTensor) -> bool:
        name = tensor.part.name if tensor.part else tensor.name
        return name.rpartition("/")[0] in self._names or _POWER.fullmatch(name) is not None
