"""The variables that a graph keeps, each with the entry of the checkpoint that it is restored from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import WeightMatch, WeightMatches
from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import RequestInvalidError, WeightsMismatchError
from tfreg.core.fingerprints.restoring import Restored
from tfreg.core.formats.limits import VARIABLE_OPS
from tfreg.core.graphs.graph import Node, Nodes
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape
from tfreg.core.values.lookup import Found, TensorNames

_MOVING_AVERAGE = "ExponentialMovingAverage"
_PARTITION = re.compile(r"(.+)/part_(\d+)")


@dataclass(frozen=True, slots=True)
class KeptVariable:
    """A variable and where its value is.

    Attributes:
        name: Its operation.
        op: `VarHandleOp`, or one of the ops of references.
        dtype: Its dtype's name.
        shape: Its shape, as the graph says.
        key: Its key in the checkpoint.
        slice_spec: Which part of the key's value it is, as RestoreV2 takes it: `10 4 0,5:0,4`; empty for all of it.
        trainable: Whether training changes it.
    """

    name: str
    op: str
    dtype: str
    shape: Shape
    key: str
    slice_spec: str = ""
    trainable: bool = True

    @property
    def is_resource(self) -> bool:
        """Whether the graph has a handle of it, not a reference."""
        return self.op == "VarHandleOp"


@dataclass(frozen=True, slots=True)
class MatchedVariables:
    """What was found in the checkpoint, and what was not."""

    found: tuple[KeptVariable, ...]
    matches: WeightMatches


def variables_among(nodes: Nodes, names: Iterable[str]) -> list[str]:
    """Returns which operations are variables."""
    return [name for name in names if nodes.op_of(name) in VARIABLE_OPS]


def match_variables(
    nodes: Nodes,
    names: Sequence[str],
    restored: Mapping[str, Restored],
    stored: TensorNames,
    options: ConversionOptions | None = None,
    *,
    paths: Mapping[str, str] | None = None,
) -> MatchedVariables:
    """Finds the entry of each variable: where the caller says, else where the graph's own saver says, else under its name.

    Args:
        nodes: The graph's nodes.
        names: The variables.
        restored: What the graph's own saver restores them from; nothing for a graph without one.
        stored: The checkpoint's tensors.
        options: `variable_keys` and `ema`.
        paths: What the graph's own program calls the entries of its checkpoint, by key: weights of another format have such names.

    Raises:
        RequestInvalidError: `variable_keys` names a variable that the graph does not need.
    """
    options = options or ConversionOptions()
    told = {one.variable.removesuffix(":0"): one.key for one in options.variable_keys}
    _check_told(told, names)
    search = _Search(nodes, restored, stored, told, options.ema, paths or {})
    slices = search.partitions(names)
    kept, missing, misshaped = [], [], []
    for name in names:
        variable = search.variable(name, slices.get(name, ""))
        found = stored.look_up(variable.key)
        if found is None:
            missing.append(variable.name if variable.key == variable.name else f"{variable.name} ({variable.key})")
        elif clash := _clash(variable, found):
            misshaped.append(clash)
        else:
            kept.append(variable)
    taken = {variable.key for variable in kept}
    left_over = tuple(found.name for found in stored.values() if found.name not in taken)
    matches = tuple(WeightMatch(variable.key, variable.name) for variable in kept)
    return MatchedVariables(tuple(kept), WeightMatches("name", matches, tuple(missing), left_over, tuple(misshaped)))


def refuse_mismatch(matches: WeightMatches) -> None:
    """Raises an error if a variable has no value, or one that does not fit.

    Raises:
        WeightsMismatchError: The metadata lists all that is missing, misshaped and left over.
    """
    if not matches.missing and not matches.misshaped:
        return
    told = []
    if matches.missing:
        told.append(f"the checkpoint lacks {len(matches.missing)} variables of the graph: {listed(matches.missing[:5])}")
    if matches.misshaped:
        told.append(f"{len(matches.misshaped)} do not fit: {listed(matches.misshaped[:5], '; ')}")
    raise WeightsMismatchError(
        f"The checkpoint and the graph do not belong together: {'; '.join(told)}.",
        hint="Give the graph of this model by --graph, or say by --map VARIABLE=KEY where a value is."
        + (f" The checkpoint also has {listed(matches.left_over[:5])}." if matches.left_over else ""),
        missing=listed(matches.missing),
        misshaped=listed(matches.misshaped, "; "),
        left_over=listed(matches.left_over),
    )


@dataclass(frozen=True, slots=True)
class _Search:
    nodes: Nodes
    restored: Mapping[str, Restored]
    stored: TensorNames
    told: Mapping[str, str]
    ema: bool
    paths: Mapping[str, str]

    def variable(self, name: str, slice_spec: str) -> KeptVariable:
        node = self.nodes[name]
        key, spec = self._entry(node, slice_spec)
        if self.ema and name not in self.told and self.stored.look_up(f"{key}/{_MOVING_AVERAGE}") is not None:
            key = f"{key}/{_MOVING_AVERAGE}"
        found = self.stored.look_up(key)
        trains = [tensor.trainable for tensor in found.tensors] if found else []
        dtype = dtype_name(node.attr["dtype"].type) if "dtype" in node.attr else ""
        shape = shape_of(node.attr["shape"].shape) if "shape" in node.attr else None
        return KeptVariable(name, node.op, dtype, shape, key, spec, trainable=False not in trains)

    def partitions(self, names: Iterable[str]) -> dict[str, str]:
        """Returns the slices of variables that are partitioned by name, `w/part_0` and so on, and that no saver tells of."""
        groups: dict[str, list[tuple[int, str]]] = {}
        for name in names:
            part = _PARTITION.fullmatch(name)
            if part and name not in self.restored and self.stored.look_up(name) is None:
                groups.setdefault(part[1], []).append((int(part[2]), name))
        specs: dict[str, str] = {}
        for whole, parts in groups.items():
            found = self.stored.look_up(whole)
            if found is not None:
                specs |= self._specs(found, [name for _, name in sorted(parts)])
        return specs

    def _entry(self, node: Node, slice_spec: str) -> tuple[str, str]:
        """Returns the key and the slice."""
        known = self.restored.get(node.name)
        if node.name in self.told:
            return self.told[node.name], known.slice_spec if known else ""
        if slice_spec:
            whole = node.name.rpartition("/part_")[0]
            return self.told.get(whole, whole), slice_spec
        if known is not None and self.stored.look_up(known.key) is not None:
            return known.key, known.slice_spec
        # Weights of another format are stored by the variables' names; a second handle of one has a name of its own.
        shared = node.attr["shared_name"].s.decode(errors="replace") if "shared_name" in node.attr else ""
        names = (self.paths.get(known.key, "") if known else "", node.name, shared)
        there = next((name for name in names if name and self.stored.look_up(name) is not None), "")
        return there or (known.key if known else node.name), ""

    def _specs(self, found: Found, parts: list[str]) -> dict[str, str]:
        """Returns where each part lies, one behind the other along the one axis along which they add up to the whole."""
        shapes = [shape_of(self.nodes[name].attr["shape"].shape) for name in parts]
        for axis, size in enumerate(found.shape):
            lengths = [shape[axis] if shape and len(shape) == len(found.shape) else None for shape in shapes]
            known = [length for length in lengths if length is not None]
            if len(known) != len(parts) or sum(known) != size or (len(parts) > 1 and size in known):
                continue
            starts = [sum(known[:number]) for number in range(len(known))]
            return {
                name: slice_spec(found.shape, axis, start, length)
                for name, start, length in zip(parts, starts, known, strict=True)
            }
        return {}


def slice_spec(shape: Sequence[int], axis: int, start: int, length: int) -> str:
    """Returns a slice along one axis as RestoreV2 takes it."""
    extents = [f"{start},{length}" if number == axis else f"0,{size}" for number, size in enumerate(shape)]
    return f"{' '.join(map(str, shape))} {':'.join(extents)}"


def parsed_slice(spec: str) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None:
    """Returns the whole shape, where the slice begins and its shape; None if there is no slice, or no readable one."""
    *sizes, extents = spec.split(" ") if spec else ("",)
    try:
        shape = tuple(map(int, sizes))
        boxes = [
            (0, full) if text == "-" else (int(text.split(",")[0]), int(text.split(",")[1]))
            for text, full in zip(extents.split(":"), shape, strict=True)
        ]
    except (ValueError, IndexError):
        return None
    return (shape, tuple(start for start, _ in boxes), tuple(length for _, length in boxes)) if shape else None


def _check_told(told: Collection[str], names: Iterable[str]) -> None:
    known = set(names) | {part[1] for name in names if (part := _PARTITION.fullmatch(name))}
    if unknown := [name for name in told if name not in known]:
        raise RequestInvalidError(
            f"The outputs need no variable {shown(unknown[0])}.",
            hint=f"They need {listed(sorted(known)[:10])}.",
            variable=unknown[0],
        )


def _clash(variable: KeptVariable, found: Found) -> str:
    """Returns how a stored value and its variable differ, if they do."""
    if variable.dtype and variable.dtype != found.dtype:
        return f"{variable.name}: {variable.dtype} in the graph, {found.dtype} in the checkpoint"
    stored: tuple[int, ...] | None = found.shape
    if variable.slice_spec:
        part = parsed_slice(variable.slice_spec)
        stored = part[2] if part is not None and part[0] == found.shape else None
    if stored is None or not _fits(variable.shape, stored):
        return f"{variable.name}: {_written(variable.shape)} in the graph, {_written(stored or found.shape)} in the checkpoint"
    return ""


def _fits(shape: Shape, stored: tuple[int, ...]) -> bool:
    if shape is None:
        return True
    return len(shape) == len(stored) and all(size in (None, there) for size, there in zip(shape, stored, strict=True))


def _written(shape: Shape) -> str:
    return "?" if shape is None else f"[{','.join('?' if size is None else str(size) for size in shape)}]"
