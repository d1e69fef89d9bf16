"""`tfreg serve`: serves a data folder to other machines."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.settings import settings_of
from tfreg.core.errors import RequestInvalidError


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
    import logging

    from tfreg.server.serve import serve as serve_folder

    logging.basicConfig(
        level=logging.WARNING if settings.quiet else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    serve_folder(listen, settings.data_folder())
