"""What a user may allow a local run of TensorFlow, named where it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.errors import ForeignCodeError, SandboxUnavailableError


@contextmanager
def permission_hint() -> Iterator[None]:
    """Adds, to a refusal to run something on this machine, the option that allows it."""
    try:
        yield
    except ForeignCodeError as error:
        error.hint = f"{error.hint} Here that is --allow-foreign-code: it runs within the sandbox."
        raise
    except SandboxUnavailableError as error:
        error.hint = f"{error.hint} --allow-unsandboxed goes without, if you trust the model."
        raise
