"""The format `pytorch`: what torch.save and torch.jit.save write. Its objects are pickles, which are walked and never loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.pickle_scan import MAX_OPCODES, PickleScan, scan_pickle
from tfreg.core.codecs.zip_directory import STORED, is_zip, read_zip, unpack_whole
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.one_file import with_strangers
from tfreg.core.formats.pickle_safety import tell_pickle
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, stranger_file, tell_unread
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import listed
from tfreg.core.trees import BytesReader

_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""What a file of before PyTorch 1.6 begins with: a pickle of the number 0x1950a86a20f9469cfc6c."""
_LEGACY_PICKLES = 5  # that number, the protocol, facts of the system, the objects, the keys of what follows
_MAX_PICKLES = 20
_MAX_UNPACKED_BYTES = 4 << 20


class PytorchFormat(Stranger):
    """See the module."""

    name = "pytorch"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is a zip with a data.pkl, or begins like files of old releases."""
        return stranger_file(tree, _SUFFIXES, _is_pytorch) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the values of tensors are: members `data/N`, stored as they are."""
        file = stranger_file(tree, _SUFFIXES, _is_pytorch) or ""
        spans: list[Span] = []
        with tree.open(file) as reader, suppress(CodecError):
            values = (member for member in read_zip(reader).values() if "/data/" in member.name and member.method == STORED)
            spans = [Span(member.offset_bytes, member.packed_bytes) for member in values]
        return {file: spans}

    def inspect(self, tree: FileTree) -> Inspection:
        """Names what it is, and what its pickles would import."""
        file = stranger_file(tree, _SUFFIXES, _is_pytorch) or ""
        problems = Problems()
        facts = {"pytorch.file": file}
        names: dict[str, None] = {}
        with tree.open(file) as reader:
            try:
                for found in islice(_pickles(reader, facts), _MAX_PICKLES):
                    names |= dict.fromkeys(found.globals)
                    if found.fault is not None:
                        problems.fault("TFR103", file, found.fault)
            except CodecError as error:
                problems.fault("TFR101", file, error)
        facts |= {"pytorch.globals": listed(names)} if names else {}
        tell_pickle(problems, file, list(names))
        tell_unread(problems, file, "a model of PyTorch")
        return with_strangers(Inspection(self.name, facts=facts, problems=tuple(problems)), tree, file)


def _is_pytorch(reader: FileReader) -> bool:
    if reader.read_at(0, len(_LEGACY)) == _LEGACY:
        return True
    if not is_zip(reader):
        return False
    with suppress(CodecError):
        return any(name.rpartition("/")[2] == "data.pkl" for name in read_zip(reader))
    return b"data.pkl" in reader.read_at(30, 200)  # damaged, but its first member is the one that torch.save writes first


def _pickles(reader: FileReader, facts: dict[str, str]) -> Iterator[PickleScan]:
    """Yields the walks over all pickles of a file."""
    left = MAX_OPCODES
    if not is_zip(reader):
        facts["pytorch.kind"] = "saved by a release before 1.6"
        start = 0
        for _ in range(_LEGACY_PICKLES):
            found = scan_pickle(reader, start, reader.size_bytes, max_opcodes=left)
            left = max(1, left - found.opcode_count)
            yield found
            if found.fault is not None or found.end >= reader.size_bytes:
                return
            start = found.end
        return
    members = read_zip(reader)
    script = any(name.endswith("/constants.pkl") for name in members)
    facts["pytorch.kind"] = "TorchScript" if script else "state or model saved by torch.save"
    facts["pytorch.tensor_members"] = str(sum("/data/" in name for name in members))
    for name, member in members.items():
        if not name.endswith(".pkl"):
            continue
        if member.method == STORED:
            found = scan_pickle(reader, member.offset_bytes, member.offset_bytes + member.packed_bytes, max_opcodes=left)
        else:
            content = BytesReader(unpack_whole(reader, member, _MAX_UNPACKED_BYTES))
            found = scan_pickle(content, 0, content.size_bytes, max_opcodes=left)
        left = max(1, left - found.opcode_count)
        yield found
