"""Takes away for good what nobody holds.

The rows go first, in a transaction of their own: a crash can leave a file without a row, which does not exist for anybody, but never a row
without its file. The files go in further transactions, which hold the writer's lock and look again for rows and leases, so that a push that
wants one of the blobs meanwhile either took its lease before and keeps the file, or finds it missing and sends it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.records import BlobRef
from tfreg.store.catalog.sqlite.events import record_event
from tfreg.store.catalog.sqlite.leases import without_live_lease
from tfreg.store.catalog.sqlite.reading import json_list

if TYPE_CHECKING:
    from sqlite_utils import Database

_REMOVE_UNHELD = f"""
DELETE FROM blobs
WHERE NOT EXISTS (SELECT 1 FROM artifact_blobs WHERE blob_id = blobs.id)
  AND NOT EXISTS (SELECT 1 FROM attachment_blobs WHERE blob_id = blobs.id)
  AND {without_live_lease("blobs.digest")}
RETURNING digest, size_bytes
"""  # noqa: S608 - constants of this program
_STRANGERS = f"""
SELECT value FROM json_each(:digests)
WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = value) AND {without_live_lease("value")}
"""  # noqa: S608 - constants of this program


def remove_rows(database: Database, deleted_before_ms: int, now_ms: int) -> tuple[int, list[BlobRef]]:
    """Removes the rows of versions that are beyond undeleting, and of all that only they held.

    Returns:
        How many versions went, and the blobs that went.
    """
    doomed = database.conn.execute(
        "SELECT id, model_id, number FROM versions WHERE deleted_at_ms IS NOT NULL AND (purged OR deleted_at_ms < ?)"
        " ORDER BY model_id, number",
        (deleted_before_ms,),
    ).fetchall()
    for version_id, model_id, number in doomed:
        database.table("versions").delete(version_id)
        record_event(database, model_id, EventKind.VERSION_PURGED, number, now_ms)
    database.table("artifacts").delete_where(
        "id NOT IN (SELECT artifact_id FROM versions UNION ALL SELECT artifact_id FROM derived)"
    )
    for table in ("inspections", "fingerprints"):
        database.table(table).delete_where("digest NOT IN (SELECT digest FROM artifacts)")
    gone = database.execute(_REMOVE_UNHELD, {"now_ms": now_ms}).fetchall()
    return len(doomed), [BlobRef(*row) for row in gone]


def strangers(connection: sqlite3.Connection, digests: Sequence[Digest], now_ms: int) -> list[Digest]:
    """Returns those of the digests that have neither row nor live lease."""
    parameters = {"digests": json_list(list(dict.fromkeys(digests))), "now_ms": now_ms}
    return [Digest(digest) for (digest,) in connection.execute(_STRANGERS, parameters).fetchall()]
