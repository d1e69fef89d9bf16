"""HDF5 files, read by pyfive in a child process with limits; pyfive and numpy are imported there alone.

`open_hdf5` starts one child that lists the whole file; reading a value that is not contiguous starts another. What comes back is plain
values. A crash, a hang or a blow-up of the child is a `CodecError` or a `LimitError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from types import TracebackType
from typing import Any, Self

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.files import FileReader

MAGIC = b"\x89HDF\r\n\x1a\n"
"""The first bytes of an HDF5 file, after its user block if it has one."""
_STARTS = (0, 512, 1024, 2048, 4096, 8192)
MAX_OBJECTS = 400_000
"""Groups and datasets of one file; Keras makes about three for each variable."""
MAX_ATTRIBUTE_BYTES = 32 << 20
MAX_VALUE_BYTES = 16 << 30
_MEMORY_BYTES = 256 << 20
_MAX_CPU_S = 20.0
_MAX_SIZE = (1 << 63) - 1
_MAX_FAULTS = 40
_at_once = BoundedSemaphore(4)
"""Children that list files at the same time; others wait, so that many pushes at once do not need much memory."""

Attribute = str | int | float | bool | None | list["Attribute"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of an HDF5 file.

    Attributes:
        path: Its path without a leading `/`.
        dtype: TensorFlow's name of the element type, `string` for texts; empty for what TensorFlow does not have.
        shape: Its shape.
        size_bytes: Bytes of its elements, unpacked; of texts of variable length, bytes of the references to them.
        offset_bytes: Where its elements lie in one piece in the file; None if they do not.
        layout: `contiguous`, `chunked`, `compact` or `virtual`.
        filters: What its chunks are packed with, such as `deflate`.
        big_endian: Whether the file holds its elements the other way round.
        variable: Whether its texts lie in a heap.
        attributes: Its attributes.
    """

    path: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    offset_bytes: int | None
    layout: str
    filters: tuple[str, ...] = ()
    big_endian: bool = False
    variable: bool = False
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    @property
    def is_raw(self) -> bool:
        """Whether the bytes in the file are the plain little-endian value."""
        return self.offset_bytes is not None and not self.big_endian and not self.variable and self.dtype not in ("", "string")


@dataclass(frozen=True, slots=True)
class Directory:
    """What an HDF5 file holds, without the values.

    Attributes:
        superblock_version: Version of its superblock.
        groups: Attributes of each group by path; the root's path is empty.
        datasets: Its datasets, groups by group, in the order of the file.
        faults: What could not be read, as rest of sentences about the file.
        limited: Whether a limit was reached, so that something is missing.
    """

    superblock_version: int
    groups: Mapping[str, Mapping[str, Attribute]]
    datasets: tuple[Dataset, ...]
    faults: tuple[str, ...] = ()
    limited: bool = False


class Hdf5File:
    """An HDF5 file whose directory is read. Use it as a context manager."""

    def __init__(self, reader: FileReader, directory: Directory) -> None:
        self._reader = reader
        self.directory = directory

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """See `Directory`."""
        return self.directory.datasets

    def attributes(self, path: str = "") -> Mapping[str, Attribute]:
        """Returns the attributes of a group; none if there is no such group."""
        return self.directory.groups.get(path, {})

    def read(self, path: str, max_bytes: int = MAX_VALUE_BYTES) -> Iterator[bytes]:
        """See `read_dataset`."""
        return read_dataset(self._reader, path, max_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass


def open_hdf5(reader: FileReader) -> Hdf5File:
    """Reads the directory of an HDF5 file; the reader stays the caller's to close.

    Raises:
        CodecError: It is no HDF5, or damaged beyond reading.
        LimitError: Reading it takes more than it should.
    """
    return Hdf5File(reader, read_directory(reader))


def is_hdf5(reader: FileReader) -> bool:
    """Whether a file begins like HDF5, at once or after a user block of up to 8 KiB."""
    return any(reader.read_at(offset, len(MAGIC)) == MAGIC for offset in _STARTS)


def read_directory(reader: FileReader) -> Directory:
    """See `open_hdf5`."""
    from tfreg.core.codecs.hdf5.process import converse

    job = {"max_objects": MAX_OBJECTS, "max_attribute_bytes": MAX_ATTRIBUTE_BYTES, **_bounds(reader.size_bytes)}
    with _at_once:
        tables = [content for _, content in converse(reader, job)]
    if len(tables) != 1:
        raise CodecError("cannot be read: its reader told nothing")
    return _directory(json.loads(tables[0]), reader.size_bytes)


def read_dataset(reader: FileReader, path: str, max_bytes: int = MAX_VALUE_BYTES) -> Iterator[bytes]:
    """Yields the plain value of a dataset: elements in row-major order, little-endian, bool as a byte.

    Texts come each as its length in eight bytes, little-endian, and its bytes.

    Raises:
        CodecError: There is none, or it cannot be unpacked.
        LimitError: It has more than `max_bytes`, or unpacking takes more than it should.
    """
    from tfreg.core.codecs.hdf5.process import converse_about_values

    bounds = {**_bounds(reader.size_bytes), "cpu_s": 5.0 + max_bytes / (20 << 20), "read_bytes": reader.size_bytes + (256 << 20)}
    given = 0
    for _, content in converse_about_values(reader, {"read": path, "value_bytes": max_bytes, **bounds}):
        given += len(content)
        if given > max_bytes:
            raise LimitError(f"has a dataset of more than {max_bytes} bytes")
        yield content


def _bounds(size_bytes: int) -> dict[str, object]:
    """How much the child may use to list a file of this size."""
    return {
        "memory_bytes": _MEMORY_BYTES,
        "cpu_s": min(_MAX_CPU_S, 0.6 + size_bytes / (4 << 20)),
        "read_bytes": (32 << 20) + min(size_bytes, 1 << 30),
    }


def _directory(table: Mapping[str, Any], size_bytes: int) -> Directory:
    """Builds the values, leaving out datasets that cannot be true."""
    faults = [f"has {path!r}, which {reason}" if path else reason for _, path, reason in table["faults"]]
    if table["end_bytes"] > size_bytes:
        faults.insert(0, f"has {size_bytes} bytes, but its first ones say that it ends at byte {table['end_bytes']}")
    datasets: list[Dataset] = []
    for row in table["datasets"]:
        end = (row["offset_bytes"] or 0) + (row["size_bytes"] if row["offset_bytes"] is not None else 0)
        if end > size_bytes or row["size_bytes"] > _MAX_SIZE or any(size > _MAX_SIZE for size in row["shape"]):
            if len(faults) < _MAX_FAULTS:
                faults.append(f"has a dataset {row['path']!r} that reaches past its end")
            continue
        datasets.append(
            Dataset(
                row["path"],
                row["dtype"],
                tuple(row["shape"]),
                row["size_bytes"],
                row["offset_bytes"],
                row["layout"],
                tuple(row["filters"]),
                row["big_endian"],
                row["variable"],
                row["attributes"],
            )
        )
    limited = any(kind == "limit" for kind, _, _ in table["faults"])
    return Directory(table["superblock_version"], table["groups"], tuple(datasets), tuple(faults), limited)
