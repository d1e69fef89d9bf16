"""Which versions hold a blob that is damaged."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfreg.app.ports import Catalog
    from tfreg.core.digests import Digest
    from tfreg.core.records import ModelRecord, VersionRecord

_PAGE = 1000


def harmed_versions(data: Path, damaged: Collection[Digest]) -> list[str]:
    """Returns the versions, deleted ones included, whose files or attachments hold one of the blobs, such as `team/bert:7`.

    Raises:
        DataFolderInvalidError: The folder cannot be used.
    """
    from tfreg.app.needed_blobs import blobs_of
    from tfreg.server.compose import open_stores
    from tfreg.server.embedded import close_stores

    stores = open_stores(data)
    try:
        catalog, wanted = stores.catalog, frozenset(damaged)
        harmed: dict[Digest, bool] = {}  # by artifact: versions of several models may share one

        def artifact_harmed(digest: Digest) -> bool:
            if digest not in harmed:
                artifact = catalog.artifact(digest)
                harmed[digest] = artifact is not None and not wanted.isdisjoint(blobs_of(artifact.layouts))
            return harmed[digest]

        return [
            f"{version.model}:{version.number}"
            for version in _versions(catalog)
            if artifact_harmed(version.artifact_digest) or not wanted.isdisjoint(blobs_of(a.layout for a in version.attachments))
        ]
    finally:
        close_stores(stores)


def _versions(catalog: Catalog) -> Iterator[VersionRecord]:
    for model in _models(catalog):
        before = 0
        while page := catalog.versions(model.name, before, _PAGE, deleted=True):
            yield from page
            before = page[-1].number


def _models(catalog: Catalog) -> Iterator[ModelRecord]:
    after = ""
    while page := catalog.models("", after, _PAGE):
        yield from page
        after = page[-1].name
