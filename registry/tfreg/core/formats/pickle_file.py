"""The format `pickle`: Python objects, such as scikit-learn's models, by pickle or joblib. Never loaded, only walked."""

from __future__ import annotations

from tfreg.core.codecs.pickle_scan import PickleScan, begins_like_pickle, scan_pickle
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.one_file import with_strangers
from tfreg.core.formats.pickle_safety import tell_pickle
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, stranger_file, tell_unread
from tfreg.core.inspections import Inspection
from tfreg.core.resolving.nearest import listed
from tfreg.core.trees import BytesReader

_SUFFIXES = (".pkl", ".pickle", ".joblib", ".dill")
_MAX_UNPACKED_BYTES = 4 << 20
_HEAD_BYTES = 4 << 10
_COMPRESSED = (b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


class PickleFormat(Stranger):
    """See the module."""

    name = "pickle"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is a pickle, or a compressed one as joblib writes it."""
        return (
            stranger_file(tree, _SUFFIXES, _is_pickle) is not None or stranger_file(tree, _SUFFIXES, _is_old_pickle) is not None
        )

    def inspect(self, tree: FileTree) -> Inspection:
        """Names what it would import."""
        file = stranger_file(tree, _SUFFIXES, lambda _: True) or ""
        problems = Problems()
        with tree.open(file) as reader:
            unpacked = _unpacked(reader, _MAX_UNPACKED_BYTES)
            found = scan_pickle(unpacked or reader, 0, (unpacked or reader).size_bytes)
            facts = {"pickle.file": file, "pickle.opcodes": str(found.opcode_count)}
            facts |= {"pickle.compressed": "true"} if unpacked else {}
            facts |= {"pickle.globals": listed(found.globals)} if found.globals else {}
        tell_pickle(problems, file, found.globals)
        _tell_incomplete(problems, file, found, unpacked is not None and unpacked.size_bytes >= _MAX_UNPACKED_BYTES)
        tell_unread(problems, file, "a pickle")
        return with_strangers(Inspection(self.name, facts=facts, problems=tuple(problems)), tree, file)


def _tell_incomplete(problems: Problems, file: str, found: PickleScan, cut: bool) -> None:
    """Says how far the walk went. joblib writes arrays between opcodes, where no walk goes on."""
    if found.fault is not None:
        reason = f"after {_MAX_UNPACKED_BYTES} unpacked bytes" if cut else f"at byte {found.end}"
        message = f"Of {file} only the opcodes before arrays or other foreign bytes were read: reading ended {reason}."
        problems.warn("TFR104", message, "What it imports behind them is not known.", file=file)


def _is_pickle(reader: FileReader) -> bool:
    unpacked = _unpacked(reader, _HEAD_BYTES)
    return begins_like_pickle(unpacked or reader)


def _is_old_pickle(reader: FileReader) -> bool:
    """True for protocols 0 and 1, which begin with no mark: if all bytes up to STOP are opcodes, and import something."""
    found = scan_pickle(reader, 0, reader.size_bytes)
    return found.fault is None and bool(found.globals) and found.end == reader.size_bytes


def _unpacked(reader: FileReader, limit_bytes: int) -> BytesReader | None:
    """Returns the first bytes of what a compressed file holds; None if it is not compressed."""
    if not reader.read_at(0, 6).startswith(_COMPRESSED):
        return None
    from tfreg.core.codecs.compressed import first_bytes

    content = first_bytes(reader, limit_bytes)
    return BytesReader(content) if content else None
