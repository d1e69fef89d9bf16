"""The attributes of a node as bytes, without parsing it: nodes that differ in name and inputs alone fit a runtime alike."""

from __future__ import annotations

_NAME_TAG, _OP_TAG, _INPUT_TAG, _DEVICE_TAG = 0x0A, 0x12, 0x1A, 0x22
_LONGEST = 127  # whose length is written in one byte


def attribute_bytes(content: bytes | None) -> bytes | None:
    """Returns what follows name, op, inputs and device in a NodeDef, which decides all else of it.

    Args:
        content: The NodeDef; None if it is too long.

    Returns:
        The bytes; None if it does not begin as every writer of TensorFlow begins it.
    """
    if content is None:
        return None
    try:
        at = 2 + content[1]
        if content[0] != _NAME_TAG or content[1] > _LONGEST or content[at] != _OP_TAG or content[at + 1] > _LONGEST:
            return None
        at += 2 + content[at + 1]
        end = len(content)
        while at < end and content[at] in (_INPUT_TAG, _DEVICE_TAG):
            if content[at + 1] > _LONGEST:
                return None
            at += 2 + content[at + 1]
    except IndexError:
        return None
    return content[at:] if at <= end else None
