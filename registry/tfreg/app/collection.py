"""Collection: what nobody can reach any more goes away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tfreg.app.stores import Stores
from tfreg.core.digests import Digest
from tfreg.core.records import Collected

_BATCH = 1000


def collect(stores: Stores) -> Collected:
    """Ends expired leases, removes versions that cannot be undeleted any more, and the blobs that nothing holds."""
    now_ms = stores.clock()
    for lease_id in stores.catalog.expired_leases(now_ms):
        stores.blobs.discard(lease_id)
        stores.catalog.release_lease(lease_id)
    deleted_before_ms = now_ms - stores.limits.undelete_period_s * 1000
    return stores.catalog.collect(deleted_before_ms, now_ms, stores.blobs.delete)


def remove_strangers(stores: Stores) -> int:
    """Deletes blobs without a row, such as a killed server leaves. Returns how many these were."""
    digests = stores.blobs.digests()
    return sum(stores.catalog.unlink_strangers(batch, stores.clock(), stores.blobs.delete) for batch in _batches(digests))


def _batches(digests: Iterator[Digest]) -> Iterator[list[Digest]]:
    while batch := list(islice(digests, _BATCH)):
        yield batch
