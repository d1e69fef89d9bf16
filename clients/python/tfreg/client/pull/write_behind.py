"""Has the system write a large file to the disk while the rest of it is still coming.

A pull ends with a sync of its files. Without this, the disk would begin to work only then: a third of a second for each GiB, or
seconds on a slow disk.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

STEP_BYTES = 64 * 1024 * 1024


class WriteBehind:
    """Syncs an open file again and again, in a thread of its own. On leaving the context, the sync under way has ended.

    Args:
        descriptor: The file.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="tfreg-sync")  # which starts no thread before it is needed
        self._running: Future[None] | None = None
        self._synced_bytes = 0

    def filled(self, size_bytes: int) -> None:
        """Takes note of how much of the file is there.

        Raises:
            OSError: The disk failed.
        """
        if size_bytes - self._synced_bytes < STEP_BYTES:
            return
        if self._running is not None:
            if not self._running.done():
                return
            self._running.result()
        self._synced_bytes = size_bytes
        self._running = self._executor.submit(os.fsync, self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._executor.shutdown()
