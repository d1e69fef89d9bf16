"""A whole `.h5` as the `.keras` of the same model, by tfreg's own rewrite: for types of weights that Keras writes to `.h5` and cannot read."""

from __future__ import annotations

from pathlib import Path

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.saving import save
from tfreg.core.formats.registry import format_named
from tfreg.core.rewrites.keras_assembly import rewrite
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.trees import LocalTree


def as_archive(path: Path, scratch: Path) -> Path:
    """Writes the model of a whole `.h5` of Keras 3 as a `.keras`.

    Raises:
        TfregError: It cannot be taken apart, or has layers whose variables are not known.
    """
    tree, kind = LocalTree(path), format_named("keras_h5")
    source = source_of(tree, kind, kind.inspect(tree))
    made = rewrite(RewriteRequest(source, "keras_v3", ConversionOptions(), {}))
    archive = scratch / "rewritten.keras"
    save(made.tree, archive, is_folder=False)
    return archive
