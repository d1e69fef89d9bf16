"""What to tell somebody whose files are in no format that tfreg reads: what they look like, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath

from tfreg.core.codecs.sstable import is_sstable
from tfreg.core.errors import NotAModelError
from tfreg.core.files import FileReader, FileStat, FileTree

_MAIN_FILES = ("saved_model.pb", "saved_model.pbtxt")
_MAX_LOOKED_AT = 200


def _begins(magic: bytes, offset: int = 0) -> Callable[[FileReader], bool]:
    return lambda reader: reader.read_at(offset, len(magic)) == magic


_LOOKS: tuple[tuple[str, Callable[[FileReader], bool]], ...] = (
    ("an HDF5 file, as Keras writes .h5 and .weights.h5", _begins(b"\x89HDF\r\n\x1a\n")),
    ("a TFLite model", _begins(b"TFL3", 4)),
    ("the index of a checkpoint", is_sstable),
    ("a saved_model.pb under another name", _begins(b"\x08\x01\x12")),
    ("a zip file, as Keras writes .keras", _begins(b"PK\x03\x04")),
    ("a gzip file", _begins(b"\x1f\x8b")),
    ("an ONNX model", lambda reader: reader.read_at(0, 1) == b"\x08" and b"onnx" in reader.read_at(0, 64).lower()),
    ("JSON", lambda reader: reader.read_at(0, 64).lstrip()[:1] in (b"{", b"[")),
)


def not_a_model(tree: FileTree, files: Iterable[FileStat], formats: str) -> NotAModelError:
    """Returns the error for a tree that no format recognises.

    Args:
        tree: The tree.
        files: Its files.
        formats: Names of the formats, for the message.
    """
    listed = list(files)
    paths = [file.path for file in listed]
    if not paths:
        return NotAModelError(
            f"{tree.name} is empty, so it is no model.", hint="Name the folder that was exported.", formats=formats
        )
    looked_for = (
        f"tfreg reads {formats}: a folder with saved_model.pb or saved_model.pbtxt, or one .pb or .pbtxt with a GraphDef."
    )
    inner = sorted({path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] in _MAIN_FILES})
    if inner:
        named = ", ".join(inner[:5])
        hint = f"A SavedModel is in {named}: name that folder."
        return NotAModelError(f"{tree.name} is no model itself.", hint=hint, formats=formats, candidates=named)
    if any(path.endswith("saved_model.cpb") for path in paths):
        message = f"{tree.name} is a SavedModel in split form (saved_model.cpb), which this release does not read."
        return NotAModelError(message, hint="Export it without splitting.", formats=formats)
    graphs = [path for path in paths if "/" not in path and path.endswith((".pb", ".pbtxt"))]
    if len(graphs) > 1:
        hint = f"Name one of the files {', '.join(graphs[:5])}, or the folder of a SavedModel."
        return NotAModelError(f"{tree.name} holds several .pb files and no saved_model.pb.", hint=hint, formats=formats)
    look = next(iter(_looks(tree, listed)), "")
    seen = f"'{look[0]}' looks like {look[1]}, which this release does not support yet." if look else _seen(listed)
    return NotAModelError(f"{tree.name} is no model that tfreg knows: {seen}", hint=looked_for, formats=formats)


def without_its_folder(file: FileTree) -> NotAModelError:
    """Returns the error for a saved_model.pb or .pbtxt that was named instead of the folder that it is part of."""
    folder = str(PurePath(file.name).parent)
    message = f"{file.name} is one file of a SavedModel; its variables and assets lie beside it."
    return NotAModelError(message, hint=f"Name its folder: {folder}", candidates=folder)


def _looks(tree: FileTree, files: list[FileStat]) -> Iterable[tuple[str, str]]:
    """Yields path and look of files that look like something, checkpoints first since other files lie beside them."""
    for file in sorted(files, key=lambda file: not file.path.endswith(".index"))[:_MAX_LOOKED_AT]:
        with tree.open(file.path) as reader:
            yield from ((file.path, look) for look, fits in _LOOKS if fits(reader))


def _seen(files: list[FileStat]) -> str:
    if len(files) == 1:
        return f"'{files[0].path}' ({files[0].size_bytes} bytes) begins like none of them."
    return f"its {len(files)} files are {', '.join(file.path for file in files[:5])}{', ...' if len(files) > 5 else ''}."
