"""A whole `.keras`: config.json, metadata.json, model.weights.h5 and the files of layers, stored in a zip as they are."""

from __future__ import annotations

from tfreg.core.codecs.hdf5_writing import write_hdf5
from tfreg.core.codecs.zip_writing import write_zip
from tfreg.core.rewrites.keras.architecture import Architecture
from tfreg.core.rewrites.keras.assets import assets_of
from tfreg.core.rewrites.keras.configs import archive_texts
from tfreg.core.rewrites.keras.fitting import Fitted
from tfreg.core.rewrites.keras.numbered_file import numbered_file
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.rewriting import Source

_WEIGHTS = "model.weights.h5"


def archive_of(architecture: Architecture, fitted: Fitted, weights: Source) -> list[Piece]:
    """Returns the archive.

    Raises:
        ConversionRefusedError: As `assets_of`.
    """
    members: dict[str, list[Piece]] = {name: [Inline(text.encode())] for name, text in archive_texts(architecture).items()}
    members[_WEIGHTS] = write_hdf5(numbered_file(architecture.root, fitted, architecture.major))
    members |= assets_of(architecture, weights)
    return write_zip(members)
