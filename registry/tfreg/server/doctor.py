"""`tfreg doctor`: a data folder examined, without a server."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

from tfreg.app.collection import remove_strangers
from tfreg.app.examination import Examined, examine
from tfreg.core.records import BlobRef
from tfreg.server.compose import open_stores
from tfreg.server.embedded import close_stores


def examine_data_folder(
    data: str | PathLike[str], *, read: bool = True, repair: bool = False, on_blob: Callable[[BlobRef], None] | None = None
) -> Examined:
    """Checks that every blob of a data folder is there, whole and unchanged.

    Args:
        data: The data folder.
        read: Read and hash every byte; else only sizes are compared.
        repair: Remove blobs without a row afterwards. Nothing else can be repaired by itself.
        on_blob: Called before each blob, for progress.

    Raises:
        DataFolderInvalidError: The folder cannot be used.
    """
    stores = open_stores(data)
    try:
        examined = examine(stores, read=read, on_blob=on_blob)
        if repair:
            remove_strangers(stores)
        return examined
    finally:
        close_stores(stores)
