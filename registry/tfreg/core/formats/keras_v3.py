"""The format `keras_v3`: the `.keras` archive of Keras 3 and late Keras 2: config.json, metadata.json, model.weights.h5, assets.

A folder with these files, which Keras writes when told not to zip, is the same format. Weights that are stored in the archive as they are
stay where they are: their datasets are boundaries. Weights that are deflated are unpacked to a temporary file, to be listed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.json_text import Json, as_mapping, as_text, parse_json
from tfreg.core.codecs.window import WindowReader
from tfreg.core.codecs.zip_directory import STORED, Member, is_zip, read_zip, unpack, unpack_whole
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.keras_json import no_graph
from tfreg.core.formats.keras_reading import (
    Found,
    WeightFile,
    add_model,
    add_weights,
    directory_of,
    tell_directory,
    weight_file,
)
from tfreg.core.formats.one_file import one_file, with_strangers
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.trees import LocalReader

_SUFFIXES = (".keras", ".zip")
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_MAX_CONFIG_BYTES = 16 << 20
_MAX_UNPACKED_BYTES = 8 << 30
_MAX_SMALL_BYTES = 32 << 20
_MAX_RATIO = 20
_MAX_LISTED_CHARACTERS = 1_000


class KerasV3Format:
    """See the module."""

    name = "keras_v3"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is an archive with a config and weights, or the folder has them."""
        return _is_folder(tree) or one_file(tree, _SUFFIXES, _fits) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the contiguous datasets are, unless the weights are packed."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        found = Found()
        archive = None if _is_folder(tree) else one_file(tree, _SUFFIXES, _fits)
        if archive is None:
            _read_folder(tree, found)
        else:
            with tree.open(archive) as reader:
                _read_archive(tree, archive, reader, found)
        inspection = Inspection(
            self.name, tensors=tuple(found.tensors), facts=found.facts, problems=tuple(found.problems), keras=found.keras
        )
        return inspection if archive is None else with_strangers(inspection, tree, archive)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002  # a format's method
        """Raises NoGraphError: the layers' code makes the graph."""
        raise no_graph(tree)


def _is_folder(tree: FileTree) -> bool:
    return {_CONFIG, _METADATA, _WEIGHTS} <= {file.path for file in tree.files()}


def _fits(reader: FileReader) -> bool:
    """Whether an archive holds a model; one whose directory cannot be read, if it begins with a member of such a name."""
    if not is_zip(reader):
        return False
    with suppress(CodecError):
        members = read_zip(reader)
        return _CONFIG in members and bool({_METADATA, _WEIGHTS} & members.keys())
    return reader.read_at(30, len(_METADATA)).startswith((_CONFIG.encode(), _METADATA.encode()))


def _read_folder(tree: FileTree, found: Found) -> None:
    texts: dict[str, bytes] = {}
    for name in (_CONFIG, _METADATA):
        with tree.open(name) as reader:
            texts[name] = reader.read_at(0, _MAX_CONFIG_BYTES + 1)
    try:
        weights = weight_file(tree, _WEIGHTS)
        tell_directory(found, weights.directory, _WEIGHTS)
    except CodecError as error:
        found.problems.fault("TFR101", _WEIGHTS, error)
        weights = None
    _tell_assets(found, [file.path for file in tree.files()])
    _read(found, texts, weights, _CONFIG)


def _read_archive(tree: FileTree, archive: str, reader: FileReader, found: Found) -> None:
    try:
        members = read_zip(reader)
    except CodecError as error:
        found.problems.fault("TFR101", archive, error)
        return
    texts: dict[str, bytes] = {}
    for name in (_CONFIG, _METADATA):
        if name not in members:
            found.problems.error("TFR102", f"{archive} has no {name}.", "Save the model again.", file=archive)
            continue
        try:
            texts[name] = unpack_whole(reader, members[name], _MAX_CONFIG_BYTES)
        except CodecError as error:
            found.problems.fault("TFR103", archive, error)
    weights = None
    if _WEIGHTS in members:
        try:
            with _weights(reader, members[_WEIGHTS]) as hdf5:
                member = members[_WEIGHTS]
                place = Span(member.offset_bytes, member.packed_bytes)
                directory = directory_of(tree, archive, hdf5, place)
            weights = WeightFile(archive, place, member.method != STORED, directory)
            tell_directory(found, directory, archive)
        except CodecError as error:
            found.problems.fault("TFR103", archive, error)
    else:
        hint = "Weights in another form are kept but not read; save the model again to have them read."
        found.problems.warn("TFR102", f"{archive} has no {_WEIGHTS}.", hint, file=archive)
    _tell_assets(found, list(members))
    _read(found, texts, weights, archive)


@contextmanager
def _weights(reader: FileReader, member: Member) -> Iterator[FileReader]:
    """Yields the HDF5 file of an archive.

    Raises:
        CodecError: It is packed in a way that is not read.
        LimitError: It unpacks to more than weights do, which hardly shrink.
    """
    if member.method == STORED:
        yield WindowReader(reader, member.offset_bytes, member.packed_bytes)
        return
    limit_bytes = min(_MAX_UNPACKED_BYTES, max(_MAX_SMALL_BYTES, _MAX_RATIO * member.packed_bytes))
    if member.size_bytes > limit_bytes:
        raise LimitError(f"has a member {member.name!r} that unpacks to more than {limit_bytes} bytes")
    import tempfile

    with tempfile.TemporaryFile(prefix="tfreg-unpacked-") as unpacked:
        for part in unpack(reader, member, limit_bytes):
            unpacked.write(part)
        unpacked.flush()
        with LocalReader(os.dup(unpacked.fileno()), member.name) as local:
            yield local


def _read(found: Found, texts: Mapping[str, bytes], weights: WeightFile | None, file: str) -> None:
    """Puts together what the parts say."""
    metadata = as_mapping(_parsed(found, texts, _METADATA, file))
    for fact, key in (("keras.version", "keras_version"), ("keras.saved_at", "date_saved")):
        if text := as_text(metadata.get(key)):
            found.facts[fact] = text[:100]
    config = _parsed(found, texts, _CONFIG, file)
    training = as_mapping(as_mapping(config).get("compile_config"))
    model = add_model(found, config, training, file) if config is not None else None
    add_weights(found, [weights] if weights is not None else [], model)


def _parsed(found: Found, texts: Mapping[str, bytes], name: str, file: str) -> Json:
    """Returns a text as JSON; None, and a problem, if it cannot be read."""
    if name not in texts:
        return None
    try:
        return parse_json(texts[name])
    except CodecError as error:
        error.message = f"has a {name} that {error.message}"
        found.problems.fault("TFR103", file, error)
        return None


def _tell_assets(found: Found, paths: list[str]) -> None:
    """Notes the files that layers keep beside their weights, such as vocabularies."""
    assets = [path for path in paths if path.startswith("assets/")]
    if assets:
        found.facts["keras.assets"] = ", ".join(assets)[:_MAX_LISTED_CHARACTERS]
