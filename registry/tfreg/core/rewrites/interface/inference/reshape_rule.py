"""Reshape: which of its target's constants hold a size fast.

Dimensions of input and target are aligned from both sides by how many elements they have; what is left over in the middle goes to the
target's open dimension (-1). A changed size may go there, if no constant stands beside it, and nowhere else.
"""

from __future__ import annotations

from tfreg.core.rewrites.interface.inference.dims import Dim, FixedError, Shaped, lost, product


def reshaped(data: Shaped, target: tuple[Dim, ...]) -> Shaped:
    """Returns the shape of a Reshape.

    Args:
        data: What is reshaped.
        target: The elements of its second input.

    Raises:
        FixedError: A constant of the target holds a size that was changed.
    """
    if data.dims is None:
        return Shaped(tuple(dim if dim.size != -1 else Dim(changed=data.changed) for dim in target))
    left, source_left = _aligned(data.dims, target)
    right, source_right = _aligned(data.dims[source_left:][::-1], target[left:][::-1])
    middle = target[left : len(target) - right]
    rest = data.dims[source_left : len(data.dims) - source_right]
    _check_middle(rest, middle)
    if len(middle) == len(rest) == 1:
        moved = rest[0] if middle[0].size == -1 else middle[0]
        middle = (moved,)
    else:
        middle = _open(rest, middle)
    return Shaped((*target[:left], *middle, *target[len(target) - right :]))


def _aligned(source: tuple[Dim, ...], target: tuple[Dim, ...]) -> tuple[int, int]:
    """Returns how many dimensions of target and source, from the start, have as many elements, none of them changed by a constant."""
    at = source_at = 0
    while at < len(target) and source_at < len(source):
        if len(target) - at == len(source) - source_at and _is_same_open_size(target[at], source[source_at]):
            at, source_at = at + 1, source_at + 1
            continue
        group = _group(source[source_at:], target[at:])
        if group is None:
            break
        at, source_at = at + group[0], source_at + group[1]
    return at, source_at


def _is_same_open_size(target: Dim, source: Dim) -> bool:
    """True for a size that a graph takes from its input while it runs: `tf.shape(x)[0]`."""
    return target.size is None and source.size is None and target.changed == source.changed


def _group(source: tuple[Dim, ...], target: tuple[Dim, ...]) -> tuple[int, int] | None:
    """Returns how many dimensions of target and source, the fewest from the start, have as many elements; None if none have."""
    end = source_end = 1
    while True:
        wanted, there = product(target[:end]), product(source[:source_end])
        if not (wanted.is_known and there.is_known):
            return None
        if wanted.size == there.size:
            return (end, source_end) if wanted.changed == there.changed else None
        if (wanted.size or 0) < (there.size or 0) and end < len(target):
            end += 1
        elif (wanted.size or 0) > (there.size or 0) and source_end < len(source):
            source_end += 1
        else:
            return None


def _check_middle(rest: tuple[Dim, ...], middle: tuple[Dim, ...]) -> None:
    if not any(dim.changed for dim in rest):
        return
    if any(dim.changed for dim in middle):
        return  # computed from the changed size
    fixed = [dim for dim in middle if dim.size not in (-1, 1)]
    if fixed and (not product(rest).is_known or product(rest).size != product(middle).size):
        raise FixedError(fixed[0].origin, f"its shape holds {', '.join(str(dim.size) for dim in fixed)}")
    if not fixed and not any(dim.size == -1 for dim in middle):
        raise FixedError("", "its shape leaves no size open")


def _open(rest: tuple[Dim, ...], middle: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """Returns the middle with its open dimension computed, if it can be."""
    whole, others = product(rest), product(dim for dim in middle if dim.size != -1)
    size = None
    if whole.is_known and others.is_known and others.size:
        size, remainder = divmod(whole.size or 0, others.size)
        if remainder and whole.changed:
            origin = next((dim.origin for dim in middle if dim.origin), "")
            raise FixedError(origin, f"its shape of {others.size} elements does not divide {whole.size}")
    return tuple(Dim(size, whole.changed or others.changed) if dim.size == -1 else dim for dim in middle)


def unknown_target(data: Shaped, rank: int | None) -> Shaped:
    """Returns the shape of a Reshape whose target is not known."""
    return lost(data) if rank is None else Shaped(tuple(Dim(changed=data.is_changed) for _ in range(rank)))
