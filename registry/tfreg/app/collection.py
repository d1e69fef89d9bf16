"""Collection: what nobody can reach any more goes away.

A catalog that knows nothing, beside blobs, was lost: then nothing is taken away, for the blobs are all that is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from tfreg.app.stores import Stores
from tfreg.core.digests import Digest
from tfreg.core.errors import DataFolderInvalidError
from tfreg.core.records import Collected

_BATCH = 1000
_EVER_MS = 2**62


def clean(stores: Stores) -> Collected:
    """Collects, and deletes blobs without a row, such as a killed server leaves. What was freed counts both.

    Raises:
        DataFolderInvalidError: The catalog knows nothing, but blobs lie there.
    """
    check_catalog(stores)
    collected, strangers = collect(stores), remove_strangers(stores)
    return Collected(collected.versions, collected.blobs + strangers.blobs, collected.size_bytes + strangers.size_bytes)


def check_catalog(stores: Stores) -> None:
    """Checks that a catalog beside blobs knows of a model, a version that was purged included, or of a push that began.

    Raises:
        DataFolderInvalidError: It does not: it is not the catalog of these blobs.
    """
    if _knows_something(stores):
        return
    count = sum(1 for _ in stores.blobs.digests())
    if count and not _knows_something(stores):  # the first push may have begun meanwhile
        raise DataFolderInvalidError(
            f"The catalog knows no versions, but {count} {'blob lies' if count == 1 else 'blobs lie'} beside it.",
            hint="Restore tfreg.db from a backup. Nothing is cleaned away until then; remove blobs/ to start anew.",
            blobs=str(count),
        )


def collect(stores: Stores) -> Collected:
    """Ends expired leases, removes versions that cannot be undeleted any more, and the blobs that nothing holds.

    What was sent under the leases and never sealed counts in the bytes, not in the blobs.
    """
    now_ms = stores.clock()
    unsealed_bytes = 0
    for lease_id in stores.catalog.expired_leases(now_ms):
        unsealed_bytes += stores.blobs.discard(lease_id)
        stores.catalog.release_lease(lease_id)
    deleted_before_ms = now_ms - stores.limits.undelete_period_s * 1000
    collected = stores.catalog.collect(deleted_before_ms, now_ms, stores.blobs.delete)
    return Collected(collected.versions, collected.blobs, collected.size_bytes + unsealed_bytes)


def remove_strangers(stores: Stores) -> Collected:
    """Deletes blobs without a row, such as a killed server leaves."""
    sizes_bytes: list[int] = []

    def unlink(digests: Sequence[Digest]) -> None:
        sizes_bytes.extend(stores.blobs.size_bytes(digest) or 0 for digest in digests)
        stores.blobs.delete(digests)

    for batch in _batches(stores.blobs.digests()):
        stores.catalog.unlink_strangers(batch, stores.clock(), unlink)
    return Collected(0, len(sizes_bytes), sum(sizes_bytes))


def _knows_something(stores: Stores) -> bool:
    return bool(
        stores.catalog.expired_leases(_EVER_MS) or stores.catalog.models("", "", 1)
    )  # a commit makes the one of the other


def _batches(digests: Iterator[Digest]) -> Iterator[list[Digest]]:
    while batch := list(islice(digests, _BATCH)):
        yield batch
