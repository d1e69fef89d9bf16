"""Opens the registry that the user meant: a server, or the one in a local folder by the same server code in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tfreg.core.errors import InvalidArgumentError, NotFoundError, RequestInvalidError

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.client import Client

CATALOG_FILE = "tfreg.db"


@contextmanager
def open_registry(
    settings: Settings, *, patient: bool = True, make: bool = False, foreign: bool = False, unsandboxed: bool = False
) -> Iterator[Client]:
    """Yields a client of the server that was named, else of the embedded registry.

    Args:
        settings: What the user said.
        patient: False asks a server once, and waits a second at most.
        make: Make the folder of the embedded registry if it is not there. Else an empty registry answers, and nothing is made.
        foreign: Whether conversions may run a model's own code, within the sandbox.
        unsandboxed: Whether they may run TensorFlow without one.

    Raises:
        TfregError: The folder cannot be opened; the server is asked only at the first call.
        RequestInvalidError: A server was named, which says itself what may be run there.
    """
    quiet_grpc()
    from tfreg.client import Client, RetryPolicy

    target = settings.target()
    if target and (foreign or unsandboxed):
        raise RequestInvalidError(
            "What code may be run is said by the server that runs it.",
            hint="Give --allow-foreign-code or --allow-unsandboxed to tfreg serve there.",
        )
    if target:
        with Client(target) if patient else Client(target, deadline_s=1.0, retry=RetryPolicy(attempts=1)) as client:
            yield client
        return
    from tfreg.convert.executors.lazy import WorkerOptions
    from tfreg.server.converting import ConvertOptions
    from tfreg.server.embedded import EmbeddedServer

    workers = WorkerOptions(allow_foreign_code=foreign, allow_unsandboxed=unsandboxed)
    with ExitStack() as cleanup:
        data = settings.data_folder()
        if not make and holds_no_registry(data):
            data = Path(cleanup.enter_context(TemporaryDirectory(prefix="tfreg-empty-")))
        server = cleanup.enter_context(EmbeddedServer(data, convert=ConvertOptions(workers)))
        yield cleanup.enter_context(Client(server.target))


def holds_no_registry(data: Path) -> bool:
    """True if nobody has pushed to a data folder yet: it is not there, or has no catalog. False too if that cannot be seen."""
    return not os.path.lexists(data) or (
        os.access(data, os.R_OK | os.X_OK) and data.is_dir() and not (data / CATALOG_FILE).exists()
    )


def quiet_grpc(verbosity: str = "ERROR") -> None:
    """Keeps grpc from logging every connection's end on stderr. It looks at the environment when it is first imported."""
    os.environ.setdefault("GRPC_VERBOSITY", verbosity)


@contextmanager
def path_hint(text: str) -> Iterator[None]:
    """Adds, to an error about a reference, how to name the local path that looks like it. For commands that take either."""
    try:
        yield
    except (NotFoundError, InvalidArgumentError) as error:
        if text and text in error.message and os.path.lexists(text):
            error.hint = f"Write ./{text} for the local path of that name. {error.hint}".rstrip()
        raise
