"""Architecture and weights are put together: a whole `.keras` or `.h5`, which the Keras that wrote the config loads.

From the architecture (keras_json) with the role `weights`, from any weights with the role `architecture`, or from a whole model, which has
both. What decides about the form is the Keras that wrote the config. The optimiser's state is left behind.
"""

from __future__ import annotations

from tfreg.core.codecs.hdf5_messages import AttributeValue
from tfreg.core.codecs.hdf5_writing import HdfGroup, write_hdf5
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.keras.architecture import Architecture, architecture_of
from tfreg.core.rewrites.keras.archive import archive_of
from tfreg.core.rewrites.keras.assets import check_no_files
from tfreg.core.rewrites.keras.configs import hdf5_text
from tfreg.core.rewrites.keras.filling import filled
from tfreg.core.rewrites.keras.fitting import Fitted, fitted
from tfreg.core.rewrites.keras.legacy_file import legacy_group
from tfreg.core.rewrites.keras.numbered_file import readers
from tfreg.core.rewrites.keras.refusing import writable
from tfreg.core.rewrites.keras.weight_files import LEGACY, NUMBERED
from tfreg.core.rewrites.pieces import Piece, RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source

_WHOLE = frozenset({"keras_v3", "keras_h5"})
"""Formats that hold both halves of a model."""


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`.

    Raises:
        ConversionRefusedError: A layer's variables are not known, or its vocabulary is nowhere to be found.
        WeightsMismatchError: The weights do not fit the architecture.
    """
    architecture, weights = _roles(request)
    is_archive = request.target == "keras_v3"
    if is_archive and architecture.major == 1:
        raise ConversionRefusedError(
            f"{architecture.node.name or 'The model'} is of Keras 1, which no Keras reads from a .keras.",
            hint="Convert it to saved_model, or load it by Keras 2.0 to 2.3 and save it again.",
            target=request.target,
        )
    if not is_archive:
        check_no_files(architecture.root, request.target)
    found = fitted(architecture, weights, request.options, NUMBERED if is_archive else LEGACY)
    found, notes = filled(found)
    with writable():
        if is_archive:
            pieces = archive_of(architecture, found, weights)
            notes = (*notes, *readers(architecture))
        else:
            pieces = _hdf5(architecture, found)
    tree = RewrittenTree({target_named(request.target).file_name: pieces})
    return Rewritten(tree, weights=found.matches, notes=notes)


def _roles(request: RewriteRequest) -> tuple[Architecture, Source]:
    if (weights := request.others.get("weights")) is not None:
        return architecture_of(request.source), weights
    if (given := request.others.get("architecture")) is not None:
        return architecture_of(given), request.source
    if request.source.format in _WHOLE:
        return architecture_of(request.source), request.source
    raise ConversionRefusedError(
        f"{request.source.tree.name} is only one half of a model.",
        hint="Give the other one: --weights for an architecture, --architecture for weights.",
        target=request.target,
    )


def _hdf5(architecture: Architecture, found: Fitted) -> list[Piece]:
    head = {"model_config": hdf5_text(architecture), "backend": architecture.backend}
    if architecture.major > 1 or architecture.version:
        head["keras_version"] = architecture.written_version
    if architecture.training:
        head["training_config"] = architecture.training
    told: dict[str, AttributeValue] = {key: text.encode() for key, text in head.items()}  # Keras before 2.4 takes bytes only
    return write_hdf5(HdfGroup(told, {"model_weights": legacy_group(architecture, found)}))
