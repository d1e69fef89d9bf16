"""Names of generated code: made of keys, valid, and different from each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

MAX_LENGTH = 36
"""Longest name that is made, so that generated lines fit. Longer ones are cut, which is told beside them: the key is there in full."""


class Names:
    """Gives out names, each once.

    Args:
        reserved: Names that must not be given.
        folded: Names that are equal by this are the same; protobuf's JSON names, for one, forget underscores.
    """

    def __init__(self, reserved: Iterable[str] = (), folded: Callable[[str], str] = str) -> None:
        self._folded = folded
        self._taken = {folded(name) for name in reserved}

    def give(self, wanted: str, *endings: str) -> str:
        """Returns `wanted`, or `wanted2`, ...; it is free with each of `endings` behind it, which are taken with it."""
        name, number = wanted, 2
        joint = "_" if wanted.islower() or "_" in wanted else ""
        while any(self._folded(name + ending) in self._taken for ending in ("", *endings)):
            name, number = f"{wanted}{joint}{number}", number + 1
        self._taken |= {self._folded(name + ending) for ending in ("", *endings)}
        return name


def class_name(key: str) -> str:
    """Returns `ServingDefault` for `serving_default`; `Signature1` for what has no letter to begin with."""
    name = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", key))[:MAX_LENGTH]
    return name if name[:1].isalpha() else f"Signature{name}"


def parameter_name(key: str) -> str:
    """Returns a key as it is, where that is a name: `dense/kernel:0` as `dense_kernel_0`."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", key)[:MAX_LENGTH].strip("_")
    return name if name[:1].isalpha() else f"tensor_{name}".rstrip("_")


def snake_name(key: str) -> str:
    """Returns a key in lower case with single underscores: `inputIds` as `input_ids`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return parameter_name(spaced).lower()
