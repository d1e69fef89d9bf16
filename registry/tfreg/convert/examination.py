"""`tfreg doctor`: can TensorFlow be run here, and behind which walls?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from tfreg.convert.executors.options import Sandbox
from tfreg.convert.executors.probing import find_walls
from tfreg.core.errors import SandboxUnavailableError

_DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly")


@dataclass(frozen=True, slots=True)
class WorkersFound:
    """What is here to run TensorFlow.

    Attributes:
        tensorflow: Its version; empty if it is not installed.
        walls: What stands around workers; empty if none can be had.
        as_other_user: Whether a worker becomes a user of its own.
        reason: Why there are no walls.
        hint: What to do about that.
    """

    tensorflow: str
    walls: str
    as_other_user: bool = False
    reason: str = ""
    hint: str = ""


def examine_workers() -> WorkersFound:
    """Looks for TensorFlow without importing it, and tries which walls work here."""
    try:
        found = find_walls(Sandbox.AUTO)
    except SandboxUnavailableError as error:
        return WorkersFound(tensorflow_version(), "", reason=error.message, hint=error.hint)
    return WorkersFound(tensorflow_version(), found.walls.value, found.as_other_user)


def tensorflow_version() -> str:
    """Returns the version of TensorFlow; empty if it is not installed, `unknown` if it does not say."""
    if find_spec("tensorflow") is None:
        return ""
    for name in _DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"
