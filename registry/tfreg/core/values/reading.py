"""Reads the plain values of an artifact's tensors, each by the form that its file keeps it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.errors import ChecksumError
from tfreg.core.codecs.window import WindowReader
from tfreg.core.digests import Digest
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import FailedPreconditionError, PathNotFoundError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.assembling import assemble
from tfreg.core.values.checksums import tensor_checksum
from tfreg.core.values.digest import value_digest
from tfreg.core.values.failures import of_tensor, unreadable
from tfreg.core.values.lookup import Found, TensorNames, header_of, plain_dtype
from tfreg.core.values.packed import is_packed, spread
from tfreg.core.values.runs import pick_runs, read_runs, runs_of
from tfreg.core.values.selection import Box, Selection, ValueHeader, box_of, whole
from tfreg.core.values.strings import checkpoint_texts, plain_texts, tflite_texts
from tfreg.core.values.text_boxes import pick, pick_plain

if TYPE_CHECKING:
    from tfreg.core.graphs.graph import Graph
    from tfreg.core.values.hdf5 import Hdf5Values
    from tfreg.core.values.tensor_protos import TensorMessage
    from tfreg.core.values.text_graphs import TextGraph


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was found: what it is, and what gives its bytes."""

    header: ValueHeader
    chunks: Callable[[], Iterator[bytes]]


class Values:
    """The values of an artifact's tensors. Use it as a context manager: it keeps files open between reads.

    Args:
        tree: The artifact's files.
        tensors: Its tensors, as its inspection lists them.
        graph: Loads its graph, so that small constants can be read too; None if there is none. It stays the caller's to close.
    """

    def __init__(
        self, tree: FileTree, tensors: Iterable[StoredTensor], graph: Callable[[], AbstractContextManager[Graph]] | None = None
    ) -> None:
        self.names = TensorNames(tensors)
        self._tree = tree
        self._load_graph = graph
        self._graph: Graph | None = None
        self._open = ExitStack()
        self._readers: dict[str, FileReader] = {}
        self._hdf5_files: dict[tuple[str, int], Hdf5Values] = {}
        self._text_graphs: dict[str, TextGraph] = {}

    def read(self, selection: Selection) -> tuple[ValueHeader, Iterator[bytes]]:
        """Returns what a value is, and its bytes in pieces of about a MiB at most, which are read as they are taken.

        Raises:
            TensorNotFoundError: Nothing has the name.
            SliceInvalidError: The box passes the tensor's shape.
            TensorUnreadableError: It has no plain value, or its bytes are damaged; the latter may come while they are taken.
        """
        value = self.choose(selection)
        return value.header, value.chunks()

    def choose(self, selection: Selection) -> Value:
        """As `read`, before the bytes are asked for."""
        found = self.find(selection.name)
        box = box_of(selection, found.shape)
        return Value(header_of(found, box), partial(self.chunks, found, box))

    def find(self, name: str) -> Found:
        """Returns what a name stands for: a stored tensor, else a constant of the graph.

        Raises:
            TensorNotFoundError: Nothing has the name.
        """
        found = self.look_up(name)
        if found is None:
            raise self.names.not_found(name)
        return found

    def look_up(self, name: str) -> Found | None:
        """As `find`, but returns None for a name that nothing has."""
        return self.names.look_up(name) or self._constant(name) or self._constant(name.removesuffix(":0"))

    def digest(self, found: Found) -> Digest:
        """Returns the digest of a whole value (see `value_digest`) by reading it.

        Raises:
            TensorUnreadableError: As `read`.
        """
        header_of(found, whole(found.shape))
        return value_digest(self.chunks(found, whole(found.shape)))

    def chunks(self, found: Found, box: Box) -> Iterator[bytes]:
        """Yields the bytes of a box of what a name stands for."""
        if found.message is not None:
            return _constant_chunks(found, found.message, box)
        if not found.is_partitioned:
            return self._of_tensor(found.tensors[0], box)
        element = element_size_bytes(plain_dtype(found.dtype))
        if element is None:
            raise unreadable(found.name, f"is partitioned and of the dtype {found.dtype}, which is not put together")
        return assemble(found.name, found.tensors, box, element, self._of_tensor)

    def _constant(self, name: str) -> Found | None:
        from tfreg.core.values.constants import constant_of

        if self._graph is None and self._load_graph is not None:
            try:
                self._graph = self._open.enter_context(self._load_graph())
            except FailedPreconditionError:  # no graph, or a damaged one
                self._load_graph = None
        return None if self._graph is None else constant_of(self._graph, name)

    def _of_tensor(self, tensor: StoredTensor, box: Box) -> Iterator[bytes]:
        with of_tensor(tensor.name, tensor.file):
            if not box.element_count:
                return
            try:
                reader = self._reader(tensor.file)
            except PathNotFoundError:
                raise unreadable(tensor.name, f"lies in {tensor.file}, which is missing") from None
            if tensor.stored_as in (StoredAs.RAW, StoredAs.STRINGS):
                chunks = _in_place(reader, tensor, box)
                yield from _verified(reader, tensor, chunks) if box.is_whole(tensor.shape) else chunks
            elif tensor.stored_as is StoredAs.NODE:
                yield from self._of_text(reader, tensor, box)
            else:
                yield from _picked(self._streamed(reader, tensor), tensor, box)

    def _streamed(self, reader: FileReader, tensor: StoredTensor) -> Iterator[bytes]:
        """Yields the whole value of a tensor whose bytes do not stand in the file as they are."""
        if tensor.stored_as is StoredAs.PROTO:
            from tfreg.core.values.tensor_protos import TensorMessage

            place = Span(tensor.offset_bytes, tensor.size_bytes)
            return TensorMessage(reader, place, plain_dtype(tensor.dtype), tensor.shape, may_fill=tensor.constant).chunks()
        return self._hdf5(reader, tensor).value(tensor)

    def _of_text(self, reader: FileReader, tensor: StoredTensor, box: Box) -> Iterator[bytes]:
        """Yields a box of a constant of a graph in text form."""
        text = self._text_graphs.get(tensor.file)
        if text is None:
            from tfreg.core.values.text_graphs import TextGraph

            text = self._text_graphs[tensor.file] = TextGraph(reader, tensor.file)
        constant = text.constant(tensor)
        if constant is None:
            raise unreadable(tensor.name, f"is not in {tensor.file}")
        if constant.stored_as is StoredAs.RAW:
            return _in_place(text.binary, constant, box)
        return _picked(self._streamed(text.binary, constant), constant, box)

    def _hdf5(self, reader: FileReader, tensor: StoredTensor) -> Hdf5Values:
        """Returns what reads the HDF5 file that a tensor lies in."""
        place = tensor.file, tensor.offset_bytes
        if place not in self._hdf5_files:
            from tfreg.core.values.hdf5 import Hdf5Values

            if tensor.stored_as is StoredAs.ZIPPED:
                file: FileReader = self._member(reader, tensor)
            else:
                file = WindowReader(reader, tensor.offset_bytes, tensor.size_bytes)
            beside = [
                one for one in self.names.stored() if (one.file, one.offset_bytes, one.stored_as) == (*place, tensor.stored_as)
            ]
            found = self._hdf5_files[place] = Hdf5Values(file, beside)
            self._open.callback(found.close)
        return self._hdf5_files[place]

    def _reader(self, file: str) -> FileReader:
        reader = self._readers.get(file)
        if reader is None:
            reader = self._readers[file] = self._open.enter_context(self._tree.open(file))
        return reader

    def _member(self, reader: FileReader, tensor: StoredTensor) -> FileReader:
        from tfreg.core.values.unpacking import unpack

        return self._open.enter_context(unpack(reader, Span(tensor.offset_bytes, tensor.size_bytes), tensor.file))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()


def read_value(tree: FileTree, tensors: Iterable[StoredTensor], selection: Selection) -> tuple[ValueHeader, Iterator[bytes]]:
    """As `Values.read`, for one value; what was opened is closed once its bytes are taken, or the iterator is dropped."""
    values = Values(tree, tensors)
    header, chunks = values.read(selection)

    def closing() -> Iterator[bytes]:
        with values:
            yield from chunks

    return header, closing()


def _in_place(reader: FileReader, tensor: StoredTensor, box: Box) -> Iterator[bytes]:
    """Yields a box of a value whose bytes stand in the file."""
    place, dtype = Span(tensor.offset_bytes, tensor.size_bytes), plain_dtype(tensor.dtype)
    if dtype == "string":
        texts = checkpoint_texts if _is_of_checkpoint(tensor) else tflite_texts
        found = texts(reader, place, element_count(tensor.shape))
        return plain_texts(reader, found if box.is_whole(tensor.shape) else pick(found, runs_of(box, tensor.shape, 1)))
    if is_packed(dtype, tensor.shape, tensor.size_bytes):
        packed = read_runs(reader, place.offset_bytes, [Span(0, place.length_bytes)], tensor.name)
        return _picked(spread(packed, dtype, element_count(tensor.shape)), tensor, box)
    element = element_size_bytes(dtype) or 0
    if tensor.size_bytes != element * element_count(tensor.shape):
        raise unreadable(tensor.name, f"has {tensor.size_bytes} bytes, which do not fit its dtype {dtype} and its shape")
    return read_runs(reader, place.offset_bytes, runs_of(box, tensor.shape, element), tensor.name)


def _verified(reader: FileReader, tensor: StoredTensor, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the chunks of a whole value; raises in the end, before anyone has taken the value for whole, if its checksum is wrong."""
    if tensor.crc32c is None or not crc32c.is_available():
        yield from chunks
        return
    checksum = 0
    if tensor.stored_as is StoredAs.STRINGS:  # its plain form is another
        checksum = tensor_checksum(reader, tensor)
        yield from chunks
    else:
        for chunk in chunks:
            checksum = crc32c.extend(checksum, chunk)
            yield chunk
    if checksum != tensor.crc32c:
        raise ChecksumError("does not have the checksum that the checkpoint keeps of the tensor")


def _picked(chunks: Iterator[bytes], tensor: StoredTensor, box: Box) -> Iterator[bytes]:
    """Yields a box of a value that comes as a stream."""
    return _box_of_stream(chunks, tensor.name, tensor.dtype, tensor.shape, box)


def _box_of_stream(chunks: Iterator[bytes], name: str, dtype: str, shape: tuple[int, ...], box: Box) -> Iterator[bytes]:
    if plain_dtype(dtype) == "string":
        return pick_plain(chunks, runs_of(box, shape, 1), name)
    return pick_runs(chunks, runs_of(box, shape, element_size_bytes(plain_dtype(dtype)) or 0), name)


def _constant_chunks(found: Found, message: TensorMessage, box: Box) -> Iterator[bytes]:
    with of_tensor(found.name, "its node"):
        yield from _box_of_stream(message.chunks(), found.name, found.dtype, found.shape, box)


def _is_of_checkpoint(tensor: StoredTensor) -> bool:
    return tensor.stored_as is StoredAs.STRINGS
