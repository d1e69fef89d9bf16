"""What the leaves of a graph hold: variables by their checkpoint's entries, constants by what the graph writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tfreg.core.digests import Digest
from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import TensorNotFoundError
from tfreg.core.fingerprints.frames import GaveUpError
from tfreg.core.fingerprints.literals import literal_digest
from tfreg.core.fingerprints.restoring import Restored
from tfreg.core.fingerprints.tokens import value_text
from tfreg.core.fingerprints.weights import KnownDigests, Weight, digested
from tfreg.core.graphs.graph import Node
from tfreg.core.inspections import Inspection
from tfreg.core.shapes import shape_of
from tfreg.core.values.lookup import Found, TensorNames, alone
from tfreg.core.weights import holds_weights, is_weight

_NO_LEAF = -1


class GraphValues:
    """The leaves of one graph of an artifact; see `program.Values`.

    Attributes:
        complete: False once a value was met whose content cannot be told.
    """

    def __init__(self, inspection: Inspection, restored: Mapping[str, Restored], digests: KnownDigests) -> None:
        self.complete = True
        self._restored, self._digests = restored, digests
        self._names = TensorNames(inspection.tensors)
        self._stored: dict[str, list[Found]] = defaultdict(list)
        for tensor in inspection.tensors:
            self._stored[tensor.name].append(alone(tensor))
        self._slices = {(tensor.part.name, tensor.part.begin): tensor for tensor in inspection.tensors if tensor.part}
        self._leaves: list[Found | Weight | None] = []

    def variable(self, node: Node) -> tuple[str, str, int]:
        """See `program.Values`. A variable's program is its dtype and shape, whatever it holds."""
        dtype = dtype_name(node.attr["dtype"].type) if "dtype" in node.attr else ""
        entry = self._restored.get(node.name) or Restored(node.name)
        tensor, whole = self._entry(entry)
        digest = self._digest(tensor) if tensor else None
        shape = tensor.shape if tensor else _declared_shape(node)
        self.complete = self.complete and digest is not None
        program, model = value_text(dtype, shape), value_text(dtype, shape, str(digest))
        if whole is None or digest is None:
            return program, model, self._add(None) if holds_weights(dtype or "float32") else _NO_LEAF
        return program, model, self._add(whole) if is_weight(whole.dtype, whole.shape) else _NO_LEAF

    def constant(self, node: Node, function: str) -> tuple[str, str, int]:
        """See `program.Values`. The program of a constant that is no weight is its content."""
        if "value" not in node.attr:
            raise GaveUpError(f"the constant {node.name!r} has no value")
        tensor = node.attr["value"].tensor
        dtype, shape = dtype_name(tensor.dtype), _known(shape_of(tensor.tensor_shape))
        stored = self._stored.get(f"{function}/{node.name}" if function else node.name)
        digest = (self._digest(stored[0]) if stored else None) if node.is_cut else literal_digest(tensor)
        text = value_text(dtype, shape, str(digest))
        if not is_weight(dtype, shape):
            if digest is None:
                raise GaveUpError(f"the value of the constant {node.name!r} cannot be read")
            return text, text, _NO_LEAF
        if digest is None:
            self.complete = False
            return value_text(dtype, shape), text, self._add(None)
        return value_text(dtype, shape), text, self._add(Weight(dtype, shape, digest))

    def weights(self, leaves: frozenset[int]) -> list[Weight] | None:
        """Returns the weights of leaves, a partitioned variable once; None if one cannot be read."""
        found = [self._leaves[number] for number in leaves]
        if None in found:
            return None
        stored = digested({one.name: one for one in found if isinstance(one, Found)}.values(), self._digests)
        return None if stored is None else [*stored, *(one for one in found if isinstance(one, Weight))]

    def _digest(self, found: Found) -> Digest | None:
        """Returns the digest of a value; None if several of its name hold other ones, such as constants of several graphs."""
        digests = {self._digests.of(one) for one in self._stored.get(found.name, ())} or {self._digests.of(found)}
        return digests.pop() if len(digests) == 1 else None

    def _add(self, one: Found | Weight | None) -> int:
        self._leaves.append(one)
        return len(self._leaves) - 1

    def _entry(self, entry: Restored) -> tuple[Found | None, Found | None]:
        """Returns what a variable holds, and the variable that it is all or a part of."""
        try:
            whole = self._names.find(entry.key)
        except TensorNotFoundError:
            return None, None
        if not whole.is_partitioned or not entry.slice_spec:
            return whole, whole
        part = self._slices.get((entry.key, _begin(entry.slice_spec)))
        return (alone(part) if part else None), whole


def _begin(slice_spec: str) -> tuple[int, ...]:
    """Returns where a slice starts: `10 8 4,3:0,8` is one of a 10x8 variable that starts at (4, 0); `-` is all of a dimension."""
    starts = [place.partition(",")[0] for place in slice_spec.rpartition(" ")[2].split(":")]
    return tuple(int(start) if start.isdecimal() and len(start) < 19 else 0 for start in starts)


def _declared_shape(node: Node) -> tuple[int, ...]:
    return _known(shape_of(node.attr["shape"].shape)) if "shape" in node.attr else ()


def _known(shape: tuple[int | None, ...] | None) -> tuple[int, ...]:
    return tuple(-1 if size is None else size for size in shape or ())
