"""The runtime that a user names: one that this release knows, or a file with the list of ops of another."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.core.errors import PathNotFoundError, RequestInvalidError

if TYPE_CHECKING:
    from tfreg.core.runtimes.profile import RuntimeProfile

_FORMATS_WITH_GRAPHS = ("saved_model", "frozen_graph", "tf1_checkpoint")
"""What every TensorFlow loads whose list of ops somebody has."""
_MAX_FILE_BYTES = 8 << 20


def named_runtime(text: str, tensorflow_version: str) -> tuple[RuntimeProfile, bytes]:
    """Returns the profile of a runtime and its list of ops.

    Raises:
        PathNotFoundError: It is neither known nor a file.
        RuntimeInvalidError: The file is no list of ops.
        RequestInvalidError: A version is given for a known one.
    """
    from tfreg.core.runtimes.known import KNOWN, known_runtime

    if text in KNOWN:
        if tensorflow_version:
            raise RequestInvalidError(f"{text} has its own TensorFlow version.", hint="Leave --tensorflow-version out.")
        return known_runtime(text)
    path = Path(text).expanduser()
    if not path.is_file():
        near = get_close_matches(text, KNOWN, 1, 0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise PathNotFoundError(
            f"{text!r} is neither a runtime that tfreg knows nor a file.",
            hint=f"{hint}Known are: {', '.join(KNOWN)}. A file holds what TF_GetAllOpList or TensorFlow.registeredOpList() gives.",
            path=text,
        )
    return _of_file(path, tensorflow_version)


def complete_runtime(incomplete: str) -> list[str]:
    """Completes the name of a known runtime."""
    from tfreg.core.runtimes.known import KNOWN

    return [name for name in KNOWN if name.startswith(incomplete)]


def _of_file(path: Path, tensorflow_version: str) -> tuple[RuntimeProfile, bytes]:
    from tfreg.core.digests import digest_of
    from tfreg.core.runtimes.op_list import read_op_list
    from tfreg.core.runtimes.profile import RuntimeProfile

    with path.open("rb") as file:
        op_list = file.read(_MAX_FILE_BYTES + 1)
    if len(op_list) > _MAX_FILE_BYTES:
        raise RequestInvalidError(
            f"{path} has more than {_MAX_FILE_BYTES} bytes.", hint="TensorFlow's own list of ops has 400 KB."
        )
    read_op_list(op_list)
    return RuntimeProfile(path.stem, tensorflow_version, _FORMATS_WITH_GRAPHS, digest_of(op_list)), op_list
