"""`tfreg doctor`: a data folder examined, without a server."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

from tfreg.app.collection import check_catalog, clean
from tfreg.app.examination import Examined, examine
from tfreg.core.records import BlobRef, Collected
from tfreg.server.compose import open_stores
from tfreg.server.embedded import close_stores


def examine_data_folder(
    data: str | PathLike[str], *, read: bool = True, on_blob: Callable[[BlobRef], None] | None = None
) -> Examined:
    """Checks that every blob of a data folder is there, whole and unchanged.

    Args:
        data: The data folder.
        read: Read and hash every byte; else only sizes are compared.
        on_blob: Called before each blob, for progress.

    Raises:
        DataFolderInvalidError: The folder cannot be used, or its catalog knows nothing of its blobs.
    """
    stores = open_stores(data)
    try:
        check_catalog(stores)
        return examine(stores, read=read, on_blob=on_blob)
    finally:
        close_stores(stores)


def clean_data_folder(data: str | PathLike[str]) -> Collected:
    """Frees what a server would by itself within the hour: purged and expired versions, and what is left of broken pushes.

    Raises:
        DataFolderInvalidError: The folder cannot be used, or its catalog knows nothing of its blobs.
    """
    stores = open_stores(data)
    try:
        return clean(stores)
    finally:
        close_stores(stores)
