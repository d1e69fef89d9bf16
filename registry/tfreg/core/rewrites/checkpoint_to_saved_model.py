"""A checkpoint of TensorFlow 1 as a SavedModel: the inference part of its graph, with a saver of just the variables that it needs.

The checkpoint's own files become variables/: nothing of them is read or copied, and what the graph does not need does no harm there.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfreg.core.codecs.errors import CodecError
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.fingerprints.restoring import Restored, restored_variables
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.frozen_graph_to_saved_model import SERVE
from tfreg.core.rewrites.graphs.edit import GraphEdit, open_edit
from tfreg.core.rewrites.graphs.pruning import ancestors
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface, graph_source
from tfreg.core.rewrites.pieces import Piece
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.saved_models.assets import find_assets
from tfreg.core.rewrites.saved_models.initialisers import main_op, main_op_collection
from tfreg.core.rewrites.saved_models.pruning import prune
from tfreg.core.rewrites.saved_models.restoring_files import variables_files
from tfreg.core.rewrites.saved_models.saver import add_saver
from tfreg.core.rewrites.saved_models.signature_defs import renamed_as_asked, signature_defs
from tfreg.core.rewrites.saved_models.stored import StoredMetaGraph, stored_meta_graph, stored_meta_graphs, tags_only
from tfreg.core.rewrites.saved_models.variable_defs import LOCAL, initialisers_of, variable_collections
from tfreg.core.rewrites.saved_models.variables import MatchedVariables, match_variables, refuse_mismatch, variables_among
from tfreg.core.rewrites.saved_models.writing import NewMetaGraph, saved_model_tree
from tfreg.core.values.lookup import TensorNames

_STALE_ATTRS = ("_output_shapes",)
"""What old releases wrote and new ones refuse."""


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    interface, given = choose_interface(request), graph_source(request)
    with stored_meta_graphs(given) as found, open_edit(given, interface.meta_graph) as edit:
        stored = stored_meta_graph(found, given, interface.meta_graph)
        work = _Work(request, edit, stored, given.inspection.meta_graphs[interface.meta_graph])
        return work.rewritten(interface)


class _Work:
    """One conversion, while the files are open."""

    def __init__(self, request: RewriteRequest, edit: GraphEdit, stored: StoredMetaGraph | None, meta_graph: MetaGraph) -> None:
        self._request = request
        self._edit = edit
        self._stored = stored
        self._tensors = TensorNames(tensor for tensor in request.source.inspection.tensors if not tensor.constant)
        self._meta_graph = meta_graph

    def rewritten(self, interface: Interface) -> Rewritten:
        request, edit, options = self._request, self._edit, self._request.options
        restored = self._restored()
        interface = apply_options(edit, interface, request)
        matched, targets = self._matched(interface, restored)
        refuse_mismatch(matched.matches)
        prune(edit, interface, (*targets, *(variable.name for variable in matched.found)))
        edit.drop_attrs(*_STALE_ATTRS)
        assets = find_assets(edit, targets, request.source, graph_source(request))
        collections = dict(assets.collections)
        if targets:
            collections |= main_op_collection(main_op(edit, targets))
        saver = add_saver(edit, matched.found) if matched.found else None
        if saver is not None:
            collections |= variable_collections(matched.found, saver)
        signatures = renamed_as_asked(interface.signatures, options.new_signature, options.method_name)
        known = self._stored.parts.signatures if self._stored else {}
        meta_graph = NewMetaGraph(
            self._info(),
            edit.pieces(),
            signature_defs(signatures, known),
            saver.definition if saver else None,
            collections,
            assets.definitions,
        )
        tree = saved_model_tree(
            [meta_graph.pieces()], {**assets.files, **(variables_files(request.source, matched.found) if saver else {})}
        )
        notes = (*interface.notes, *left_over_notes(matched, request.source))
        return Rewritten(tree, (), interface.renamed, interface.pruned, matched.matches, notes)

    def _restored(self) -> Mapping[str, Restored]:
        """Returns what the graph's own saver restores, before the graph is cut."""
        saver = self._meta_graph.saver
        return restored_variables(self._edit.as_graph(), saver.restore_operation) if saver else {}

    def _matched(self, interface: Interface, restored: Mapping[str, Restored]) -> tuple[MatchedVariables, tuple[str, ...]]:
        """Returns the variables with their entries, and the operations to be run once, local variables' initialisers among them."""
        nodes, local = self._edit.as_graph().nodes, self._local()
        wanted, targets = interface.operations, interface.targets
        needed = variables_among(nodes, ancestors(nodes, (*wanted, *targets)))
        unsaved = [
            name
            for name in needed
            if name in local and name not in restored and self._tensors.look_up(name) is None and local[name] in self._edit
        ]
        if unsaved:
            targets = (*(local[name] for name in unsaved), *targets)
            needed = variables_among(nodes, ancestors(nodes, (*wanted, *targets)))
        names = [name for name in needed if name not in unsaved]
        paths = {tensor.name: tensor.path for tensor in graph_source(self._request).inspection.tensors if tensor.path}
        return match_variables(nodes, names, restored, self._tensors, self._request.options, paths=paths), targets

    def _local(self) -> dict[str, str]:
        """Returns the initialisers of variables that no checkpoint holds."""
        if self._stored is None or LOCAL not in self._stored.collections:
            return {}
        place = self._stored.collections[LOCAL]
        try:
            return dict(initialisers_of(self._stored.file.reader.read_at(place.offset_bytes, place.length_bytes)))
        except (CodecError, ValueError):
            raise GraphUnreadableError("The collection of local variables cannot be read.") from None

    def _info(self) -> list[Piece]:
        tags = self._request.options.new_tags or (SERVE,)
        return self._stored.info_with(tags) if self._stored else tags_only(tags)


def left_over_notes(matched: MatchedVariables, source: Source) -> list[Diagnostic]:
    """Says what of a checkpoint the graph does not need."""
    left_over = matched.matches.left_over
    if not left_over:
        return []
    is_v1 = source.inspection.facts.get("checkpoint.format") == "V1"
    kept = "they are left out" if is_v1 else "they stay in variables/ and do no harm"
    message = f"The graph does not need {len(left_over)} of the stored values; {kept}: {listed(left_over[:8])}."
    return [Diagnostic("TFR502", Severity.INFO, message, "" if is_v1 else "Convert to frozen_graph to be without them.")]
