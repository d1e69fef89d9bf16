"""A whole `.keras`: config.json, metadata.json, model.weights.h5 and the files of layers, stored in a zip as they are."""

from __future__ import annotations

from tfreg.core.codecs.hdf5_writing import write_hdf5
from tfreg.core.codecs.zip_writing import write_zip
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.rewrites.keras.architecture import Architecture
from tfreg.core.rewrites.keras.assets import assets_of
from tfreg.core.rewrites.keras.configs import archive_texts
from tfreg.core.rewrites.keras.fitting import Fitted
from tfreg.core.rewrites.keras.numbered_file import numbered_file
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.rewriting import Source

_WEIGHTS = "model.weights.h5"
_SINCE = (2, 13)
"""The Keras since which groups are called `layers`; 2.12 calls and counts them otherwise, and no later Keras reads that."""


def archive_of(architecture: Architecture, fitted: Fitted, weights: Source) -> tuple[list[Piece], tuple[Diagnostic, ...]]:
    """Returns the archive's pieces and what is to be said of it.

    Raises:
        ConversionRefusedError: As `assets_of`.
    """
    members: dict[str, list[Piece]] = {name: [Inline(text.encode())] for name, text in archive_texts(architecture).items()}
    members[_WEIGHTS] = write_hdf5(numbered_file(architecture.root, fitted, architecture.major))
    members |= assets_of(architecture, weights)
    return write_zip(members), tuple(_notes(architecture))


def _notes(architecture: Architecture) -> list[Diagnostic]:
    version = tuple(int(part) for part in architecture.written_version.split(".")[:2] if part.isdigit())
    if version >= _SINCE:
        return []
    message = f"The model is of Keras {architecture.written_version}, which cannot read this .keras; tf-keras and Keras 2.13 to 2.15 do."
    return [Diagnostic("TFR501", Severity.WARNING, message, "Convert it to keras_h5 for the Keras that it is of.")]
