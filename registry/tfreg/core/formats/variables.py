"""The tensors of a checkpoint bundle: `<prefix>.index`, a sorted string table of BundleEntryProto, and `<prefix>.data-N-of-M`.

A partitioned variable is listed as its slices, each under the variable's name and its place in Python's notation, such as
`embedding[0:500, :]`, for each slice is a run of bytes of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from sys import intern

from google.protobuf.message import DecodeError

from tfreg.core.codecs.crc32c import unmask
from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.ordered_code import SLICE_PREFIX, slice_key
from tfreg.core.codecs.sstable import entries
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.files import FileTree
from tfreg.core.formats.limits import MAX_INDEX_BYTES, MAX_PART_BYTES, MAX_TENSORS
from tfreg.core.formats.problems import Problems
from tfreg.core.shapes import MAX_RANK, element_count, known_shape_of
from tfreg.core.tensors import Part, StoredAs, StoredTensor
from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

HEADER_KEY = b""
BYTE_ORDER = "checkpoint.byte_order"
"""Fact of a checkpoint whose numbers have their highest byte first: `big`. Not there for others."""
Extents = Sequence[tuple[int, int | None]]
"""A box within a tensor: start and length in each dimension; length None: the whole dimension."""
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The entry in which TF2 keeps which object each tensor belongs to: a message as a string, no value of the model, so not listed."""


@dataclass(slots=True)
class Variables:
    """What a bundle holds.

    Attributes:
        tensors: Its tensors, sorted by name's UTF-8 bytes, without `OBJECT_GRAPH`.
        facts: About the bundle itself.
        problems: What is wrong with it.
        object_graph: Where `OBJECT_GRAPH` is; None if there is none.
    """

    tensors: list[StoredTensor] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    object_graph: StoredTensor | None = None


def read_variables(tree: FileTree, prefix: str) -> Variables:
    """Reads `<prefix>.index` and looks at which data files there are; their bytes are not read."""
    found = Variables()
    index = f"{prefix}.index"
    sizes = {file.path: file.size_bytes for file in tree.files()}
    header, table = _read_index(tree, index, found.problems)
    if header is None:
        return found
    if header.endianness == BundleHeaderProto.BIG:
        found.facts[BYTE_ORDER] = "big"
        found.problems.warn("TFR103", "The checkpoint was written on a big-endian machine; few machines can load it.", file=index)
    found.facts |= {"checkpoint.shards": str(header.num_shards), "checkpoint.version": str(header.version.producer)}
    found.tensors.extend(islice(_Bundle(prefix, header.num_shards, table, found.problems).tensors(), MAX_TENSORS))
    found.tensors.sort(key=lambda tensor: tensor.name.encode())
    _check_shards(found, sizes)
    found.object_graph = next((tensor for tensor in found.tensors if tensor.name == OBJECT_GRAPH), None)
    found.tensors = [tensor for tensor in found.tensors if tensor.name != OBJECT_GRAPH]
    found.facts["checkpoint.tensors"] = str(len(found.tensors))
    return found


def _read_index(tree: FileTree, index: str, problems: Problems) -> tuple[BundleHeaderProto | None, dict[bytes, bytes]]:
    """Returns the header and the raw entries that could be read."""
    table: dict[bytes, bytes] = {}
    with tree.open(index) as reader:
        try:
            if reader.size_bytes > MAX_INDEX_BYTES:
                raise LimitError(f"has more than {MAX_INDEX_BYTES} bytes")
            for key, value in entries(reader):
                if len(table) > MAX_TENSORS or len(value) > MAX_PART_BYTES:
                    raise LimitError(f"has more than {MAX_TENSORS} tensors, or an entry of more than {MAX_PART_BYTES} bytes")
                table[key] = value
        except CodecError as error:
            problems.fault("TFR106", index, error)
    try:
        header = BundleHeaderProto.FromString(table.pop(HEADER_KEY))
    except (KeyError, DecodeError):
        problems.error("TFR106", f"{index} has no readable header, so it is no checkpoint.", file=index)
        return None, {}
    return header, table


@dataclass(frozen=True, slots=True)
class _Bundle:
    """A bundle whose index is read."""

    prefix: str
    shards: int
    table: dict[bytes, bytes]
    problems: Problems

    @property
    def index(self) -> str:
        return f"{self.prefix}.index"

    def tensors(self) -> Iterator[StoredTensor]:
        for key, value in self.table.items():
            if key.startswith(SLICE_PREFIX):
                continue  # found through the variable that it is a slice of, which knows the name and the place
            entry, name = _entry(value), key.decode(errors="replace")
            if entry is None:
                self.problems.error("TFR106", f"The checkpoint's entry for {name!r} cannot be read.", file=self.index)
            elif entry.slices:
                yield from self._slices(key, entry)
            else:
                yield from self._stored(entry, name)

    def _slices(self, key: bytes, variable: BundleEntryProto) -> Iterator[StoredTensor]:
        seen: set[bytes] = set()
        name, shape = key.decode(errors="replace"), known_shape_of(variable.shape)
        for proto in variable.slices:
            if len(proto.extent) > MAX_RANK:
                continue
            extents = [(extent.start, extent.length if extent.HasField("length") else None) for extent in proto.extent]
            place = slice_key(key, extents)
            if place in seen:
                continue
            seen.add(place)
            told, box = slice_name(name, extents), box_of(extents, shape)
            entry = _entry(self.table.get(place, b""))
            if entry is not None:
                fits = shape is not None and box is not None and box[1] == known_shape_of(entry.shape)
                yield from self._stored(entry, told, Part(name, shape, box[0]) if fits and shape is not None and box else None)
            elif not self.problems.full:
                self.problems.error(
                    "TFR106", f"The checkpoint lacks the slice {told!r} of a partitioned variable.", file=self.index
                )

    def _stored(self, entry: BundleEntryProto, name: str, part: Part | None = None) -> Iterator[StoredTensor]:
        """Yields the tensor, if what its entry says can be true."""
        shape, dtype = known_shape_of(entry.shape), dtype_name(entry.dtype)
        element = element_size_bytes(dtype)
        if shape is None or entry.offset < 0 or entry.size < 0 or not 0 <= entry.shard_id < self.shards:
            reason = "has an impossible shape or place"
        elif element is not None and entry.size != element * element_count(shape):
            reason = f"has {entry.size} bytes, which do not fit its dtype {dtype} and its shape"
        else:
            file = intern(f"{self.prefix}.data-{entry.shard_id:05d}-of-{self.shards:05d}")
            stored_as = StoredAs.STRINGS if dtype == "string" else StoredAs.RAW
            crc32c = None if dtype == "variant" else unmask(entry.crc32c)
            yield StoredTensor(name, dtype, shape, file, entry.offset, entry.size, stored_as, part=part, crc32c=crc32c)
            return
        self.problems.error("TFR106", f"The checkpoint's tensor {name!r} {reason}.", file=self.index)


def find_object_graph(tree: FileTree, prefix: str) -> StoredTensor | None:
    """Returns where `OBJECT_GRAPH` is in a checkpoint that `read_variables` could read; None if there is none."""
    header, table = _read_index(tree, f"{prefix}.index", Problems())
    if header is None:
        return None
    wanted = {key: value for key, value in table.items() if key == OBJECT_GRAPH.encode()}
    return next(_Bundle(prefix, header.num_shards, wanted, Problems()).tensors(), None)


def slice_name(name: str, extents: Extents) -> str:
    """Returns what a slice is called: the variable's name with the place in Python's notation."""
    places = (":" if length is None else f"{start}:{start + length}" for start, length in extents)
    return f"{name}[{', '.join(places)}]"


def box_of(extents: Extents, shape: tuple[int, ...] | None) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Returns where in a variable of `shape` a slice begins and which shape it has; None if it does not lie in it."""
    if shape is None or len(extents) != len(shape):
        return None
    begin = tuple(0 if length is None else start for start, length in extents)
    size = tuple(full if length is None else length for (_, length), full in zip(extents, shape, strict=True))
    inside = all(
        start >= 0 and length >= 0 and start + length <= full for start, length, full in zip(begin, size, shape, strict=True)
    )
    return (begin, size) if inside else None


def _entry(value: bytes) -> BundleEntryProto | None:
    try:
        return BundleEntryProto.FromString(value) if value else None
    except DecodeError:
        return None


def _check_shards(found: Variables, sizes: dict[str, int]) -> None:
    """Says which data files are missing or too short for the tensors that lie in them."""
    ends: dict[str, int] = {}
    for tensor in found.tensors:
        ends[tensor.file] = max(ends.get(tensor.file, 0), tensor.offset_bytes + tensor.size_bytes)
    for file, end in sorted(ends.items()):
        size = sizes.get(file)
        if size is None:
            hint = "Copy the whole folder that was exported, and push again."
            found.problems.error("TFR102", f"{file} is missing, which holds the values of variables.", hint, file=file)
        elif size < end:
            hint = "It was cut off while it was copied; copy it again."
            found.problems.error("TFR101", f"{file} has {size} bytes, but its tensors reach to byte {end}.", hint, file=file)
