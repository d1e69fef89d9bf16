"""Weights of any format as a checkpoint of TensorFlow 2, which restores objects by their attributes.

With an architecture (a whole Keras file has its own), the objects of that Keras model: `tf.train.Checkpoint(model)`,
`tf.train.Checkpoint(model=model)` of Keras 2 and 3, and `load_weights` of Keras 2. Else objects whose attributes are called as the weights
are: of `model/dense/kernel` the attribute `kernel` of `dense` of `model`; a TF2 checkpoint keeps its own objects and keys.
"""

from __future__ import annotations

from tfreg.core.conversions.targets import target_named
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.files import FileTree
from tfreg.core.formats.checkpoint_files import newest_in
from tfreg.core.formats.variables import find_object_graph
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.bundles import BundleEntry, write_bundle
from tfreg.core.rewrites.checkpoints.object_graphs import ROOT, ObjectGraph, graph_entry
from tfreg.core.rewrites.keras.architecture import FORMATS, architecture_of
from tfreg.core.rewrites.keras.fitting import fitted
from tfreg.core.rewrites.keras.objects import keras_objects
from tfreg.core.rewrites.keras.weight_files import NUMBERED
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.weights import weights_of
from tfreg.core.rewrites.weights.states import VALUE
from tfreg.core.values.failures import of_tensor
from tfreg.core.values.strings import checkpoint_texts

_OWN = "tf2_checkpoint"


def rewrite(request: RewriteRequest) -> Rewritten:
    """Makes the index and the data file.

    Raises:
        WeightsMismatchError: The architecture's variables and the weights do not match.
        ConversionRefusedError: There are no weights, or an architecture has layers that are not known.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    source, prefix = request.source, target_named(request.target).file_name
    given = request.others.get("architecture")
    notes: tuple[Diagnostic, ...] = ()
    if given is not None:
        return _of_model(request, given, prefix)
    if source.format == _OWN:
        entries, notes = _copied(source)
        return Rewritten(RewrittenTree(write_bundle(prefix, entries)), notes=notes)
    if source.format in FORMATS:
        try:
            return _of_model(request, source, prefix)
        except ConversionRefusedError as error:  # a layer that is not known; nobody asked for this model's objects
            message = f"The objects are called as the weights are, not as Keras calls them. {error.message}"
            notes = (Diagnostic("TFR501", Severity.WARNING, message),)
    return Rewritten(RewrittenTree(write_bundle(prefix, _by_name(source).entries())), notes=notes)


def _of_model(request: RewriteRequest, given: Source, prefix: str) -> Rewritten:
    architecture = architecture_of(given)
    found = fitted(architecture, request.source, request.options, NUMBERED)
    objects = keras_objects(architecture.root, architecture.node, found.values, found.carried)
    return Rewritten(RewrittenTree(write_bundle(prefix, objects.entries())), weights=found.matches)


def _by_name(source: Source) -> ObjectGraph:
    graph = ObjectGraph()
    weights = weights_of(source)
    if not weights:
        raise ConversionRefusedError(
            f"{source.tree.name} has no weights to put into a checkpoint.",
            hint="It holds no variables, and no constants that are weights by what they are.",
        )
    for weight in weights:
        attributes = weight.name.split("/")
        graph.keep(graph.at(ROOT, attributes), attributes, weight)
    return graph


def _copied(source: Source) -> tuple[list[BundleEntry], tuple[Diagnostic, ...]]:
    """Returns the entries of a TF2 checkpoint with their keys, and what is told of those that have no plain value."""
    keys = {tensor.name for tensor in source.inspection.tensors}
    entries = []
    for weight in weights_of(source, with_states=True):
        key = weight.path + VALUE if weight.path + VALUE in keys else weight.path
        entries.append(BundleEntry(key, weight.dtype, weight.shape, weight.pieces, weight.crc32c))
    lost = sorted(keys - {entry.key for entry in entries})
    notes = [Diagnostic("TFR501", Severity.WARNING, f"Left out is what has no plain value: {listed(lost)}.")] if lost else []
    return [*entries, graph_entry(_object_graph(source.tree))], tuple(notes)


def _object_graph(tree: FileTree) -> bytes:
    checkpoint = newest_in(tree)
    stored = find_object_graph(tree, checkpoint.prefix) if checkpoint is not None else None
    if stored is None:
        raise ConversionRefusedError(f"{tree.name} has no object graph.", hint="It was damaged; copy the checkpoint again.")
    with of_tensor(stored.name, stored.file), tree.open(stored.file) as reader:
        text = next(checkpoint_texts(reader, Span(stored.offset_bytes, stored.size_bytes), 1))
        return reader.read_at(text.offset_bytes, text.length_bytes)
