"""Freezing: a graph whose variables become constants, from a TF1 checkpoint, a SavedModel, or weights and a graph of their own.

No weight is read: a constant's value is a slice of the file that holds the variable. What callers feed and fetch keeps its name.
"""

from __future__ import annotations

from tfreg.core.conversions.results import WeightMatches
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import WeightsMismatchError
from tfreg.core.fingerprints.restoring import restored_entries
from tfreg.core.graphs.graph import Graph
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.freeze.freezer import Freezer
from tfreg.core.rewrites.freeze.stored import Stored
from tfreg.core.rewrites.freeze.variables import CheckpointWeights, Weights
from tfreg.core.rewrites.graphs.edit import open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface, graph_source
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.values.lookup import TensorNames

_WITH_KEYS = frozenset({"tf1_checkpoint", "saved_model"})
"""Formats whose variables are found by the keys that the graph's restore operation names."""
_USUAL_RESTORE = "save/restore_all"
"""What tf.train.Saver calls its restore operation, in graphs that do not say."""


def rewrite(request: RewriteRequest) -> Rewritten:
    """Freezes a model; see `rewriting.Rewrite`.

    Raises:
        WeightsMismatchError: The weights lack a variable that the outputs need, or have it in another shape or dtype.
        OpUnsupportedError: A node does something with a variable that a constant cannot stand for.
        GraphTooLargeError: The GraphDef would be too long for TensorFlow.
    """
    interface = choose_interface(request)
    with open_edit(graph_source(request), interface.meta_graph) as edit:
        interface = apply_options(edit, interface, request)
        weights = _weights(request, interface, edit.as_graph())
        freezer = Freezer(edit, interface, weights, request)
        frozen = freezer.run()
        matches = _checked(request, weights.matches())
        pieces = edit.pieces()
    return Rewritten(
        RewrittenTree({target_named(request.target).file_name: pieces}),
        tuple(DeclaredSignature((), signature, frozen.targets) for signature in frozen.signatures),
        interface.renamed,
        interface.pruned,
        matches,
        interface.notes,
    )


def _weights(request: RewriteRequest, interface: Interface, graph: Graph) -> Weights:
    source, options, graph_from = request.source, request.options, graph_source(request)
    restore = graph_from.inspection.meta_graphs[interface.meta_graph].targets.restore_operation or _USUAL_RESTORE
    restored, keys = restored_entries(graph, restore), {one.variable.removesuffix(":0"): one.key for one in options.variable_keys}
    if source.format not in _WITH_KEYS:
        from tfreg.core.rewrites.freeze.matched import MatchedWeights, told_names
        from tfreg.core.rewrites.weights import weights_of

        names = told_names(graph_from.inspection.tensors)
        return MatchedWeights(weights_of(source), names, restored.variables, keys, options.match)
    stored = Stored(source.tree, TensorNames(tensor for tensor in source.inspection.tensors if not tensor.constant))
    return CheckpointWeights(stored, restored.variables, restored.tables, keys, options.ema)


def _checked(request: RewriteRequest, found: WeightMatches) -> WeightMatches | None:
    """Returns how weights found their places, where that is news.

    Raises:
        WeightsMismatchError: Some did not.
    """
    if found.missing or found.misshaped:
        raise _mismatch(request, found)
    return found if "graph" in request.others or request.options.variable_keys or request.options.ema else None


def _mismatch(request: RewriteRequest, found: WeightMatches) -> WeightsMismatchError:
    lacks = f"{request.source.tree.name} lacks {len(found.missing)} variables of the graph: {listed(found.missing[:10])}"
    unlike = f"{len(found.misshaped)} variables are not what the graph expects: {'; '.join(found.misshaped[:10])}"
    why = ". ".join(text for text, there in ((lacks, found.missing), (unlike, found.misshaped)) if there)
    return WeightsMismatchError(
        f"{why}.",
        hint="Load them from other keys with --map VAR=KEY, or ask for outputs that do not need them."
        + (f" Left over are: {listed(found.left_over[:10])}." if found.left_over else ""),
        missing=listed(found.missing),
        misshaped=listed(found.misshaped),
        left_over=listed(found.left_over),
    )
