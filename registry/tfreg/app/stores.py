"""What every use case stands on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tfreg.app.ports import BlobStore, Catalog, Clock
from tfreg.core.records import Limits


def system_clock() -> int:
    """The machine's time in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Stores:
    """Where bytes and facts are kept, what time it is, and how much is too much."""

    blobs: BlobStore
    catalog: Catalog
    clock: Clock = system_clock
    limits: Limits = field(default_factory=Limits)
