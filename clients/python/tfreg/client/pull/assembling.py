"""Fills an incoming artifact with what the disk has and what the server sends, and checks it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tfreg.client.calls import Calls
from tfreg.client.progress import Meter
from tfreg.client.pull.checking import Checker
from tfreg.client.pull.incoming import Incoming, TreeWriter
from tfreg.client.pull.journal import Place
from tfreg.client.pull.known_bytes import KnownBytes
from tfreg.client.pull.receiving import Wanted, receive
from tfreg.core.errors import FileDamagedError
from tfreg.core.layouts import BlobExtent, InlineExtent


class Assembly:
    """Assembles one artifact. The artifact's lock is held.

    Args:
        calls: The server.
        incoming: What is assembled.
        artifacts: The cache's complete artifacts, whose bytes are used.
        meter: Counts what the server sends.
    """

    def __init__(self, calls: Calls, incoming: Incoming, artifacts: Path, meter: Meter) -> None:
        self._calls = calls
        self._incoming = incoming
        self._artifacts = artifacts
        self._meter = meter

    def assemble(self) -> None:
        """Fills in what the journal lacks, and checks all files. Wrong ones are read from the server once more.

        Raises:
            FileDamagedError: A file was wrong again.
        """
        everything = range(len(self._incoming.artifact.layouts))
        wrong = self._fill_and_check(everything, use_known_bytes=True)
        if not wrong:
            return
        self._incoming.journal.drop_files(wrong)
        wrong = self._fill_and_check(wrong, use_known_bytes=False)
        if wrong:
            self._incoming.journal.drop_files(wrong)
            path = self._incoming.path(wrong[0])
            raise FileDamagedError(
                f"The bytes of '{path}' that the server sent do not have the digest that its manifest says, twice.",
                hint="Ask the server's operator to check its store: tfreg doctor.",
                path=path,
                digest=self._incoming.artifact.manifest.files[wrong[0]].digest,
            )

    def _fill_and_check(self, files: Sequence[int], *, use_known_bytes: bool) -> list[int]:
        with self._calls.part() as part, ThreadPoolExecutor(1, thread_name_prefix="tfreg-check") as pool:
            checker = Checker(self._incoming, files, part.scope)
            checking = pool.submit(checker.run)
            try:
                self._fill(part, checker, use_known_bytes=use_known_bytes)
                return checking.result()
            except BaseException:
                part.scope.cancel()
                raise

    def _fill(self, calls: Calls, checker: Checker, *, use_known_bytes: bool) -> None:
        unwritten = list(self._incoming.unwritten())
        missing = set(unwritten)
        checker.written([place for place in _all_places(self._incoming) if place not in missing])
        wanted = self._write_inline(unwritten, checker)
        if use_known_bytes:
            wanted = self._copy_known(wanted, checker)
        receive(calls, _grouped(self._incoming, wanted), lambda: _Sink(self._incoming, checker), self._meter)

    def _write_inline(self, places: Sequence[Place], checker: Checker) -> list[Place]:
        """Writes inline bytes; returns the other places."""
        others: list[Place] = []
        with TreeWriter(self._incoming.tree) as writer:
            for place in places:
                extent = self._incoming.extent(place)
                if isinstance(extent, InlineExtent):
                    writer.write(self._incoming.path(place[0]), self._incoming.offset_bytes(place), extent.content)
                    _note(self._incoming, checker, [place])
                else:
                    others.append(place)
        return others

    def _copy_known(self, places: Sequence[Place], checker: Checker) -> list[Place]:
        """Copies what the disk has; returns the other places."""
        extents = {place: extent for place in places if isinstance(extent := self._incoming.extent(place), BlobExtent)}
        known = KnownBytes(self._artifacts, {extent.blob for extent in extents.values()})
        others: list[Place] = []
        with TreeWriter(self._incoming.tree) as writer:
            for place, extent in extents.items():
                self._calls.scope.check()
                if known.copy(extent, writer.descriptor(self._incoming.path(place[0])), self._incoming.offset_bytes(place)):
                    _note(self._incoming, checker, [place])
                else:
                    others.append(place)
        return others


class _Sink:
    """Writes what a stream brings to all places that want it."""

    def __init__(self, incoming: Incoming, checker: Checker) -> None:
        self._incoming = incoming
        self._checker = checker
        self._writer = TreeWriter(incoming.tree)

    def write(self, wanted: Wanted, position: int, data: memoryview) -> None:
        for place in wanted.places:
            self._writer.write(self._incoming.path(place[0]), self._incoming.offset_bytes(place) + position, data)

    def complete(self, wanted: Wanted) -> None:
        _note(self._incoming, self._checker, wanted.places)

    def close(self) -> None:
        self._writer.__exit__(None, None, None)


def _note(incoming: Incoming, checker: Checker, places: Sequence[Place]) -> None:
    incoming.journal.add(places)
    checker.written(places)


def _all_places(incoming: Incoming) -> list[Place]:
    return [(file, index) for file, layout in enumerate(incoming.artifact.layouts) for index in range(len(layout.extents))]


def _grouped(incoming: Incoming, places: Sequence[Place]) -> list[Wanted]:
    """Joins places that want the same bytes: many exporters write a variable twice."""
    by_extent: dict[BlobExtent, list[Place]] = {}
    for place in places:
        extent = incoming.extent(place)
        if isinstance(extent, BlobExtent):
            by_extent.setdefault(extent, []).append(place)
    return [Wanted(extent, tuple(together)) for extent, together in by_extent.items()]
