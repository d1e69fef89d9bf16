"""Texts as literals of Java and of Python, so that no name can end a string or a comment; and comments made of them."""

from __future__ import annotations

import json

from tfreg.core.tensors import TensorSpec
from tfreg.core.written_types import written_type


def java_text(text: str) -> str:
    """Returns a Java string literal, all ASCII."""
    return json.dumps(text)


def java_plain(text: str) -> str:
    """Returns a text for a comment of Java."""
    return java_text(text)[1:-1]


def python_text(text: str) -> str:
    """Returns a Python string literal in which what is not printable is escaped."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


def python_plain(text: str) -> str:
    """Returns a text for a comment of Python."""
    return python_text(text)[1:-1]


def described(spec: TensorSpec) -> str:
    """Returns dtype and shape, and how integers stand for real numbers."""
    found = spec.quantization
    if found is None:
        return written_type(spec)
    if len(found.scales) > 1:
        return f"{written_type(spec)}, quantized along axis {found.axis}"
    return f"{written_type(spec)}, real = {found.scales[0]:g} * (integer - {found.zero_points[0]})"
