"""What a caller may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
import heapq
import re
from collections.abc import Callable, Collection, Iterable, Iterator

MAX_LISTED = 50
"""How many names an error lists."""
MAX_LISTED_CHARACTERS = 1000
"""How long its list may be: errors travel in HTTP headers, of which servers take 8 KiB."""
MAX_SHOWN_CHARACTERS = 200
_MAX_COMPARED = 400
_MAX_COMPARED_CHARACTERS = 400
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

    Comparing is slow, so of many names only those are compared that share their last segment, or a good part of it, with `name`,
    and none that are longer than names are.
    """
    if len(name) > _MAX_COMPARED_CHARACTERS:
        return ()
    found = difflib.get_close_matches(name, _worth_comparing(name, names), _MAX_NEAREST, 0.6)
    if found or len(names) > _MAX_COMPARED:
        return tuple(found)
    folded = {other.casefold(): other for other in names if len(other) <= _MAX_COMPARED_CHARACTERS}
    close = difflib.get_close_matches(name.casefold(), folded, _MAX_NEAREST, 0.6)
    return tuple(folded[other] for other in close)


def listed(names: Collection[str], separator: str = ", ") -> str:
    """Returns names for a message or for metadata, cut after `MAX_LISTED` names or `MAX_LISTED_CHARACTERS` characters."""
    some: list[str] = []
    length = 0
    for name in names:
        length += len(name) + len(separator)
        if len(some) == MAX_LISTED or length > MAX_LISTED_CHARACTERS:
            break
        some.append(name)
    more = len(names) - len(some)
    return separator.join([*some, f"and {more} more"] if more else some)


def shown(name: str) -> str:
    """Returns a name that a caller gave, quoted and cut, for a message."""
    return repr(name if len(name) <= MAX_SHOWN_CHARACTERS else name[:MAX_SHOWN_CHARACTERS] + "...")


def did_you_mean(names: Iterable[str]) -> str:
    """Returns the question that ends a message, with a space before it; empty if there is nothing to offer."""
    offered = " or ".join(map(shown, names))
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
    names = [other for other in names if len(other) <= _MAX_COMPARED_CHARACTERS]
    if len(names) <= _MAX_COMPARED:
        return names
    last = _INDEX.sub("", name).rpartition("/")[2].casefold()
    if not last:
        return []
    folded = ((other, other.casefold()) for other in names)
    likely = [other for other, text in folded if last in text or _looks_like(text.rpartition("/")[2], last)]
    return heapq.nsmallest(_MAX_COMPARED, likely, key=lambda other: _distance(other, name))


def _looks_like(one: str, other: str) -> bool:
    some = 3 if len(other) > 5 else 2
    return abs(len(one) - len(other)) <= 3 and (one[:some] == other[:some] or one[-some:] == other[-some:])


def _distance(one: str, other: str) -> int:
    """Returns how many characters lie between the common start and the common end of two names."""
    longest = min(len(one), len(other))
    start = next((at for at in range(longest) if one[at] != other[at]), longest)
    end = next((at for at in range(longest - start) if one[-1 - at] != other[-1 - at]), longest - start)
    return len(one) + len(other) - 2 * (start + end)
