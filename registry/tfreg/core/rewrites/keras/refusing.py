"""What cannot stand in an HDF5 file is a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.errors import ConversionRefusedError


@contextmanager
def writable() -> Iterator[None]:
    """Turns what the writer says of a name or a type that HDF5 does not have into a refusal.

    Raises:
        ConversionRefusedError: There is such a one.
    """
    try:
        yield
    except ValueError as error:
        hint = "Rename the layer, or save the model anew."
        raise ConversionRefusedError(f"The weights cannot be put into an HDF5 file: {error}.", hint=hint) from None
