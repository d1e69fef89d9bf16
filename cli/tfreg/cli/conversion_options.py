"""What a user writes about a conversion, read into `ConversionOptions`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfreg.core.conversions.options import InputShape, NamedTensor, Renamed, VariableKey
from tfreg.core.conversions.requests import MODEL_ROLES
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import is_path
from tfreg.core.tensors import Shape

_UNKNOWN_SIZES = ("?", "-1", "None", "none", "")


def named_tensors(texts: Iterable[str], option: str) -> tuple[NamedTensor, ...]:
    """Reads `x:0`, `key=x:0`, and several of them joined by commas.

    Raises:
        RequestInvalidError: One names no tensor, or a key is named twice.
    """
    found: list[NamedTensor] = []
    for text in _split(texts):
        key, equals, tensor = text.rpartition("=")
        if not tensor or (equals and not key):
            raise RequestInvalidError(f"'{text}' names no tensor.", hint=f"Write {option} x:0 or {option} key=x:0.")
        found.append(NamedTensor(tensor, key))
    keys = [named.key for named in found if named.key]
    doubled = next((key for key in keys if keys.count(key) > 1), None)
    if doubled is not None:
        raise RequestInvalidError(f"The key '{doubled}' is named twice.", hint=f"Write each {option} once.")
    return tuple(found)


def placeholders(texts: Iterable[str]) -> tuple[NamedTensor, ...]:
    """Reads `image=IteratorGetNext:0`: the new placeholder's name, and the tensor that it stands for.

    Raises:
        RequestInvalidError: One is written otherwise.
    """
    found = named_tensors(texts, "--placeholder")
    for named in found:
        if not named.key:
            raise RequestInvalidError(
                f"'{named.tensor}' names no placeholder.", hint="Write --placeholder image=IteratorGetNext:0."
            )
    return found


def shapes(texts: Iterable[str]) -> tuple[InputShape, ...]:
    """Reads `x=?,224,224,3`; `x=` is a scalar's shape.

    Raises:
        RequestInvalidError: One is written otherwise.
    """
    return tuple(map(_shape, texts))


def renamed(texts: Iterable[str]) -> tuple[Renamed, ...]:
    """Reads `new=old:1`.

    Raises:
        RequestInvalidError: One is written otherwise.
    """
    return tuple(Renamed(new, old) for new, old in _pairs(texts, "--rename-tensor", "new=old:0"))


def variable_keys(texts: Iterable[str]) -> tuple[VariableKey, ...]:
    """Reads `VAR=KEY`.

    Raises:
        RequestInvalidError: One is written otherwise.
    """
    return tuple(VariableKey(variable, key) for variable, key in _pairs(texts, "--map", "w=w/ExponentialMovingAverage"))


def input_path(role: str, text: str) -> str:
    """Returns what an option names that takes a file, as a path: `s.npz` for samples is no model's name, as it could be for a graph."""
    return text if role in MODEL_ROLES or is_path(text) else f"./{text}"


def _shape(text: str) -> InputShape:
    name, equals, written = text.partition("=")
    if not name or not equals:
        raise _not_a_shape(text)
    return InputShape(name, _sizes(written.strip("[] "), text))


def _sizes(written: str, text: str) -> Shape:
    if not written:
        return ()
    return tuple(_size(size.strip(), text) for size in written.split(","))


def _size(size: str, text: str) -> int | None:
    if size in _UNKNOWN_SIZES:
        return None
    if not (size.isascii() and size.isdigit()):
        raise _not_a_shape(text)
    return int(size)


def _not_a_shape(text: str) -> RequestInvalidError:
    return RequestInvalidError(f"'{text}' says no input and shape.", hint="Write --shape x=?,224,224,3.")


def _pairs(texts: Iterable[str], option: str, example: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        first, equals, second = text.partition("=")
        if not first or not equals or not second:
            raise RequestInvalidError(f"'{text}' is no pair.", hint=f"Write {option} {example}.")
        yield first, second


def _split(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (part.strip() for part in text.split(",") if part.strip())
