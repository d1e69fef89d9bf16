"""The tensors of a V1 checkpoint: one sorted string table, or several shards, with the values themselves in it.

At the empty key stands what the table holds (SavedTensorSliceMeta), at each other key a SavedSlice, whose value is a TensorProto
without dtype and shape. Its list of float32, float64 or complex values is their bytes as they are, and so is one of bool: such a
tensor is a run of bytes of the file like any other. Other types are varints or texts and have to be parsed (StoredAs.PROTO).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.codecs.sstable import Place, places
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.limits import MAX_TENSORS
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.variables import Variables, box_of, slice_name
from tfreg.core.layouts import Span
from tfreg.core.shapes import MAX_RANK, element_count, known_shape_of
from tfreg.core.tensors import Part, StoredAs, StoredTensor
from tfreg.wire.checkpoint_pb2 import SavedSliceMeta

_MAX_SLICES_BYTES = 256 << 10  # what the list says of one tensor
# Field numbers, as proto/tfreg/wire/checkpoint.proto and tensor.proto have them.
_META, _DATA, _TENSOR_META, _TENSOR = 1, 2, 1, 3
_RAW_LISTS = {"float32": 5, "float64": 6, "complex64": 9, "complex128": 12, "bool": 11}


def read_tables(tree: FileTree, tables: Sequence[str]) -> Variables:
    """Reads what the tables of a V1 checkpoint hold, and where; large values are not read."""
    found = Variables()
    for path in tables:
        with tree.open(path) as reader:
            try:
                _read_table(reader, path, found)
            except CodecError as error:
                found.problems.fault("TFR106", path, error)
    found.tensors.sort(key=lambda tensor: tensor.name.encode())
    found.facts |= {"checkpoint.shards": str(len(tables)), "checkpoint.tensors": str(len(found.tensors))}
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """One table, whose list of tensors is read."""

    reader: FileReader
    path: str
    places: dict[bytes, Place]
    problems: Problems

    def tensors(self, meta: SavedSliceMeta) -> Iterator[StoredTensor]:
        shape, name = known_shape_of(meta.shape), meta.name
        if shape is None:
            self.problems.error("TFR106", f"The checkpoint's tensor {name!r} has an impossible shape.", file=self.path)
            return
        for proto in meta.slice:
            if len(proto.extent) > MAX_RANK:
                continue
            extents = [(extent.start, extent.length if extent.HasField("length") else None) for extent in proto.extent]
            box = box_of(extents, shape)
            if box is None:
                self.problems.error("TFR106", f"The checkpoint's tensor {name!r} has an impossible slice.", file=self.path)
                continue
            begin, size = box
            place = self.places.pop(slice_key(name.encode(), extents), None)
            whole = size == shape
            told = name if whole else slice_name(name, extents)
            if place is None:
                self.problems.error("TFR106", f"The checkpoint lacks the value of {told!r}.", file=self.path)
            else:
                yield from self._stored(told, dtype_name(meta.type), size, place, None if whole else Part(name, shape, begin))

    def _stored(self, name: str, dtype: str, shape: tuple[int, ...], place: Place, part: Part | None) -> Iterator[StoredTensor]:
        try:
            value = _tensor_in(self.reader, place)
            run = _raw_run(self.reader, value, dtype, element_count(shape))
        except CodecError as error:
            self.problems.fault("TFR106", self.path, error)
            return
        stored_as, at = (StoredAs.RAW, run) if run else (StoredAs.PROTO, value)
        yield StoredTensor(name, dtype, shape, self.path, at.offset_bytes, at.length_bytes, stored_as, part=part)


def _read_table(reader: FileReader, path: str, found: Variables) -> None:
    known: dict[bytes, Place] = {}
    try:
        for place in places(reader):
            if len(known) > MAX_TENSORS:
                raise LimitError(f"has more than {MAX_TENSORS} tensors")
            known[place.key] = place
    except CodecError as error:
        found.problems.fault("TFR106", path, error)  # and on with what could be read before it
    head = known.pop(b"", None)
    if head is None:
        raise CodecError("has no list of its tensors")
    table = _Table(reader, path, known, found.problems)
    for meta in _listed(reader, _only(reader, head.offset, head.offset + head.length, _META)):
        found.tensors.extend(islice(table.tensors(meta), MAX_TENSORS - len(found.tensors)))


def _listed(reader: FileReader, meta: Field) -> Iterator[SavedSliceMeta]:
    """Yields what the list of a table says of each tensor."""
    for one in scan(reader, meta.offset, meta.offset + meta.length, keep_bytes=_MAX_SLICES_BYTES):
        if one.number != _TENSOR_META or one.wire_type != LENGTH_DELIMITED:
            continue
        if one.payload is None:
            raise LimitError(f"says more than {_MAX_SLICES_BYTES} bytes about one tensor")
        try:
            yield SavedSliceMeta.FromString(one.payload)
        except DecodeError:
            raise CodecError("has no readable list of its tensors") from None


def _raw_run(reader: FileReader, tensor: Span, dtype: str, elements: int) -> Span | None:
    """Returns where the elements lie as plain bytes; None if they are written in another way."""
    number, size = _RAW_LISTS.get(dtype), element_size_bytes(dtype)
    if number is None or size is None or not elements:
        return None
    fields = list(_few(scan(reader, tensor.offset_bytes, tensor.offset_bytes + tensor.length_bytes)))
    lists = [found for found in fields if found.number == number]
    if len(lists) == 1 and lists[0].wire_type == LENGTH_DELIMITED and lists[0].length == elements * size:
        return Span(lists[0].offset, lists[0].length)
    return None


def _tensor_in(reader: FileReader, place: Place) -> Span:
    """Returns where the TensorProto within a value is.

    Raises:
        CodecError: The value is no SavedSlice.
    """
    data = _only(reader, place.offset, place.offset + place.length, _DATA)
    tensor = _only(reader, data.offset, data.offset + data.length, _TENSOR)
    return Span(tensor.offset, tensor.length)


def _only(reader: FileReader, start: int, end: int, number: int) -> Field:
    found = next(
        (one for one in _few(scan(reader, start, end)) if one.number == number and one.wire_type == LENGTH_DELIMITED), None
    )
    if found is None:
        raise CodecError(f"has a value at byte {start} that is none of a checkpoint")
    return found


def _few(fields: Iterator[Field]) -> Iterator[Field]:
    """Yields the first fields: a value has three of them, and a hostile one could have millions."""
    return (found for found, _ in zip(fields, range(16), strict=False))
