"""`tfreg serve`: serves a data folder to other machines."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.registry import quiet_grpc
from tfreg.cli.settings import settings_of
from tfreg.core.errors import RequestInvalidError

MAX_PORT = 65535


def serve(
    context: typer.Context,
    *,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0 takes a free one.", envvar="TFREG_LISTEN")
    ] = "127.0.0.1:7433",
    convert_workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many conversions by TensorFlow run at a time; each needs some GB of memory.")
    ] = 1,
    allow_foreign_code: Annotated[
        bool,
        typer.Option("--allow-foreign-code", help="Run models' own Python code when they are converted, within the sandbox."),
    ] = False,
    allow_unsandboxed: Annotated[
        bool, typer.Option("--allow-unsandboxed", help="Run TensorFlow though this machine has no sandbox.")
    ] = False,
) -> None:
    """Serve the registry in --data until interrupted.

    Anyone who reaches the port may read and write: listen on 127.0.0.1, or behind something that asks who is there.
    """
    settings = settings_of(context)
    if settings.server:
        raise RequestInvalidError("serve opens a data folder; --server names one that is open.", hint="Leave --server out.")
    check_port(listen)
    import logging

    quiet_grpc("NONE")  # it tells of a port that is taken, and so does our own error
    from tfreg.convert.executors.lazy import WorkerOptions
    from tfreg.server.compose import ServerOptions
    from tfreg.server.converting import ConvertOptions
    from tfreg.server.serve import serve as serve_folder

    logging.basicConfig(
        level=logging.WARNING if settings.quiet else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    workers = WorkerOptions(convert_workers, convert_workers, None, allow_foreign_code, allow_unsandboxed)
    serve_folder(listen, settings.data_folder(), options=ServerOptions(convert=ConvertOptions(workers)))


def check_port(address: str) -> None:
    """Checks the port of `host:port`: grpc takes 99999 for 34463.

    Raises:
        RequestInvalidError: It is none.
    """
    host, _, port = address.rpartition(":")
    if address.startswith("unix:") or (host and port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
        return
    hint = "Write host:port, such as 127.0.0.1:7433."
    if not host and port.isascii() and port.isdigit() and int(port) <= MAX_PORT:
        hint = f"Write 127.0.0.1:{port} for this machine alone, 0.0.0.0:{port} for all that reach it."
    raise RequestInvalidError(f"'{address}' is no address to listen on.", hint=hint, address=address)
