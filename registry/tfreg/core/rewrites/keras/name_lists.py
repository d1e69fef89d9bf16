"""Lists of names as attributes of groups: `layer_names` and `weight_names`."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.codecs.hdf5_messages import AttributeValue, FixedTexts
from tfreg.core.codecs.hdf5_writing import text_attributes

_MAX_BYTES = 64_512
"""At what length Keras cuts a list (HDF5_OBJECT_HEADER_LIMIT)."""
_SINCE = (2, 4)
"""The first Keras that takes texts which are none of numpy's bytes; those before are packages of their own, without TensorFlow."""


def takes_bytes_only(version: str) -> bool:
    """Whether the Keras of a version takes no other names than bytes of one length; one that says no version is the first."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _SINCE


def name_list(name: str, texts: Sequence[str], version: str) -> dict[str, AttributeValue]:
    """Returns a list as the Keras of a version reads it: one attribute, or `name0`, `name1` ... where it would be too long."""
    if not texts or not takes_bytes_only(version):
        return text_attributes(name, texts)
    encoded = [text.encode() for text in texts]
    wanted = max(1, _MAX_BYTES // max(map(len, encoded), default=1))
    if len(encoded) <= wanted:
        return {name: FixedTexts(tuple(encoded))}
    starts = range(0, len(encoded), wanted)
    return {f"{name}{number}": FixedTexts(tuple(encoded[start : start + wanted])) for number, start in enumerate(starts)}
