"""What is wrong with the inputs of a run, as far as it shows without TensorFlow: by their keys, and by the headers of .npy and .npz."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tfreg.convert.runs import GivenInput, RunRequest
from tfreg.core.checking.calls import CalledTensor
from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.npy_header import MAX_HEADER_BYTES, read_header
from tfreg.core.errors import InputsInvalidError
from tfreg.core.formats.npz import NpzFormat
from tfreg.core.trees import LocalTree

Known = tuple[str, tuple[int, ...]]
_BY_SESSION = frozenset({"saved_model", "frozen_graph", "tf1_checkpoint"})
_RANKS = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
"""By which kinds of numbers another can hold: see `can_hold`."""
_BEFORE_HEADER_BYTES = 16


def check_early(request: RunRequest, files: Mapping[str, Path]) -> None:
    """Refuses what a worker would refuse, before one is started.

    Args:
        request: The run.
        files: The files that it names.

    Raises:
        InputsInvalidError: A key is unknown, missing or there twice; or an array's dtype or shape is none that its input takes.
    """
    feeds = {feed.key: feed for feed in request.call.feeds}
    check_keys(request, feeds)
    for given in request.inputs:
        known = _known(given, files[given.file]) if given.file in files else None
        if known is not None:
            _check(feeds[given.key], *known, is_strict=request.call.format in _BY_SESSION)


def check_keys(request: RunRequest, keys: Collection[str]) -> None:
    """Refuses a run whose inputs are not those of the signature.

    Raises:
        InputsInvalidError: A key is unknown, missing or there twice.
    """
    given = [one.key for one in request.inputs]
    unknown = sorted(set(given) - set(keys))
    needed = sorted(feed.key for feed in request.call.feeds if feed.required and feed.key not in given)
    if not unknown and not needed and len(set(given)) == len(given):
        return
    doubled = sorted({key for key in given if given.count(key) > 1})
    what, names = (
        ("has no input", unknown) if unknown else ("needs a value for", needed) if needed else ("got two values for", doubled)
    )
    raise InputsInvalidError(
        f"The signature {what} {', '.join(names)}.",
        hint=f"Its inputs are: {', '.join(sorted(keys)) or 'none'}.",
        keys=", ".join(names),
        existing=", ".join(sorted(keys)),
    )


def check_shape(feed: CalledTensor, shape: tuple[int, ...]) -> None:
    """Refuses a value whose shape an input does not take.

    Raises:
        InputsInvalidError: It does not.
    """
    wanted = feed.shape
    if wanted is None or (
        len(shape) == len(wanted) and all(size in (None, own) for own, size in zip(shape, wanted, strict=True))
    ):
        return
    raise InputsInvalidError(
        f"The input {feed.key!r} has the shape {list(wanted)}, the value given {list(shape)}.",
        hint="None stands for any size.",
        key=feed.key,
    )


def can_hold(wanted: str, given: str) -> bool:
    """Whether values of a dtype may become those of another without loss; True if that depends on the values, or is not known."""
    into, out_of = (_RANKS.get(dtype.rstrip("0123456789")) for dtype in (wanted, given))
    if wanted == "string":
        return out_of is None
    return into is None or out_of is None or out_of <= into


def _check(feed: CalledTensor, dtype: str, shape: tuple[int, ...], *, is_strict: bool) -> None:
    if not can_hold(feed.dtype, dtype):
        raise InputsInvalidError(
            f"The input {feed.key!r} is of dtype {feed.dtype}, the value given of {dtype}.",
            hint=f"Give it as {feed.dtype}: np.asarray(value, {feed.dtype!r})."
            if feed.dtype != "string"
            else "Give texts or bytes.",
            key=feed.key,
            dtype=feed.dtype,
        )
    if is_strict:
        check_shape(feed, shape)


def _known(given: GivenInput, path: Path) -> Known | None:
    """Returns dtype and shape of the array that is meant; None if its header does not say, which the worker then tells."""
    if path.suffix == ".npz":
        arrays = {one.name: one for one in NpzFormat().inspect(LocalTree(path)).tensors}
        array = arrays.get(given.item or (next(iter(arrays)) if len(arrays) == 1 else given.key))
        return None if array is None else (array.dtype, array.shape)
    try:
        with path.open("rb") as file:
            header = read_header(file.read(MAX_HEADER_BYTES + _BEFORE_HEADER_BYTES))
    except (CodecError, OSError):
        return None
    return header.dtype, header.shape
