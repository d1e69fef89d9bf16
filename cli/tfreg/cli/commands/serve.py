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
    from tfreg.server.serve import serve as serve_folder

    logging.basicConfig(
        level=logging.WARNING if settings.quiet else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    serve_folder(listen, settings.data_folder())


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
