"""keras_v3, keras_h5 -> keras_json: the architecture as `model.to_json()` writes it, read by the `model_from_json` of the same Keras."""

from __future__ import annotations

from tfreg.core.conversions.targets import target_named
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.rewrites.keras.architecture import architecture_of
from tfreg.core.rewrites.keras.assets import kept_in_files
from tfreg.core.rewrites.keras.configs import json_text
from tfreg.core.rewrites.pieces import Inline, RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`.

    Raises:
        ConversionRefusedError: The file holds no config that can be read.
    """
    architecture = architecture_of(request.source)
    notes = [
        Diagnostic(
            "TFR501", Severity.WARNING, f"The vocabulary of the layer '{part.name}' is left behind: it is not in the config."
        )
        for part in kept_in_files(architecture.root)
    ]
    tree = RewrittenTree({target_named(request.target).file_name: [Inline(json_text(architecture).encode())]})
    return Rewritten(tree, notes=tuple(notes))
