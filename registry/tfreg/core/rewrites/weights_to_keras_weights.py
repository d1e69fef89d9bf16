"""Any weights -> `.weights.h5` of Keras 3 and late Keras 2.

With the role `architecture` exactly what that model's `load_weights` reads. Without it, a file that has this layout is written again
without its optimiser; others do not say of which classes the layers are, by which this layout calls its groups.
"""

from __future__ import annotations

from tfreg.core.codecs.hdf5_writing import write_hdf5
from tfreg.core.conversions.targets import target_named
from tfreg.core.rewrites.keras.architecture import FORMATS, architecture_of
from tfreg.core.rewrites.keras.copying import copied, no_architecture
from tfreg.core.rewrites.keras.fitting import fitted
from tfreg.core.rewrites.keras.numbered_file import numbered_file, readers
from tfreg.core.rewrites.keras.refusing import writable
from tfreg.core.rewrites.keras.weight_files import NUMBERED, weight_files_of
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
        if files.layout == NUMBERED and request.source.format not in FORMATS:
            with writable():
                return Rewritten(RewrittenTree({name: write_hdf5(copied(request.source, files))}))
        if request.source.format not in FORMATS:
            raise no_architecture(request)
    architecture = architecture_of(given or request.source)
    found = fitted(architecture, request.source, request.options, NUMBERED)
    with writable():
        pieces = write_hdf5(numbered_file(architecture.root, found, architecture.major))
    return Rewritten(RewrittenTree({name: pieces}), weights=found.matches, notes=readers(architecture))
