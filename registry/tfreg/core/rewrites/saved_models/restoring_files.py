"""The files of variables/, of a checkpoint's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.checkpoint_files import Checkpoint, newest_in
from tfreg.core.formats.saved_model_files import VARIABLES
from tfreg.core.rewrites.bundles import BundleEntry, write_bundle
from tfreg.core.rewrites.pieces import Piece, Slice
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.saved_models.variables import KeptVariable
from tfreg.core.rewrites.weights.reading import weights_of

_DATA = re.compile(r".*(\.data-\d{5}-of-\d{5})", re.DOTALL)


def variables_files(source: Source, variables: Sequence[KeptVariable]) -> dict[str, list[Piece]]:
    """Returns the files by path: those of a checkpoint of version 2 under new names, those of version 1 written anew.

    Raises:
        ConversionRefusedError: Files of the checkpoint are missing.
    """
    checkpoint = newest_in(source.tree)
    if checkpoint is None or not checkpoint.has_values:
        raise ConversionRefusedError(
            f"{source.tree.name} lacks the files with the values.",
            hint="Copy all files of the checkpoint from where it was written.",
        )
    return _written(source, variables) if checkpoint.is_v1 else _renamed(source, checkpoint)


def _renamed(source: Source, checkpoint: Checkpoint) -> dict[str, list[Piece]]:
    sizes = {file.path: file.size_bytes for file in source.tree.files()}
    names = {checkpoint.index: f"{VARIABLES}.index"}
    for path in checkpoint.data:
        if found := _DATA.fullmatch(path):
            names[path] = VARIABLES + found[1]
    return {name: [Slice(source.tree, path, 0, sizes[path])] for path, name in names.items()}


def _written(source: Source, variables: Sequence[KeptVariable]) -> dict[str, list[Piece]]:
    wanted = {variable.key for variable in variables}
    entries = [
        BundleEntry(weight.name, weight.dtype, weight.shape, weight.pieces, weight.crc32c, weight.slices)
        for weight in weights_of(source, with_states=True)
        if weight.name in wanted
    ]
    return write_bundle(VARIABLES, entries)
