"""What to tell somebody whose files are in no format that tfreg knows: what they look like, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from tfreg.core.codecs.sstable import is_sstable
from tfreg.core.errors import NotAModelError
from tfreg.core.files import FileReader, FileStat, FileTree
from tfreg.core.trees import SubTree

_MAIN_FILES = ("saved_model.pb", "saved_model.pbtxt")
_MAX_LOOKED_AT = 200
_MAX_LISTED = 5
_MAX_CANDIDATES = 100
_MAX_TRIED = 50


def _begins(magic: bytes, offset: int = 0) -> Callable[[FileReader], bool]:
    return lambda reader: reader.read_at(offset, len(magic)) == magic


@dataclass(frozen=True, slots=True)
class _Look:
    """What a file can look like, how that is seen, and what its owner can do now."""

    name: str
    fits: Callable[[FileReader], bool]
    hint: str


_EXPORT = "If it is a Keras model, load it with Keras, call model.export('DIR'), and push the folder DIR."
_LOOKS = (
    _Look("an HDF5 file without the attributes of a Keras model or of its weights", _begins(b"\x89HDF\r\n\x1a\n"), _EXPORT),
    _Look(
        "the index of a checkpoint",
        is_sstable,
        "Name the folder that holds all files of the checkpoint; if their names were changed, give them back their own.",
    ),
    _Look("a saved_model.pb under another name", _begins(b"\x08\x01\x12"), "Rename it to saved_model.pb and push its folder."),
    _Look(
        "a zip file that is neither Keras' .keras nor PyTorch's",
        _begins(b"PK\x03\x04"),
        "Unpack it and name the model's folder.",
    ),
    _Look("a gzip file", _begins(b"\x1f\x8b"), "Unpack it and name the model's folder or file."),
    _Look(
        "an ONNX model that is cut off",
        lambda reader: reader.read_at(0, 1) == b"\x08" and b"onnx" in reader.read_at(0, 64).lower(),
        "Copy it again, or convert the model that it was made from.",
    ),
    _Look(
        "JSON that is no architecture of Keras and no model.json of TensorFlow.js",
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
    error = _empty_or_split(tree, paths) or _around_saved_models(tree, paths) or _around_models(tree, paths)
    error = error or _by_its_look(tree, listed) or _unknown(tree, listed, formats)
    error.metadata["formats"] = formats
    return error


def _empty_or_split(tree: FileTree, paths: list[str]) -> NotAModelError | None:
    if not paths:
        return NotAModelError(f"{tree.name} is empty, so it is no model.", hint="Name the folder that was exported.")
    if any(path.endswith("saved_model.cpb") for path in paths):
        message = f"{tree.name} is a SavedModel in split form (saved_model.cpb), which this release does not read."
        return NotAModelError(message, hint="Export it without splitting.")
    return None


def _around_saved_models(tree: FileTree, paths: list[str]) -> NotAModelError | None:
    inner = sorted({path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] in _MAIN_FILES})
    if not inner:
        return None
    one = "The folder {} holds a SavedModel: name that one."
    hint = one if len(inner) == 1 else "Each of the folders {} holds a SavedModel: name one of these folders."
    candidates = ", ".join(inner[:_MAX_CANDIDATES])
    return NotAModelError(f"{tree.name} is no model itself.", hint=hint.format(_listed(inner)), candidates=candidates)


def _around_models(tree: FileTree, paths: list[str]) -> NotAModelError | None:
    """Says which files of a folder are models by themselves."""
    models = dict(_models(tree, paths)) if len(paths) > 1 else {}
    if not models:
        return None
    found = _listed([f"{path} ({format_})" for path, format_ in models.items()])
    hint = "Name that file." if len(models) == 1 else "Name one of these files, or the folder of a SavedModel."
    return NotAModelError(f"{tree.name} is no model itself; in it: {found}.", hint=hint, candidates=", ".join(models))


def _by_its_look(tree: FileTree, files: list[FileStat]) -> NotAModelError | None:
    path, look = next(_looks(tree, files), ("", None))
    if look is None:
        return None
    named = f"{tree.name} looks like" if _is_alone(tree, files) else f"{tree.name} holds '{path}', which looks like"
    return NotAModelError(f"{named} {look.name}.", hint=look.hint)


def _unknown(tree: FileTree, files: list[FileStat], formats: str) -> NotAModelError:
    if _is_alone(tree, files) and not files[0].size_bytes:
        return NotAModelError(f"{tree.name} is empty.", hint="Copy or export it again.")
    if _is_alone(tree, files):
        message = f"{tree.name} ({files[0].size_bytes} bytes) begins like no model that tfreg knows."
    else:
        message = f"{tree.name} is no model that tfreg knows; in it: {_listed([file.path for file in files])}."
    usual = (
        "Name the folder of a SavedModel or of a checkpoint, or another model's file: a frozen graph, Keras (.keras, .h5, .json),"
        " TensorFlow Lite, TensorFlow.js, ONNX, PyTorch, safetensors, npz, pickle."
    )
    return NotAModelError(message, hint=usual, formats=formats)


def _is_alone(tree: FileTree, files: list[FileStat]) -> bool:
    """Whether the tree is a file that was named, so that its name is said once."""
    return [file.path for file in files] == [PurePath(tree.name).name]


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


def _models(tree: FileTree, paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yields files of the root that are models by themselves, with their formats."""
    from tfreg.core.formats.registry import FORMATS

    for path in [path for path in paths if "/" not in path][:_MAX_TRIED]:
        alone = SubTree(tree, [path])
        format_ = next((candidate.name for candidate in FORMATS if candidate.recognise(alone)), "")
        if format_:
            yield path, format_


def _listed(paths: list[str]) -> str:
    return ", ".join(paths[:_MAX_LISTED]) + _more(len(paths))


def _more(count: int) -> str:
    return f", ... ({count} in all)" if count > _MAX_LISTED else ""
