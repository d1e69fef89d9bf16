"""Why a value cannot be given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.codecs.errors import CodecError
from tfreg.core.errors import TensorUnreadableError

_HINT = "Copy or export it again from the original files."


def unreadable(name: str, reason: str, hint: str = _HINT) -> TensorUnreadableError:
    """Makes the error of a tensor that has no value to give: it `reason`."""
    return TensorUnreadableError(f"The tensor {name[:200]!r} {reason}.", hint=hint, tensor=name[:200])


def cut_off(name: str, at: int, size_bytes: int) -> TensorUnreadableError:
    """Makes the error of a tensor whose bytes end too early."""
    return unreadable(name, f"ends at byte {at} of {size_bytes}")


@contextmanager
def of_tensor(name: str, file: str) -> Iterator[None]:
    """Turns what codecs raise within the block into the error of a tensor."""
    try:
        yield
    except CodecError as error:
        raise unreadable(name, f"cannot be read: {file} {error.message}") from None
