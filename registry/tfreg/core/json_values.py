"""Values as JSON, to be kept: a codec for frozen dataclasses that goes by their type hints."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

Json = object
"""What `json.loads` returns: None, bool, int, float, str, list or dict."""
Value = TypeVar("Value")


def encode(value: object) -> bytes:
    """Returns the JSON of a dataclass in UTF-8; fields that have their default are left out."""
    return json.dumps(value, separators=(",", ":"), default=_plain).encode()


def decode(kind: type[Value], content: bytes) -> Value:
    """Reads what `encode` returned for a value of this type.

    Raises:
        ValueError: It is not JSON, or not of such a value.
    """
    try:
        return cast(Value, _reader_of(cast(object, kind))(json.loads(content)))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not the JSON of a value of type {kind.__name__}: {error}") from None


def _plain(value: object) -> Json:
    """Returns what `json.dumps` does not take as something that it takes; it asks again for what is in there."""
    if isinstance(value, Enum):
        return cast(Json, value.value)
    defaults = _defaults(cast(type, type(value)))
    return {name: found for name, default in defaults if (found := getattr(value, name)) != default}


@cache
def _defaults(kind: type) -> list[tuple[str, object]]:
    """Returns the fields of a dataclass with their defaults; `MISSING`, which equals nothing, for those without."""
    return [
        (field.name, field.default_factory() if field.default_factory is not MISSING else field.default) for field in fields(kind)
    ]


@cache
def _reader_of(hint: object) -> Callable[[Json], object]:
    """Returns the function that makes a value of a type from its plain form."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _tuple_reader(_reader_of(arguments[0]))
    if origin is Mapping:
        return lambda plain: dict(cast("dict[str, str]", plain))
    if type(None) in arguments:
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return _optional_reader(_reader_of(inner))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_reader(hint)
    return lambda plain: plain


def _tuple_reader(read: Callable[[Json], object]) -> Callable[[Json], object]:
    return lambda plain: tuple(map(read, cast("list[Json]", plain)))


def _optional_reader(read: Callable[[Json], object]) -> Callable[[Json], object]:
    return lambda plain: None if plain is None else read(plain)


def _dataclass_reader(kind: type) -> Callable[[Json], object]:
    readers: dict[str, Callable[[Json], object]] = {}

    def read(plain: Json) -> object:
        if not readers:  # filled when first used, for a type may hold itself
            readers.update({name: _reader_of(hint) for name, hint in get_type_hints(kind).items()})
        return kind(**{name: readers[name](item) for name, item in cast("dict[str, Json]", plain).items()})

    return read
