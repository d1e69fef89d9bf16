"""Files that layers keep beside their weights in a `.keras`: vocabularies, below `assets/` and the layer's group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.zip_directory import STORED, is_zip, read_zip, unpack_whole
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.keras.architecture import Architecture, architecture_of
from tfreg.core.rewrites.keras.layers import KEPT_AS_FILES
from tfreg.core.rewrites.keras.structure import Part
from tfreg.core.rewrites.pieces import Inline, Piece, Slice
from tfreg.core.rewrites.rewriting import Source

_FOLDER = "assets/"
_MAX_UNPACKED_BYTES = 64 << 20
_VOCABULARY = "vocabulary"


def assets_of(architecture: Architecture, weights: Source) -> dict[str, list[Piece]]:
    """Returns the files by path; those of layers that the weights' `.keras` has under the same name.

    Raises:
        ConversionRefusedError: A layer's vocabulary is neither in its config nor among the files.
    """
    there = dict(_files(weights))
    groups = _groups(architecture_of(weights).root) if there else {}
    found: dict[str, list[Piece]] = {}
    wanted = _groups(architecture.root)
    for name, (part, group) in wanted.items():
        if part.is_model:
            continue
        start = f"{_FOLDER}{groups[name][1]}/" if name in groups else None
        own = {path: pieces for path, pieces in there.items() if start is not None and path.startswith(start)}
        found |= {f"{_FOLDER}{group}/{path.removeprefix(start or '')}": pieces for path, pieces in own.items()}
        if part.class_name in KEPT_AS_FILES and not own and not part.has_vocabulary:
            raise _no_vocabulary(part)
    return found


def kept_in_files(root: Part) -> list[Part]:
    """Returns the layers whose vocabulary is not in the config, so that only a `.keras` has a place for it."""
    parts = [chain[-1] for chain in root.walk()]
    return [part for part in parts if part.class_name in KEPT_AS_FILES and not part.has_vocabulary]


def check_no_files(root: Part, target: str) -> None:
    """Checks that nothing would be lost in a file that has no place for vocabularies.

    Raises:
        ConversionRefusedError: A layer's vocabulary would.
    """
    for part in kept_in_files(root):
        raise ConversionRefusedError(
            f"The layer '{part.name}' keeps its vocabulary in a file of its own, for which {target} has no place.",
            hint="Convert to keras_v3.",
            layer=part.name,
            layer_class=part.class_name,
        )


def _groups(root: Part) -> Mapping[str, tuple[Part, str]]:
    return {
        "/".join(part.name for part in chain[1:]): (chain[-1], "/".join(part.group for part in chain[1:]))
        for chain in root.walk()
    }


def _files(source: Source) -> Iterator[tuple[str, list[Piece]]]:
    if source.format != "keras_v3":
        return
    files = source.tree.files()
    for file in files:
        if file.path.startswith(_FOLDER):
            yield file.path, [Slice(source.tree, file.path, 0, file.size_bytes)]
    for file in files:
        if "/" not in file.path and file.path.endswith((".keras", ".zip")):
            yield from _members(source, file.path)


def _members(source: Source, archive: str) -> Iterator[tuple[str, list[Piece]]]:
    with source.tree.open(archive) as reader:
        try:
            for name, member in (read_zip(reader) if is_zip(reader) else {}).items():
                if name.startswith(_FOLDER) and member.method == STORED:
                    yield name, [Slice(source.tree, archive, member.offset_bytes, member.packed_bytes)]
                elif name.startswith(_FOLDER):
                    yield name, [Inline(unpack_whole(reader, member, _MAX_UNPACKED_BYTES))]
        except CodecError as error:
            raise ConversionRefusedError(f"{archive} {error.message}.", hint="Save the model again.") from None


def _no_vocabulary(part: Part) -> ConversionRefusedError:
    return ConversionRefusedError(
        f"The vocabulary of the layer '{part.name}' is neither in the config nor beside the weights.",
        hint="Give the weights as the whole .keras that the model was saved in; it holds the vocabulary.",
        layer=part.name,
        layer_class=part.class_name,
    )
