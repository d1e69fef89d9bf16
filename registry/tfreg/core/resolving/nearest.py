"""What a caller may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator

MAX_LISTED = 50
"""How many names an error lists."""
_MAX_COMPARED = 400
_MAX_NEAREST = 3
_MAX_SUFFIX = 4
_INDEX = re.compile(r":\d+$")
_SUFFIX = re.compile(r"_\d+$")
_PREFIX = "import/"


def repaired(name: str, exists: Callable[[str], bool], is_better: Callable[[str], bool] = lambda _: True) -> str:
    """Returns the existing name that `name` becomes by what importing, exporting and sessions add to names; empty if there is none.

    These are `:0`, `_1` and `import/`, each of which may be too much or missing. Of several, the first that `is_better`.
    """
    found = [candidate for candidate in dict.fromkeys(_variants(name)) if candidate != name and exists(candidate)]
    return next(filter(is_better, found), found[0] if found else "")


def nearest(name: str, names: Collection[str]) -> tuple[str, ...]:
    """Returns the few names that look most like `name`, best first.

    Comparing is slow, so of many names only those are compared that share their last segment, or a good part of it, with `name`.
    """
    found = difflib.get_close_matches(name, _worth_comparing(name, names), _MAX_NEAREST, 0.6)
    if found or len(names) > _MAX_COMPARED:
        return tuple(found)
    folded = {other.casefold(): other for other in names}
    close = difflib.get_close_matches(name.casefold(), folded, _MAX_NEAREST, 0.6)
    return tuple(folded[other] for other in close)


def listed(names: Collection[str]) -> str:
    """Returns names for a message or for metadata, cut after `MAX_LISTED`."""
    some = [name for _, name in zip(range(MAX_LISTED), names, strict=False)]
    more = len(names) - len(some)
    return ", ".join(some) + (f", and {more} more" if more > 0 else "")


def did_you_mean(names: Iterable[str]) -> str:
    """Returns the question that ends a message, with a space before it; empty if there is nothing to offer."""
    offered = " or ".join(f"'{name}'" for name in names)
    return f" Did you mean {offered}?" if offered else ""


def _variants(name: str) -> Iterator[str]:
    base = _INDEX.sub("", name)
    bare = base.removeprefix(_PREFIX)
    stem = _SUFFIX.sub("", bare)
    for core in (base, bare, stem):
        yield core
        yield _PREFIX + core
    for number in range(1, _MAX_SUFFIX + 1):
        for core in (bare, stem):
            yield f"{core}_{number}"
            yield f"{_PREFIX}{core}_{number}"


def _worth_comparing(name: str, names: Collection[str]) -> list[str]:
    if len(names) <= _MAX_COMPARED:
        return list(names)
    last = _INDEX.sub("", name).rpartition("/")[2].casefold()
    if not last:
        return []
    likely = [other for other in names if last in other.casefold()]
    if len(likely) < _MAX_COMPARED:
        head, tail = last[:3], last[-3:]
        likely += [other for other in names if _looks_like(other.rpartition("/")[2].casefold(), head, tail, len(last))]
    likely = list(dict.fromkeys(likely))
    return sorted(likely, key=lambda other: abs(len(other) - len(name)))[:_MAX_COMPARED]


def _looks_like(last: str, head: str, tail: str, length: int) -> bool:
    return abs(len(last) - length) <= 3 and (last.startswith(head) or last.endswith(tail))
