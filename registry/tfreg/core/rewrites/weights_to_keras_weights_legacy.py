"""Any weights -> legacy `.h5` weights, a group for each of a model's layers.

With the role `architecture` exactly what that model's `load_weights` reads. Without it, a file that has this layout is written again
without its optimiser, and a whole `.keras` says itself which layers it has; others do not say in which order layers come.
"""

from __future__ import annotations

from tfreg.core.codecs.hdf5_writing import write_hdf5
from tfreg.core.conversions.targets import target_named
from tfreg.core.rewrites.keras.architecture import FORMATS, architecture_of
from tfreg.core.rewrites.keras.copying import copied, no_architecture
from tfreg.core.rewrites.keras.filling import filled
from tfreg.core.rewrites.keras.fitting import fitted
from tfreg.core.rewrites.keras.legacy_file import legacy_group
from tfreg.core.rewrites.keras.refusing import writable
from tfreg.core.rewrites.keras.weight_files import LEGACY, weight_files_of
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`.

    Raises:
        ConversionRefusedError: An architecture is needed, or a layer of it is not known.
        WeightsMismatchError: The weights do not fit the architecture.
    """
    name, given = target_named(request.target).file_name, request.others.get("architecture")
    if given is None:
        files = weight_files_of(request.source)
        if files.layout == LEGACY:
            with writable():
                return Rewritten(RewrittenTree({name: write_hdf5(copied(request.source, files))}))
        if request.source.format not in FORMATS:
            raise no_architecture(request)
    architecture = architecture_of(given or request.source)
    found = fitted(architecture, request.source, request.options, LEGACY)
    found, notes = filled(found)
    with writable():
        pieces = write_hdf5(legacy_group(architecture, found))
    return Rewritten(RewrittenTree({name: pieces}), weights=found.matches, notes=notes)
