"""The files of a SavedModel, and the main one among them.

Which of several counts is as TensorFlow's loaders have it: saved_model.pb before saved_model.pbtxt.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.fingerprint import FILE as FINGERPRINT_FILE
from tfreg.core.formats.limits import MAX_TEXT_BYTES
from tfreg.core.trees import BytesReader

BINARY_FILE, TEXT_FILE, SPLIT_FILE = "saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"
KERAS_METADATA_FILE = "keras_metadata.pb"
DEBUG_FILE = "debug/saved_model_debug_info.pb"
VARIABLES = "variables/variables"
"""What the names of the checkpoint's files begin with."""
EXTRA_FOLDER = "assets.extra/"
_KNOWN_FILES = frozenset({BINARY_FILE, TEXT_FILE, SPLIT_FILE, FINGERPRINT_FILE, KERAS_METADATA_FILE, DEBUG_FILE})
_KNOWN_FOLDERS = ("variables/", "assets/", EXTRA_FOLDER)
_META_GRAPH = 2  # field number of SavedModel
_MAX_FIELDS = 10_000


def strangers_among(paths: set[str]) -> list[str]:
    """Returns the paths that are not part of a SavedModel, sorted."""
    return sorted(path for path in paths - _KNOWN_FILES if not path.startswith(_KNOWN_FOLDERS))


def main_file(tree: FileTree) -> str | None:
    """Returns the file that holds the MetaGraphDefs; None if the tree is no SavedModel."""
    paths = {file.path for file in tree.files()}
    return next((path for path in (BINARY_FILE, TEXT_FILE, SPLIT_FILE) if path in paths), None)


def open_main(tree: FileTree) -> FileReader:
    """Opens the binary form of the main file.

    Raises:
        CodecError: It is a text that cannot be read, or in split form.
    """
    file = main_file(tree) or BINARY_FILE
    if file == SPLIT_FILE:
        raise CodecError("is in split form, which is not read")
    reader = tree.open(file)
    if file == BINARY_FILE:
        return reader
    from tfreg.wire.saved_model_pb2 import SavedModel

    with reader:
        return BytesReader(binary_of(reader, SavedModel, MAX_TEXT_BYTES))


def top_fields(reader: FileReader) -> Iterator[Field]:
    """Yields the fields of a SavedModel.

    Raises:
        CodecError: It breaks.
        LimitError: It has more of them than any real one.
    """
    for count, found in enumerate(scan(reader, 0, reader.size_bytes)):
        if count > _MAX_FIELDS:
            raise LimitError(f"has more than {_MAX_FIELDS} parts")
        yield found


def is_meta_graph(field: Field) -> bool:
    """True for a field of a SavedModel that holds a MetaGraphDef."""
    return field.number == _META_GRAPH and field.wire_type == LENGTH_DELIMITED
