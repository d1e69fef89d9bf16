"""Changes of stored tensors: matched by path, then by name, then by content."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from tfreg.core.comparing.difference import TensorChange, TensorChangeKind
from tfreg.core.digests import Digest
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.lookup import Found, TensorNames

DigestOf = Callable[[Found], Digest | None]
"""Knows the digest of a value; None if it cannot be read."""
Find = Callable[[str], Found | None]
"""Finds a value by name that an artifact holds but does not list, such as a small constant of a graph."""
_MAX_FINDS = 2_000


@dataclass(slots=True)
class TensorChanges:
    """What became of the tensors. Changes are sorted by name."""

    changes: list[TensorChange] = field(default_factory=list)
    equal_count: int = 0


@dataclass(frozen=True, slots=True)
class StoredValues:
    """The values of one artifact.

    Attributes:
        values: By name, a partitioned variable as one.
        digest: Knows their digests.
        find: Finds those that are not listed.
    """

    values: dict[str, Found]
    digest: DigestOf
    find: Find

    @classmethod
    def of(cls, tensors: Iterable[StoredTensor], digest: DigestOf, find: Find = lambda _: None) -> StoredValues:
        """Makes them of the tensors that an inspection lists, without single texts of the graph: a saver keeps its object graph in one."""
        told = (tensor for tensor in tensors if not (tensor.constant and tensor.dtype == "string" and not tensor.shape))
        return cls({found.name: found for found in TensorNames(told).values()}, digest, find)

    def without(self, names: Iterable[str]) -> StoredValues:
        """Returns them without some."""
        gone = set(names)
        return replace(self, values={name: found for name, found in self.values.items() if name not in gone})


def tensor_changes(old: StoredValues, new: StoredValues, *, same_format: bool) -> TensorChanges:
    """Matches tensors and tells what differs.

    Args:
        old: What was stored.
        new: What is stored.
        same_format: If not, one format may store copies that the other does not: further copies of a value are then no change.
    """
    _find_each_other(old, new)
    old, new = _folded(old), _folded(new)
    pairs = _pairs(old, new, same_format=same_format)
    found = TensorChanges()
    for one, other in pairs:
        _tell_pair(found, old, new, one, other)
    _tell_rest(found, old.without(one for one, _ in pairs), new.without(other for _, other in pairs))
    if not same_format:
        _forget_copies(found, old, new)
    found.changes.sort(key=_name_of)
    return found


def _find_each_other(old: StoredValues, new: StoredValues) -> None:
    missing = [
        (side, [name for name in other.values if name not in side.values][:_MAX_FINDS])
        for side, other in ((old, new), (new, old))
    ]
    for side, names in missing:
        found = {name: one for name in names if (one := side.find(name)) is not None}
        side.values.update(found)


def stored_of(found: Found, digest: Digest | None) -> StoredTensor:
    """Returns a value as one tensor; a partitioned variable under its own name and shape."""
    if not found.tensors:  # a small constant: its node holds it
        return StoredTensor(found.name, found.dtype, found.shape, "", 0, 0, digest=digest or "")
    first = found.tensors[0]
    size = sum(tensor.size_bytes for tensor in found.tensors)
    whole = replace(first, name=found.name, shape=found.shape, size_bytes=size, part=None) if found.is_partitioned else first
    return replace(whole, digest=digest or "")


def _folded(side: StoredValues) -> StoredValues:
    """Returns values without the copies of one variable: an export of Keras stores each twice, under two keys and one path."""
    of_path: dict[str, list[str]] = defaultdict(list)
    for name, found in side.values.items():
        if path := _path(found):
            of_path[path].append(name)
    copies: list[str] = []
    for names in of_path.values():
        first, *others = (side.values[name] for name in names)
        if others:
            copies += (one.name for one in others if _is_copy(side, first, one))
    return side.without(copies)


def _is_copy(side: StoredValues, one: Found, other: Found) -> bool:
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    digest = side.digest(one)
    return digest is not None and digest == side.digest(other)


def _pairs(old: StoredValues, new: StoredValues, *, same_format: bool) -> list[tuple[str, str]]:
    """Matches by path, then by name where the paths do not contradict, then by content, then by name alone.

    Names that an exporter counts up, such as `variables/7`, mean another variable in another export; paths do not.
    """
    taken: list[tuple[str, str]] = []
    old_paths, new_paths = _by_path(old), _by_path(new)
    _take(taken, ((name, new_paths[path]) for path, name in old_paths.items() if path in new_paths))
    both = [name for name in old.values if name in new.values]
    _take(taken, ((name, name) for name in both if _agree(old.values[name], new.values[name])))
    if same_format:
        _take(taken, list(_by_name_alone(old, new, taken)))
    return taken


def _take(taken: list[tuple[str, str]], pairs: Iterable[tuple[str, str]]) -> None:
    """Adds pairs of which neither is taken."""
    gone, gone_too = {one for one, _ in taken}, {other for _, other in taken}
    for one, other in pairs:
        if one not in gone and other not in gone_too:
            taken.append((one, other))
            gone.add(one)
            gone_too.add(other)


def _by_path(side: StoredValues) -> dict[str, str]:
    """Returns names by paths (a value without one is called by its name), those of several values left out."""
    counts = Counter(_path(found) or name for name, found in side.values.items())
    return {path: name for name, found in side.values.items() if counts[path := _path(found) or name] == 1}


def _agree(one: Found, other: Found) -> bool:
    paths = _path(one), _path(other)
    return "" in paths or paths[0] == paths[1]


def _by_name_alone(old: StoredValues, new: StoredValues, taken: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yields names of both sides whose values are not to be found on the other side under another name."""
    gone, gone_too = {one for one, _ in taken}, {other for _, other in taken}
    left = {old.digest(found) for name, found in old.values.items() if name not in gone} - {None}
    left_too = {new.digest(found) for name, found in new.values.items() if name not in gone_too} - {None}
    for name in old.values.keys() - gone:
        if name in new.values and name not in gone_too:
            before, after = old.digest(old.values[name]), new.digest(new.values[name])
            if before == after or not (before in left_too or after in left):
                yield name, name


def _path(found: Found) -> str:
    return found.tensors[0].path if found.tensors else ""


def _tell_pair(result: TensorChanges, old: StoredValues, new: StoredValues, name: str, other: str) -> None:
    before, after = old.values[name], new.values[other]
    if (before.dtype, before.shape) == (after.dtype, after.shape):
        one, two = old.digest(before), new.digest(after)
        if one == two or None in (one, two):  # what cannot be read is not said to have changed
            result.equal_count += one is not None and one == two
            return
        result.changes.append(TensorChange(TensorChangeKind.CHANGED, stored_of(before, one), stored_of(after, two)))
        return
    result.changes.append(TensorChange(TensorChangeKind.CHANGED, stored_of(before, None), stored_of(after, None)))


def _tell_rest(result: TensorChanges, old: StoredValues, new: StoredValues) -> None:
    """Matches by content what no name matched; what then is left was added or removed."""
    by_content: dict[tuple[str, tuple[int, ...], Digest], list[Found]] = defaultdict(list)
    for found in reversed(old.values.values()):
        digest = old.digest(found)
        if digest is None:
            result.changes.append(TensorChange(TensorChangeKind.REMOVED, stored_of(found, None), None))
        else:
            by_content[found.dtype, found.shape, digest].append(found)
    for found in new.values.values():
        digest = new.digest(found)
        matches = by_content.get((found.dtype, found.shape, digest)) if digest else None
        if matches:
            result.changes.append(
                TensorChange(TensorChangeKind.RENAMED, stored_of(matches.pop(), digest), stored_of(found, digest))
            )
            result.equal_count += 1
        else:
            result.changes.append(TensorChange(TensorChangeKind.ADDED, None, stored_of(found, digest)))
    for (_, _, digest), rest in by_content.items():
        result.changes += (TensorChange(TensorChangeKind.REMOVED, stored_of(found, digest), None) for found in rest)


def _forget_copies(result: TensorChanges, old: StoredValues, new: StoredValues) -> None:
    contents = [{digest for found in side.values.values() if (digest := side.digest(found))} for side in (new, old)]
    kept: list[TensorChange] = []
    for change in result.changes:
        alone, others = (change.before, contents[0]) if change.after is None else (change.after, contents[1])
        is_copy = (change.before is None or change.after is None) and alone is not None and alone.digest in others
        if not is_copy:
            kept.append(change)
    result.changes = kept


def _name_of(change: TensorChange) -> tuple[bytes, bytes]:
    names = [(tensor.path or tensor.name).encode() for tensor in (change.before, change.after) if tensor is not None]
    return names[0], names[-1]
