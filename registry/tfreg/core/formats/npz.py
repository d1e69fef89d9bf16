"""The format `npz`: what numpy.savez writes, a zip with a .npy for each array, stored or packed.

An array of numbers that is stored as it is, in C order, is a run of bytes of the file like any tensor. Others are named and not read;
an array of Python objects is a pickle, which is walked and never loaded.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.npy_header import OBJECT, NpyHeader, header_size_bytes, read_header
from tfreg.core.codecs.pickle_scan import MAX_OPCODES, scan_pickle
from tfreg.core.codecs.zip_directory import DEFLATED, STORED, Member, is_zip, read_zip, unpack_whole
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.one_file import with_strangers
from tfreg.core.formats.pickle_safety import tell_pickle
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, stranger_file, tell_unread
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import listed
from tfreg.core.shapes import MAX_RANK, element_count
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import BytesReader

_SUFFIXES = (".npz",)
_MEMBER = ".npy"
_START_BYTES = 128  # most headers are no longer
_MAX_PICKLES, _MAX_PICKLE_BYTES = 20, 4 << 20
_LOCAL_NAME = 30  # where the name of an archive's first member stands, whose length stands four bytes before
_PACKED = "packed: numpy.savez stores them as they are"
_FORTRAN = "in Fortran order: numpy.ascontiguousarray brings them into C order"
_BIG = "of the other byte order"
_OTHER = "of a dtype that TensorFlow does not have, or of texts"
_METHODS = frozenset({STORED, DEFLATED})


class NpzFormat(Stranger):
    """See the module."""

    name = "npz"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is a zip of .npy files."""
        return stranger_file(tree, _SUFFIXES, _fits) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the arrays are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Lists the arrays."""
        file = stranger_file(tree, _SUFFIXES, _fits) or ""
        found = _Found(file)
        with tree.open(file) as reader:
            try:
                for member in read_zip(reader).values():
                    found.look_at(reader, member)
            except CodecError as error:
                found.problems.fault("TFR101", file, error)
        found.tell()
        ordered = tuple(sorted(found.tensors, key=lambda tensor: tensor.name.encode()))
        return with_strangers(Inspection(self.name, tensors=ordered, problems=tuple(found.problems)), tree, file)


def _fits(reader: FileReader) -> bool:
    """Whether all members of an archive are .npy; of one whose directory cannot be read, the first."""
    if not is_zip(reader):
        return False
    with suppress(CodecError):
        members = read_zip(reader)
        return bool(members) and all(name.endswith(_MEMBER) for name in members)
    length = int.from_bytes(reader.read_at(_LOCAL_NAME - 4, 2), "little")
    return reader.read_at(_LOCAL_NAME, length).endswith(_MEMBER.encode())


@dataclass(slots=True)
class _Found:
    """What is known of an archive while its members are looked at."""

    file: str
    tensors: list[StoredTensor] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    unread: dict[str, list[str]] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    imports: dict[str, None] = field(default_factory=dict)
    opcodes_left: int = MAX_OPCODES

    def look_at(self, reader: FileReader, member: Member) -> None:
        name = member.name.removesuffix(_MEMBER)
        try:
            header = _header(reader, member)
        except LimitError as error:
            self.problems.fault("TFR103", self.file, LimitError(f"{error.message} of its array {name[:200]!r}"))
            return
        except CodecError:
            self.misfits.append(name)
            return
        if header.dtype == OBJECT:
            self._walk(reader, member, header, name)
        elif reason := _unread(member, header):
            self.unread.setdefault(reason, []).append(name)
        else:
            size = member.packed_bytes - header.size_bytes
            if len(header.shape) > MAX_RANK or size != (element_size_bytes(header.dtype) or 0) * element_count(header.shape):
                self.misfits.append(name)
                return
            at = member.offset_bytes + header.size_bytes
            self.tensors.append(StoredTensor(name, header.dtype, header.shape, self.file, at, size))

    def _walk(self, reader: FileReader, member: Member, header: NpyHeader, name: str) -> None:
        """Notes what an array of objects would import."""
        self.objects.append(name)
        if len(self.objects) > _MAX_PICKLES:
            return
        try:
            if member.method == STORED:
                start = member.offset_bytes + header.size_bytes
                scan = scan_pickle(reader, start, member.offset_bytes + member.packed_bytes, max_opcodes=self.opcodes_left)
            else:
                content = BytesReader(unpack_whole(reader, member, _MAX_PICKLE_BYTES))
                scan = scan_pickle(content, header.size_bytes, content.size_bytes, max_opcodes=self.opcodes_left)
        except CodecError as error:
            self.problems.fault("TFR103", self.file, error)
            return
        self.opcodes_left = max(1, self.opcodes_left - scan.opcode_count)
        self.imports |= dict.fromkeys(scan.globals)
        if scan.fault is not None:
            self.problems.fault("TFR103", self.file, scan.fault)

    def tell(self) -> None:
        """Adds what is to be said of all members together."""
        if self.misfits:
            message = f"{self.file} has arrays whose dtype, shape and size do not fit: {listed(self.misfits)}."
            self.problems.error("TFR101", message, "It was cut off or damaged; copy it again.", file=self.file)
        for reason, names in self.unread.items():
            message = f"{self.file} has arrays that are not read: {listed(names)}; they are {reason}."
            self.problems.warn("TFR105", message, file=self.file)
        if self.objects:
            message = f"{self.file} has arrays of Python objects, which are pickles: {listed(self.objects)}."
            self.problems.warn("TFR105", message, "Save them as arrays of numbers.", file=self.file)
            tell_pickle(self.problems, self.file, list(self.imports))
        tell_unread(self.problems, self.file, "weights without their model, which are listed")


def _header(reader: FileReader, member: Member) -> NpyHeader:
    if member.method not in _METHODS:
        raise CodecError(f"is packed by method {member.method}")
    start = _begin(reader, member, _START_BYTES)
    size = header_size_bytes(start)
    return read_header(start if size <= len(start) else _begin(reader, member, size))


def _begin(reader: FileReader, member: Member, length: int) -> bytes:
    """Returns the first bytes of a member, of a packed one by unpacking no more than these."""
    content = reader.read_at(member.offset_bytes, min(length, member.packed_bytes))
    if member.method == STORED:
        return content
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, length)
    except zlib.error:
        raise CodecError("has a member that is not deflated") from None


def _unread(member: Member, header: NpyHeader) -> str:
    """Returns why an array is not read; empty if it is."""
    if not header.dtype:
        return f"{_OTHER} ({header.description})" if header.description else _OTHER
    if member.method != STORED:
        return _PACKED
    if header.is_big_endian:
        return _BIG
    return _FORTRAN if header.is_fortran and sum(size != 1 for size in header.shape) > 1 else ""
