"""JSON of strangers: bounded in length, depth and number of values before a parser builds objects of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tfreg.core.codecs.errors import CodecError, LimitError

MAX_BYTES = 16 << 20
MAX_VALUES = 400_000
"""Of all lists and objects together. A layer of a Keras config has some fifty; each takes about a hundred bytes of memory."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def parse_json(text: bytes | str) -> Json:
    """Parses a JSON text.

    Raises:
        LimitError: It is longer, or has more values, than is read.
        CodecError: It is no JSON, or nested too deeply to be.
    """
    if len(text) > MAX_BYTES:
        raise LimitError(f"has a JSON text of more than {MAX_BYTES} bytes")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if sum(map(text.count, ",[{:")) > MAX_VALUES:
            raise LimitError(f"has a JSON text of more than {MAX_VALUES} values")
        found: Json = json.loads(text)
        if _SURROGATE.search(text) is not None:
            json.dumps(found, ensure_ascii=False).encode()  # half a character, escaped, is a text that nobody can send on
    except RecursionError:
        raise CodecError("is JSON nested too deeply") from None
    except ValueError as error:
        raise CodecError(f"is not readable JSON ({error})") from None
    return found


def as_mapping(value: object) -> Mapping[str, Json]:
    """Returns an object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Json]:
    """Returns a list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Returns a text, or an empty one in place of anything else."""
    return value if isinstance(value, str) else ""
