"""The CRC-32C that a checkpoint keeps of each tensor. TensorFlow compares it whenever it restores one (tensor_bundle.cc, GetValue)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.errors import CodecError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.variables import find_object_graph
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.checksums import tensor_checksum

_MAX_TEXTS = 2_000_000
_SHARD = ".data-"
_HINT = "It was damaged after it was written; copy or export it again."


def check_tensors(tree: FileTree, tensors: Iterable[StoredTensor], problems: Problems, check_wanted: Callable[[], None]) -> None:
    """Tells which tensors do not have their checksum. Files that are missing or cut off are told by the inspection.

    Raises:
        LimitError: The tensors are more than twice the files together: they share bytes, as no writer makes them.
    """
    known = [tensor for tensor in tensors if tensor.crc32c is not None]
    if not known or not crc32c.is_available():
        return
    for prefix in sorted({tensor.file.rpartition(_SHARD)[0] for tensor in known}):
        object_graph = find_object_graph(tree, prefix)
        known += [object_graph] if object_graph is not None else []
    sizes = {file.path: file.size_bytes for file in tree.files()}
    left = Allowance("bytes in tensors that overlap", 2 * sum(sizes.values()))
    texts = Allowance("texts to compare", _MAX_TEXTS)
    with ExitStack() as opened:
        file, reader = "", None
        for tensor in sorted(known, key=lambda tensor: (tensor.file, tensor.offset_bytes)):
            if problems.full:
                return
            if tensor.offset_bytes + tensor.size_bytes > sizes.get(tensor.file, -1):
                continue
            left.take(tensor.size_bytes)
            if tensor.stored_as is StoredAs.STRINGS:
                texts.take(element_count(tensor.shape))
            if reader is None or file != tensor.file:
                opened.close()
                file, reader = tensor.file, opened.enter_context(tree.open(tensor.file))
            check_wanted()
            _check(reader, tensor, problems, check_wanted)


def _check(reader: FileReader, tensor: StoredTensor, problems: Problems, check_wanted: Callable[[], None]) -> None:
    try:
        reason = (
            "" if tensor_checksum(reader, tensor, check_wanted) == tensor.crc32c else "does not have the checksum of its index"
        )
    except CodecError as error:
        reason = error.message
    if reason:
        problems.error("TFR107", f"The tensor {tensor.name!r} in {tensor.file} {reason}.", _HINT, file=tensor.file)
