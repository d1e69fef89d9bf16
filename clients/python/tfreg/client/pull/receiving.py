"""Reads parts of blobs from the server by parallel streams, and goes on where a stream broke."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from tfreg.client.calls import Calls
from tfreg.client.frames import read_frame
from tfreg.client.progress import Meter
from tfreg.client.pull.journal import Place
from tfreg.core.errors import BlobDamagedError, CancelledError
from tfreg.core.layouts import BlobExtent
from tfreg.translate.blobs import ranges_to_proto
from tfreg.translate.buffers import keep_buffers

GROUP_BYTES = 32 * 1024 * 1024
GROUP_RANGES = 1024
STREAMS = 2
LARGE_BYTES = 8 * 1024 * 1024
"""From here on the program keeps the buffers of messages: with the window of connection.py, an eighth of the page faults."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of a blob, and all places that it goes to."""

    extent: BlobExtent
    places: tuple[Place, ...]


class Sink(Protocol):
    """Takes what comes. Each is used by one thread, and closed at the end."""

    def write(self, wanted: Wanted, position: int, data: memoryview) -> None:
        """Takes the next bytes of a part, which start `position` bytes behind its start."""

    def complete(self, wanted: Wanted) -> None:
        """All bytes of a part came."""

    def close(self) -> None:
        """No more will come by this stream."""


def receive(calls: Calls, wanted: Sequence[Wanted], open_sink: Callable[[], Sink], meter: Meter) -> None:
    """Reads all parts.

    Raises:
        BlobNotFoundError, BlobDamagedError: The server has them no longer, or sends more or less than was asked for.
        TfregError: As the server answered.
    """
    size_bytes = sum(part.extent.length_bytes for part in wanted)
    meter.add(total_bytes=size_bytes)
    if size_bytes >= LARGE_BYTES:
        keep_buffers()
    groups = list(_groups(wanted))
    if len(groups) <= 1:
        for group in groups:
            _Group(calls, group, open_sink, meter).receive()
        return
    with calls.part() as part, ThreadPoolExecutor(STREAMS, thread_name_prefix="tfreg-receive") as pool:
        running = [pool.submit(_Group(part, group, open_sink, meter).receive) for group in groups]
        try:
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            failures = [failure for future in done if (failure := future.exception())]
            if failures:
                raise next((failure for failure in failures if not isinstance(failure, CancelledError)), failures[0])
        except BaseException:
            part.scope.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Group:
    """Parts that one stream brings."""

    def __init__(self, calls: Calls, parts: Sequence[Wanted], open_sink: Callable[[], Sink], meter: Meter) -> None:
        self._calls = calls
        self._parts = parts
        self._received = [0] * len(parts)
        self._size_bytes = sum(part.extent.length_bytes for part in parts)
        self._open_sink = open_sink
        self._meter = meter

    def receive(self) -> None:
        self._calls.transferring(self._attempt, lambda: self._size_bytes - sum(self._received))

    def _attempt(self, timeout_s: float) -> None:
        open_parts = [index for index, part in enumerate(self._parts) if self._received[index] < part.extent.length_bytes]
        request = ranges_to_proto(self._rest(index) for index in open_parts)
        sink = self._open_sink()
        try:
            with self._calls.translated_errors():
                stream = self._calls.connection.read(request, timeout=timeout_s)
                try:
                    with self._calls.scope.watching(stream):
                        for message in stream:
                            range_index, data = read_frame(message)
                            self._take(open_parts, range_index, data, sink)
                finally:
                    stream.cancel()  # does nothing to one that has ended
        finally:
            sink.close()
        for index in open_parts:
            if self._received[index] < self._parts[index].extent.length_bytes:
                raise self._wrong(self._parts[index], "less")

    def _take(self, open_parts: Sequence[int], range_index: int, data: memoryview, sink: Sink) -> None:
        if range_index >= len(open_parts):
            raise BlobDamagedError(f"The server sent the part {range_index} of {len(open_parts)}.")
        index = open_parts[range_index]
        part, position = self._parts[index], self._received[index]
        if position + len(data) > part.extent.length_bytes:
            raise self._wrong(part, "more")
        sink.write(part, position, data)
        self._received[index] = position + len(data)
        self._meter.add(done_bytes=len(data))
        if self._received[index] == part.extent.length_bytes:
            sink.complete(part)

    def _rest(self, index: int) -> BlobExtent:
        extent, received = self._parts[index].extent, self._received[index]
        return BlobExtent(extent.blob, extent.offset_bytes + received, extent.length_bytes - received)

    def _wrong(self, part: Wanted, comparison: str) -> BlobDamagedError:
        return BlobDamagedError(
            f"The server sent {comparison} than the {part.extent.length_bytes} bytes of {part.extent.blob} that were asked for.",
            digest=part.extent.blob,
        )


def _groups(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    group: list[Wanted] = []
    size_bytes = 0
    for part in wanted:
        group.append(part)
        size_bytes += part.extent.length_bytes
        if size_bytes >= GROUP_BYTES or len(group) >= GROUP_RANGES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group
