"""The CRC-32 that a zip keeps of each member. Keras and numpy compare it when they load a file, PyTorch does not."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.codecs.errors import ChecksumError, CodecError
from tfreg.core.codecs.zip_directory import Member, is_zip, read_zip, unpack
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.problems import Problems

ARCHIVE_FORMATS = frozenset({"keras_v3", "pytorch", "npz"})
"""Formats whose file is a zip."""
_UNCHECKED_BY_LOADER = frozenset({"pytorch"})  # PyTorch can even be told to write none: torch.serialization.set_crc32_options
_MIN_LIMIT_BYTES = 32 << 20
_MAX_RATIO = 20  # weights hardly shrink
_HINT = "Its loader does not compare checksums; copy the file again if it was not written without them."


def check_archives(tree: FileTree, kind: str, problems: Problems, check_wanted: Callable[[], None]) -> None:
    """Tells which members of the tree's archives do not have their checksum. A damaged directory is told by the inspection.

    Raises:
        LimitError: The members unpack to far more than models do.
    """
    for file in tree.files():
        with tree.open(file.path) as reader:
            try:
                members = read_zip(reader) if is_zip(reader) else {}
            except CodecError:
                continue
            left = Allowance("bytes to unpack", max(_MIN_LIMIT_BYTES, _MAX_RATIO * file.size_bytes))
            for member in members.values():
                if problems.full:
                    return
                left.take(member.size_bytes)
                fault = _fault(reader, member, check_wanted)
                if isinstance(fault, ChecksumError) and kind in _UNCHECKED_BY_LOADER:
                    problems.warn("TFR107", f"{file.path} {fault.message}.", _HINT, file=file.path)
                elif fault is not None:
                    problems.fault("TFR103", file.path, fault)


def _fault(reader: FileReader, member: Member, check_wanted: Callable[[], None]) -> CodecError | None:
    try:
        for _ in unpack(reader, member, max(_MIN_LIMIT_BYTES, _MAX_RATIO * member.packed_bytes)):
            check_wanted()
    except CodecError as error:
        return error
    return None
