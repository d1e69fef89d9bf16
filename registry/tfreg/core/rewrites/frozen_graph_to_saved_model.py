"""A frozen graph as a SavedModel: SignatureDefs around the GraphDef. Loads in TensorFlow 1, 2 and Java."""

from __future__ import annotations

from tfreg.core.rewrites.graphs.edit import open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.pieces import Piece
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.saved_models.assets import Assets, find_assets
from tfreg.core.rewrites.saved_models.initialisers import main_op, main_op_collection
from tfreg.core.rewrites.saved_models.pruning import cuts, prune
from tfreg.core.rewrites.saved_models.signature_defs import renamed_as_asked, signature_defs
from tfreg.core.rewrites.saved_models.stored import tags_only
from tfreg.core.rewrites.saved_models.writing import NewMetaGraph, saved_model_tree

SERVE = "serve"
"""The tag that TensorFlow's loaders and servers ask for where nobody says otherwise."""


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    source, options = request.source, request.options
    interface = choose_interface(request)
    with open_edit(source, interface.meta_graph) as edit:
        interface = apply_options(edit, interface, request)
        if cuts(options):
            prune(edit, interface, interface.targets)
        signatures = renamed_as_asked(interface.signatures, options.new_signature, options.method_name)
        collections: dict[str, list[Piece]] = {}
        assets = Assets()
        if interface.targets:
            assets = find_assets(edit, interface.targets, source)
            collections = {**main_op_collection(main_op(edit, interface.targets)), **assets.collections}
        meta_graph = NewMetaGraph(
            tags_only(options.new_tags or (SERVE,)),
            edit.pieces(),
            signature_defs(signatures, {}),
            collections=collections,
            assets=assets.definitions,
        )
        tree = saved_model_tree([meta_graph.pieces()], assets.files)
    return Rewritten(tree, renamed=interface.renamed, pruned=interface.pruned, notes=interface.notes)
