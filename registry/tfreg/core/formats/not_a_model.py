"""What to tell somebody whose files are in no format that tfreg reads: what they look like, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from tfreg.core.codecs.sstable import is_sstable
from tfreg.core.errors import NotAModelError
from tfreg.core.files import FileReader, FileStat, FileTree

_MAIN_FILES = ("saved_model.pb", "saved_model.pbtxt")
_MAX_LOOKED_AT = 200
_MAX_LISTED = 5
_MAX_CANDIDATES = 100


def _begins(magic: bytes, offset: int = 0) -> Callable[[FileReader], bool]:
    return lambda reader: reader.read_at(offset, len(magic)) == magic


@dataclass(frozen=True, slots=True)
class _Look:
    """What a file can look like, how that is seen, and what its owner can do now."""

    name: str
    fits: Callable[[FileReader], bool]
    hint: str


_EXPORT = "Load it with Keras, call model.export('DIR'), and push the folder DIR."
_LOOKS = (
    _Look("an HDF5 file, as Keras writes .h5 and .weights.h5", _begins(b"\x89HDF\r\n\x1a\n"), _EXPORT),
    _Look(
        "a TFLite model",
        _begins(b"TFL3", 4),
        "Push the SavedModel or the frozen graph that it was converted from; push --attach keeps this file beside it.",
    ),
    _Look(
        "the index of a checkpoint",
        is_sstable,
        "A checkpoint holds weights only: restore it in the program that made it, export a SavedModel, and push that folder.",
    ),
    _Look("a saved_model.pb under another name", _begins(b"\x08\x01\x12"), "Rename it to saved_model.pb and push its folder."),
    _Look(
        "a zip file, as Keras writes .keras",
        _begins(b"PK\x03\x04"),
        f"{_EXPORT} If it is not Keras', unpack it and name the model's folder.",
    ),
    _Look("a gzip file", _begins(b"\x1f\x8b"), "Unpack it and name the model's folder or file."),
    _Look(
        "an ONNX model",
        lambda reader: reader.read_at(0, 1) == b"\x08" and b"onnx" in reader.read_at(0, 64).lower(),
        "Push the TensorFlow model that it was made from, or convert it to a SavedModel first.",
    ),
    _Look(
        "JSON",
        lambda reader: reader.read_at(0, 64).lstrip()[:1] in (b"{", b"["),
        "A description is no model: push the folder that model.export('DIR') or tf.saved_model.save writes.",
    ),
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
        one = "The folder {} holds a SavedModel: name that one."
        hint = (one if len(inner) == 1 else "Each of the folders {} holds a SavedModel: name one of these folders.").format(
            _listed(inner)
        )
        return NotAModelError(
            f"{tree.name} is no model itself.", hint=hint, formats=formats, candidates=", ".join(inner[:_MAX_CANDIDATES])
        )
    if any(path.endswith("saved_model.cpb") for path in paths):
        message = f"{tree.name} is a SavedModel in split form (saved_model.cpb), which this release does not read."
        return NotAModelError(message, hint="Export it without splitting.", formats=formats)
    graphs = [path for path in paths if "/" not in path and path.endswith((".pb", ".pbtxt"))]
    if len(graphs) > 1:
        hint = f"Name one of the files {_listed(graphs)}, or the folder of a SavedModel."
        return NotAModelError(f"{tree.name} holds several .pb files and no saved_model.pb.", hint=hint, formats=formats)
    path, look = next(_looks(tree, listed), ("", None))
    alone = paths == [PurePath(tree.name).name]  # the file was named, so its name is said once
    if look:
        message = f"{tree.name} looks like {look.name}" if alone else f"{tree.name} holds '{path}', which looks like {look.name}"
        return NotAModelError(f"{message}; tfreg reads {formats}.", hint=look.hint, formats=formats)
    message = (
        f"{tree.name} ({listed[0].size_bytes} bytes) begins like no model that tfreg knows."
        if alone
        else f"{tree.name} is no model that tfreg knows; in it: {_listed(paths)}."
    )
    return NotAModelError(message, hint=looked_for, formats=formats)


def without_its_folder(file: FileTree) -> NotAModelError:
    """Returns the error for a saved_model.pb or .pbtxt that was named instead of the folder that it is part of."""
    folder = str(PurePath(file.name).parent)
    message = f"{file.name} is one file of a SavedModel; its variables and assets lie beside it."
    return NotAModelError(message, hint=f"Name its folder: {folder}", candidates=folder)


def _looks(tree: FileTree, files: list[FileStat]) -> Iterator[tuple[str, _Look]]:
    """Yields path and look of files that look like something, checkpoints first since other files lie beside them."""
    for file in sorted(files, key=lambda file: not file.path.endswith(".index"))[:_MAX_LOOKED_AT]:
        with tree.open(file.path) as reader:
            yield from ((file.path, look) for look in _LOOKS if look.fits(reader))


def _listed(paths: list[str]) -> str:
    more = f", ... ({len(paths)} in all)" if len(paths) > _MAX_LISTED else ""
    return ", ".join(paths[:_MAX_LISTED]) + more
