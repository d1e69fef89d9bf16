"""Values as text and as JSON. Of a large one only the corners that are printed are read. This alone imports numpy."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from tfreg.client.arrays import array_of
from tfreg.core.errors import RequestInvalidError
from tfreg.core.shapes import element_count
from tfreg.core.values.selection import Selection, ValueHeader

if TYPE_CHECKING:
    import numpy.typing as npt

    from tfreg.cli.tensor_source import ValueSource

THRESHOLD = 1000
"""Values of more elements are printed as their corners, as numpy does."""
MAX_PRINTED_BYTES = 64 << 20
"""What is printed in full at most; numpy's text and JSON need many times as much memory."""
_EDGE = 3
_MAX_CORNER_RANK = 6
_WIDTH = 120


def value_text(values: ValueSource, selection: Selection, header: ValueHeader, *, full: bool) -> str:
    """Returns a value as numpy prints it.

    Raises:
        RequestInvalidError: It is too large to be printed.
    """
    import numpy as np

    count = element_count(header.shape)
    if not full and count > THRESHOLD and len(header.shape) <= _MAX_CORNER_RANK:
        return np.array2string(_corners(values, selection, header), threshold=0, edgeitems=_EDGE, max_line_width=_WIDTH)
    array = whole_array(values, selection, header)
    threshold = count + 1 if full else THRESHOLD
    return np.array2string(array, threshold=threshold, edgeitems=_EDGE, max_line_width=_WIDTH)


def whole_array(values: ValueSource, selection: Selection, header: ValueHeader) -> npt.NDArray[Any]:
    """Returns a value.

    Raises:
        RequestInvalidError: It is too large.
    """
    if max(header.size_bytes or 0, element_count(header.shape)) > MAX_PRINTED_BYTES:
        raise RequestInvalidError(
            f"The value of {header.name!r} has {header.size_bytes} bytes, too many to print.",
            hint="Print a slice of it, or save it: --save FILE.npy.",
            tensor=header.name,
        )
    found, chunks = next(values.streams([selection]))
    return array_of(found, chunks)


def value_json(array: npt.NDArray[Any]) -> object:
    """Returns a value as nested lists.

    Complex numbers are pairs; what is no number or not finite is a text, such as `nan`. Texts that are not UTF-8 are `{"base64": ...}`.
    """
    if array.dtype.kind == "V" or array.dtype.name in ("bfloat16", "int4", "uint4") or array.dtype.name.startswith("float8"):
        array = array.astype("int8" if "int" in array.dtype.name else "float32")
    return _plain(array.tolist())


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    return value


def _corners(values: ValueSource, selection: Selection, header: ValueHeader) -> npt.NDArray[Any]:
    """Returns an array that prints as the value does when the middle of each long dimension is left out."""
    import numpy as np

    begin = (*selection.begin, *(0,) * (len(header.shape) - len(selection.begin)))
    boxes = list(product(*(_edges(size) for size in header.shape)))
    asked = [
        Selection(selection.name, tuple(start + at for start, (at, _) in zip(begin, box, strict=True)), tuple(n for _, n in box))
        for box in boxes
    ]
    shown: npt.NDArray[Any] | None = None
    for box, (found, chunks) in zip(boxes, _streams(values, asked), strict=True):
        part = array_of(found, chunks)
        if shown is None:
            shown = np.full([min(size, 2 * _EDGE + 1) for size in header.shape], part.flat[0], dtype=part.dtype)
        shown[tuple(_shown(at, n, size) for (at, n), size in zip(box, header.shape, strict=True))] = part
    assert shown is not None
    return shown


def _streams(values: ValueSource, selections: list[Selection]) -> Iterator[tuple[ValueHeader, Iterator[bytes]]]:
    return values.streams(selections)


def _edges(size: int) -> list[tuple[int, int]]:
    """Returns start and length of the parts of a dimension that are shown."""
    return [(0, size)] if size <= 2 * _EDGE else [(0, _EDGE), (size - _EDGE, _EDGE)]


def _shown(at: int, length: int, size: int) -> slice:
    start = at if at < _EDGE or size <= 2 * _EDGE else at - size + min(size, 2 * _EDGE + 1)
    return slice(start, start + length)
