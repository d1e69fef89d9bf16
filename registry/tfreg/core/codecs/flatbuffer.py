"""FlatBuffers: tables, vectors and strings that refer to each other by relative offsets, read where they lie.

A table starts with a signed offset back to its vtable, which says for each slot at which distance from the table its field stands; 0 or
a vtable that is too short means that the field has its default. References are unsigned 32-bit offsets forward, so nothing can be
followed in a circle, but many can refer to one place: how many tables and bytes of text are read is therefore limited, whatever the
file's size. Only pages that hold something wanted are read. The layout is described in FlatBuffers' own "Internals".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tfreg.core.codecs.errors import LimitError, TruncatedError
from tfreg.core.files import FileReader

INT8, INT32, INT64 = struct.Struct("<b"), struct.Struct("<i"), struct.Struct("<q")
UINT8, UINT32, UINT64, FLOAT32 = struct.Struct("<B"), struct.Struct("<I"), struct.Struct("<Q"), struct.Struct("<f")
_UINT16 = struct.Struct("<H")

MAX_TABLES = 200_000
MAX_TEXT_BYTES = 4 << 20
_PAGE_BITS = 12
_PAGE_BYTES = 1 << _PAGE_BITS
_IN_PAGE = _PAGE_BYTES - 1
_KEPT_PAGES = 128
_MAX_SLOTS = 32  # of a table; schemas that are read here use fewer
_MAX_KEPT_VTABLES = 4_096


class FlatBuffer:
    """A file, or a part of one, that is a flatbuffer.

    Args:
        reader: The file.
        max_tables: How many tables are read at most; one that is read twice counts twice.
        max_text_bytes: How long all strings may be together.
    """

    def __init__(self, reader: FileReader, *, max_tables: int = MAX_TABLES, max_text_bytes: int = MAX_TEXT_BYTES) -> None:
        self._reader = reader
        self._size_bytes = reader.size_bytes
        self._tables_left, self._max_tables = max_tables, max_tables
        self._text_left, self._max_text_bytes = max_text_bytes, max_text_bytes
        self._vtables: dict[int, tuple[int, ...]] = {}
        self._page = lru_cache(_KEPT_PAGES)(self._read_page)

    @property
    def root(self) -> Table:
        """The table that the file is about.

        Raises:
            CodecError: It is not within the file.
        """
        return self.table_at(self.number(0, UINT32))

    def bytes_at(self, position: int, length: int) -> bytes:
        """Returns `length` bytes.

        Raises:
            TruncatedError: They are not within the file.
        """
        if position < 0 or position + length > self._size_bytes:
            raise TruncatedError(f"refers to {length} bytes at byte {position}, beyond its {self._size_bytes} bytes")
        number, start = divmod(position, _PAGE_BYTES)
        end = start + length
        if end <= _PAGE_BYTES:
            found = self._page(number)[start:end]
        elif length <= _PAGE_BYTES:
            found = (self._page(number) + self._page(number + 1))[start:end]
        else:
            found = self._reader.read_at(position, length)
        if len(found) < length:
            raise TruncatedError(f"ends at byte {position + len(found)}, within {length} bytes that it refers to")
        return found

    def number(self, position: int, kind: struct.Struct) -> int:
        """Returns the number at a position.

        Raises:
            TruncatedError: It is not within the file.
        """
        if position >= 0:
            page = self._page(position >> _PAGE_BITS)
            start = position & _IN_PAGE
            if start + kind.size <= len(page):
                return int(kind.unpack_from(page, start)[0])
        return int(kind.unpack(self.bytes_at(position, kind.size))[0])

    def table_at(self, position: int) -> Table:
        """Returns the table at a position.

        Raises:
            TruncatedError: It, or its vtable, is not within the file.
            LimitError: More tables were read than may be.
        """
        self._tables_left -= 1
        if self._tables_left < 0:
            raise LimitError(f"has more than {self._max_tables} tables to read")
        return Table(self, position, self._fields(position - self.number(position, INT32)))

    def text_at(self, position: int) -> str:
        """Returns the string at a position; what is not UTF-8 in it becomes U+FFFD.

        Raises:
            TruncatedError: It is not within the file.
            LimitError: Longer texts were read than may be.
        """
        length = self.number(position, UINT32)
        self._text_left -= length
        if self._text_left < 0:
            raise LimitError(f"has more than {self._max_text_bytes} bytes of names and other texts")
        return self.bytes_at(position + 4, length).decode(errors="replace")

    def vector_at(self, position: int, element_bytes: int) -> Vector:
        """Returns where a vector's elements are.

        Raises:
            TruncatedError: They are not within the file.
        """
        count = self.number(position, UINT32)
        if position + 4 + count * element_bytes > self._size_bytes:
            raise TruncatedError(f"has a vector of {count} elements at byte {position}, which passes the end")
        return Vector(position + 4, count)

    def _fields(self, position: int) -> tuple[int, ...]:
        """Returns the distances of a vtable, one for each slot. Many tables share a vtable."""
        found = self._vtables.get(position)
        if found is None:
            slots = min(max(self.number(position, _UINT16) // 2 - 2, 0), _MAX_SLOTS)
            found = struct.unpack(f"<{slots}H", self.bytes_at(position + 4, 2 * slots))
            if len(self._vtables) < _MAX_KEPT_VTABLES:
                self._vtables[position] = found
        return found

    def _read_page(self, number: int) -> bytes:
        return self._reader.read_at(number * _PAGE_BYTES, _PAGE_BYTES)


class Vector(NamedTuple):
    """Where the elements of a vector are: the first one's position, and how many there are."""

    start: int
    length: int


_NO_ELEMENTS = Vector(0, 0)


class Table:
    """A table. Its fields are asked for by slot, counted from 0 in the schema's order (a union counts as two).

    Each method raises a TruncatedError if what the field refers to is not within the file, and a LimitError if the limits of the
    flatbuffer are reached.
    """

    __slots__ = ("_buffer", "_fields", "_position")

    def __init__(self, buffer: FlatBuffer, position: int, fields: tuple[int, ...]) -> None:
        self._buffer = buffer
        self._position = position
        self._fields = fields

    def has(self, slot: int) -> bool:
        """Whether the field is there."""
        return slot < len(self._fields) and self._fields[slot] != 0

    def number(self, slot: int, kind: struct.Struct, default: int = 0) -> int:
        """Returns a number."""
        return self._buffer.number(self._position + self._fields[slot], kind) if self.has(slot) else default

    def flag(self, slot: int) -> bool:
        """Returns a bool that is False by default."""
        return bool(self.number(slot, UINT8))

    def text(self, slot: int) -> str:
        """Returns a string; empty if it is not there."""
        return self._buffer.text_at(self._target(slot)) if self.has(slot) else ""

    def table(self, slot: int) -> Table | None:
        """Returns a table; None if it is not there."""
        return self._buffer.table_at(self._target(slot)) if self.has(slot) else None

    def vector(self, slot: int, element_bytes: int = 4) -> Vector:
        """Returns where a vector's elements are; of tables and texts, elements are references of 4 bytes."""
        return self._buffer.vector_at(self._target(slot), element_bytes) if self.has(slot) else _NO_ELEMENTS

    def integers(self, slot: int, kind: struct.Struct, limit: int) -> tuple[int, ...]:
        """Returns a vector of whole numbers.

        Raises:
            LimitError: There are more than `limit`.
        """
        return struct.unpack(*self._elements(slot, kind, limit))

    def floats(self, slot: int, limit: int) -> tuple[float, ...]:
        """Returns a vector of 32-bit numbers; raises as `integers`."""
        return struct.unpack(*self._elements(slot, FLOAT32, limit))

    def tables(self, slot: int) -> Iterator[Table]:
        """Yields the tables of a vector."""
        buffer = self._buffer
        vector = self.vector(slot)
        for position in range(vector.start, vector.start + 4 * vector.length, 4):
            yield buffer.table_at(position + buffer.number(position, UINT32))

    def table_of(self, slot: int, index: int) -> Table | None:
        """Returns one table of a vector; None if the vector has no such index."""
        vector = self.vector(slot)
        if not 0 <= index < vector.length:
            return None
        position = vector.start + 4 * index
        return self._buffer.table_at(position + self._buffer.number(position, UINT32))

    def texts(self, slot: int, limit: int) -> tuple[str, ...]:
        """Returns the first strings of a vector, at most `limit`."""
        buffer = self._buffer
        vector = self.vector(slot)
        places = range(vector.start, vector.start + 4 * min(vector.length, limit), 4)
        return tuple(buffer.text_at(place + buffer.number(place, UINT32)) for place in places)

    def _target(self, slot: int) -> int:
        position = self._position + self._fields[slot]
        return position + self._buffer.number(position, UINT32)

    def _elements(self, slot: int, kind: struct.Struct, limit: int) -> tuple[str, bytes]:
        vector = self.vector(slot, kind.size)
        if vector.length > limit:
            raise LimitError(f"has a vector of {vector.length} numbers where at most {limit} are read")
        return f"<{vector.length}{kind.format[-1:]}", self._buffer.bytes_at(vector.start, vector.length * kind.size)
