"""Writes an HDF5 file whose datasets are pieces: no value is read, only what describes them is new.

Superblock 0, groups of symbol tables and contiguous datasets, as h5py writes by default, so that Keras of every version reads it. All
that describes comes first, then the datasets in the order of the tree, each at a multiple of eight bytes.

Source: the HDF5 File Format Specification, version 3.0, sections II.A, III.A.1, III.B to III.E and IV.A.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import pack, pack_into

from tfreg.core.codecs.hdf5_messages import REFERENCE_BYTES, AttributeValue, attribute, dataspace, datatype
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.rewrites.pieces import Inline, Piece, chunks_of
from tfreg.core.shapes import element_count

_UNDEFINED = (1 << 64) - 1
_SUPERBLOCK_BYTES = 96
_LEAF_K, _INTERNAL_K = 4, 16
_SYMBOLS, _CHILDREN = 2 * _LEAF_K, 2 * _INTERNAL_K  # of a leaf of symbols, of a node of the tree
_ENTRY_BYTES = 40
_MIN_HEAP_BYTES, _HEAP_HEAD_BYTES, _MAX_HEAP_OBJECTS = 4096, 16, 65_535
_HEADER_BYTES, _MESSAGE_HEAD_BYTES, _MAX_MESSAGES = 16, 8, 65_535
_LENGTH_BYTES = 8  # before a text
_NO_FREE_SPACE = 1
_DATASPACE, _DATATYPE, _FILL_VALUE, _LAYOUT, _ATTRIBUTE, _SYMBOL_TABLE = 1, 3, 5, 8, 12, 17
_ATTRIBUTES_BYTES = 64_512
"""At what length Keras cuts a list of texts (saving_lib's HDF5_OBJECT_HEADER_LIMIT)."""


@dataclass(frozen=True, slots=True)
class HdfDataset:
    """A dataset.

    Attributes:
        dtype: Its element type, by TensorFlow's name: integers, floats, `bool` (h5py's enum), `string`; `bfloat16` and float8 become
            opaque bytes, which need the attribute `dtype` to be read by Keras 3.
        shape: Its shape.
        pieces: Its elements as a plain value, row-major and little-endian; each text with its length in eight bytes before it.
        attributes: Its attributes.
    """

    dtype: str
    shape: tuple[int, ...]
    pieces: Sequence[Piece]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HdfGroup:
    """A group.

    Attributes:
        attributes: Its attributes.
        members: Its groups and datasets by name.
    """

    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    members: Mapping[str, HdfGroup | HdfDataset] = field(default_factory=dict)


def write_hdf5(root: HdfGroup) -> list[Piece]:
    """Returns the file.

    Raises:
        ValueError: A name is empty, `.` or has a slash or a zero byte; an attribute is too long; a dtype has no form in HDF5.
    """
    return _Writer().file(root)


def group_at(root: dict[str, HdfGroup | HdfDataset], path: str) -> dict[str, HdfGroup | HdfDataset]:
    """Returns the members, to be added to, of the group at a path of names with slashes, making those groups that are not there."""
    members = root
    for name in filter(None, path.split("/")):
        group = members.setdefault(name, HdfGroup({}, {}))
        if not isinstance(group, HdfGroup) or not isinstance(group.members, dict):
            raise ValueError(f"{path[:200]!r} leads through a dataset")
        members = group.members
    return members


def text_attributes(name: str, texts: Sequence[str]) -> dict[str, AttributeValue]:
    """Returns a list of texts as one attribute, or as `name0`, `name1` ... where it would be too long, as Keras cuts it."""
    wanted = _ATTRIBUTES_BYTES // REFERENCE_BYTES
    encoded = [text.encode() for text in texts]
    if len(encoded) <= wanted:
        return {name: encoded}
    starts = range(0, len(encoded), wanted)
    return {f"{name}{number}": encoded[start : start + wanted] for number, start in enumerate(starts)}


@dataclass(slots=True)
class _Heap:
    """A collection of a global heap, which texts are put into as long as there is room."""

    at: int
    size_bytes: int
    used_bytes: int = _HEAP_HEAD_BYTES
    count: int = 0

    def has_room(self, needed: int) -> bool:
        return self.used_bytes + needed <= self.size_bytes and self.count < _MAX_HEAP_OBJECTS


class _Writer:
    """Puts what describes the tree behind each other, children before their groups, so that every address is known but the data's."""

    def __init__(self) -> None:
        self._content = bytearray(_SUPERBLOCK_BYTES)
        self._datasets: list[tuple[int, HdfDataset]] = []  # where the address of each is to be written
        self._heap = _Heap(0, 0)

    def file(self, root: HdfGroup) -> list[Piece]:
        header, tree, heap = self._tree(root)
        data = list(self._placed(len(self._content)))
        end = len(self._content) + sum(piece.length_bytes for piece in data)
        signature = b"\x89HDF\r\n\x1a\n" + pack("<8B", 0, 0, 0, 0, 0, 8, 8, 0)
        sizes = pack("<HHIQQQQ", _LEAF_K, _INTERNAL_K, 0, 0, _UNDEFINED, end, _UNDEFINED)
        self._content[:_SUPERBLOCK_BYTES] = signature + sizes + pack("<QQI4xQQ", 0, header, 1, tree, heap)
        return [Inline(bytes(self._content)), *data]

    def _placed(self, at: int) -> Iterator[Piece]:
        """Yields the datasets' pieces, and writes where each comes to lie; without elements it lies nowhere."""
        for place, dataset in self._datasets:
            length = sum(piece.length_bytes for piece in dataset.pieces)
            pad = -at % 8 if length else 0
            pack_into("<QQ", self._content, place, at + pad if length else _UNDEFINED, length)
            if pad:
                yield Inline(bytes(pad))
            yield from dataset.pieces
            at += pad + length

    def _tree(self, root: HdfGroup) -> tuple[int, int, int]:
        """Writes a tree of groups of any depth; returns where the root's header, tree and heap are."""
        stack: list[tuple[str, HdfGroup, Iterator[tuple[str, HdfGroup | HdfDataset]], dict[str, int]]] = [
            ("", root, iter(root.members.items()), {})
        ]
        while True:
            name, group, members, headers = stack[-1]
            following = next(members, None)
            if following is None:
                stack.pop()
                places = self._group(group, headers)
                if not stack:
                    return places
                stack[-1][3][name] = places[0]
            elif isinstance(following[1], HdfGroup):
                stack.append((following[0], following[1], iter(following[1].members.items()), {}))
            else:
                headers[following[0]] = self._dataset(following[1])

    def _group(self, group: HdfGroup, headers: Mapping[str, int]) -> tuple[int, int, int]:
        """Writes a group whose members are written; returns where its header, its tree and its heap are."""
        members = sorted((_checked(name), header) for name, header in headers.items())
        names, starts = bytearray(8), [0]
        for name, _ in members:
            starts.append(len(names))
            names += name + b"\0" + bytes(-(len(name) + 1) % 8)
        segment = self._add(bytes(names))
        heap = self._add(pack("<4sB3xQQQ", b"HEAP", 0, len(names), _NO_FREE_SPACE, segment))
        entries = [pack("<QQI20x", start, header, 0) for start, (_, header) in zip(starts[1:], members, strict=True)]
        tree = self._nodes(self._leaves(entries, starts))
        messages = [(_SYMBOL_TABLE, pack("<QQ", tree, heap)), *self._attributes(group.attributes)]
        return self._header(messages), tree, heap

    def _leaves(self, entries: Sequence[bytes], starts: Sequence[int]) -> list[tuple[int, int, int]]:
        """Writes the leaves of a group; returns where each is, and which keys, places of names, stand before and behind it."""
        leaves = []
        for first in range(0, len(entries), _SYMBOLS):
            symbols = entries[first : first + _SYMBOLS]
            content = pack("<4sBxH", b"SNOD", 1, len(symbols)) + b"".join(symbols)
            at = self._add(content.ljust(8 + _SYMBOLS * _ENTRY_BYTES, b"\0"))
            leaves.append((at, starts[first], starts[first + len(symbols)]))
        return leaves

    def _nodes(self, children: list[tuple[int, int, int]]) -> int:
        """Writes the nodes of a tree over its leaves, level by level; returns where the root is."""
        level = 0
        while True:
            size = 24 + 8 * (2 * _CHILDREN + 1)
            parts = [children[first : first + _CHILDREN] for first in range(0, len(children), _CHILDREN)] or [[]]
            begin, nodes = len(self._content), []
            for number, part in enumerate(parts):
                left = begin + (number - 1) * size if number else _UNDEFINED
                right = begin + (number + 1) * size if number + 1 < len(parts) else _UNDEFINED
                keys = b"".join(pack("<QQ", before, at) for at, before, _ in part) + pack("<Q", part[-1][2] if part else 0)
                at = self._add((pack("<4sBBHQQ", b"TREE", 0, level, len(part), left, right) + keys).ljust(size, b"\0"))
                nodes.append((at, part[0][1] if part else 0, part[-1][2] if part else 0))
            if len(nodes) == 1:
                return nodes[0][0]
            children, level = nodes, level + 1

    def _dataset(self, dataset: HdfDataset) -> int:
        kind = datatype(dataset.dtype)
        if dataset.dtype == "string":
            content = b"".join(map(self._keep, _texts(dataset.pieces)))
            dataset = HdfDataset("string", dataset.shape, [Inline(content)], dataset.attributes)
        elif sum(piece.length_bytes for piece in dataset.pieces) != (element_size_bytes(dataset.dtype) or 0) * element_count(
            dataset.shape
        ):
            raise ValueError(f"a {dataset.dtype} of the shape {dataset.shape} has another number of bytes than its pieces")
        messages = [
            (_LAYOUT, pack("<BBQQ", 3, 1, _UNDEFINED, 0)),
            (_DATASPACE, dataspace(dataset.shape)),
            (_DATATYPE, kind),
            (_FILL_VALUE, pack("<4BI", 2, 2, 2, 1, 0)),
            *self._attributes(dataset.attributes),
        ]
        at = self._header(messages)
        self._datasets.append((at + _HEADER_BYTES + _MESSAGE_HEAD_BYTES + 2, dataset))
        return at

    def _attributes(self, attributes: Mapping[str, AttributeValue]) -> list[tuple[int, bytes]]:
        return [(_ATTRIBUTE, attribute(name, value, self._keep)) for name, value in attributes.items()]

    def _header(self, messages: Sequence[tuple[int, bytes]]) -> int:
        """Writes an object header."""
        if len(messages) > _MAX_MESSAGES:
            raise ValueError(f"an object cannot have {len(messages)} attributes")
        content = bytearray()
        for kind, message in messages:
            padded = message + bytes(-len(message) % 8)
            content += pack("<HHB3x", kind, len(padded), 0) + padded
        return self._add(pack("<BxHII4x", 1, len(messages), 1, len(content)) + content)

    def _keep(self, text: bytes) -> bytes:
        """Puts a text into the global heap and returns the reference to it."""
        if not text:
            return bytes(REFERENCE_BYTES)
        needed = _HEAP_HEAD_BYTES + len(text) + -len(text) % 8
        if not self._heap.has_room(needed):
            size = max(_MIN_HEAP_BYTES, _HEAP_HEAD_BYTES + needed)
            self._heap = _Heap(self._add(pack("<4sB3xQ", b"GCOL", 1, size).ljust(size, b"\0")), size)
        heap = self._heap
        heap.count += 1
        at, heap.used_bytes = heap.at + heap.used_bytes, heap.used_bytes + needed
        self._content[at : at + needed] = pack("<HH4xQ", heap.count, 1, len(text)) + text + bytes(-len(text) % 8)
        free = heap.size_bytes - heap.used_bytes
        if free >= _HEAP_HEAD_BYTES:
            pack_into("<HH4xQ", self._content, heap.at + heap.used_bytes, 0, 0, free)
        return pack("<IQI", len(text), heap.at, heap.count)

    def _add(self, content: bytes) -> int:
        """Writes a part and returns where it is; parts start at multiples of eight bytes."""
        at = len(self._content)
        self._content += content + bytes(-len(content) % 8)
        return at


def _checked(name: str) -> bytes:
    if name in ("", ".") or "/" in name or "\0" in name:
        raise ValueError(f"{name[:200]!r} is no name of a group or a dataset")
    return name.encode()


def _texts(pieces: Iterable[Piece]) -> Iterator[bytes]:
    content, at = b"".join(chunks_of(pieces)), 0
    while at < len(content):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "little")
        yield content[start:at]
