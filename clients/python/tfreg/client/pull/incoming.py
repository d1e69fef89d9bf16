"""An artifact that is being pulled: its files at their final size, its layout and its journal."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Self

from tfreg.client.pull.beneath import open_beneath, write_all
from tfreg.client.pull.journal import Journal, Place
from tfreg.client.pull.layout_json import read_layout, write_layout
from tfreg.core.layouts import Extent
from tfreg.core.records import ArtifactRecord


class Incoming:
    """The folder of an artifact that is being pulled. The artifact's lock is held by whoever makes it."""

    def __init__(self, folder: Path, artifact: ArtifactRecord) -> None:
        self.folder = folder
        self.artifact = artifact
        self.tree = folder / "tree"
        self._starts = [list(accumulate((e.length_bytes for e in layout.extents), initial=0)) for layout in artifact.layouts]
        self._prepare()
        self.journal = Journal(folder, [len(layout.extents) for layout in artifact.layouts])

    def path(self, file: int) -> str:
        """Path of the file of an index."""
        return self.artifact.manifest.files[file].path

    def extent(self, place: Place) -> Extent:
        """The extent at a place."""
        return self.artifact.layouts[place[0]].extents[place[1]]

    def offset_bytes(self, place: Place) -> int:
        """Where in its file an extent starts."""
        return self._starts[place[0]][place[1]]

    def unwritten(self) -> Iterator[Place]:
        """The extents that the journal lacks, in order."""
        for file, layout in enumerate(self.artifact.layouts):
            for index in range(len(layout.extents)):
                if (file, index) not in self.journal:
                    yield file, index

    def publish(self, target: Path) -> None:
        """Makes the files read-only and durable, and the artifact complete."""
        for file in self.artifact.manifest.files:
            with open_beneath(self.tree, file.path, os.O_RDONLY) as descriptor:
                os.fchmod(descriptor, stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
                os.fsync(descriptor)
        (self.folder / "journal").unlink(missing_ok=True)
        if target.exists():
            shutil.rmtree(self.folder)
            return
        self.folder.rename(target)
        descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.journal.__exit__(kind, error, trace)

    def _prepare(self) -> None:
        known = None if self.folder.is_symlink() else read_layout(self.folder)
        if known is not None and (known.manifest, known.layouts) == (self.artifact.manifest, self.artifact.layouts):
            return
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)
        self.tree.mkdir(parents=True)
        for file in self.artifact.manifest.files:
            with open_beneath(self.tree, file.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, make_folders=True) as descriptor:
                os.ftruncate(descriptor, file.size_bytes)
        write_layout(self.folder, self.artifact)


class TreeWriter:
    """Writes into files of a tree, and keeps the last one open. For one thread."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._path = ""
        self._descriptor = -1
        self._open = ExitStack()

    def write(self, path: str, offset_bytes: int, data: bytes | memoryview) -> None:
        """Writes bytes at a place of a file that is there."""
        write_all(self.descriptor(path), data, offset_bytes)

    def descriptor(self, path: str) -> int:
        """The descriptor of a file, valid until the next one is asked for."""
        if path != self._path:
            self._open.close()
            self._path = ""
            self._descriptor = self._open.enter_context(open_beneath(self._tree, path, os.O_RDWR))
            self._path = path
        return self._descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()
