"""What a session needs besides graph and signatures: the saver, and the collections that a MetaGraphDef lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.fingerprints.restoring import Restored, restored_variables
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.pruning import ancestors
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.pieces import Piece
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.saved_models.assets import FILEPATHS
from tfreg.core.rewrites.saved_models.initialisers import MAIN_OP
from tfreg.core.rewrites.saved_models.pruning import prune
from tfreg.core.rewrites.saved_models.saver import NewSaver, add_saver
from tfreg.core.rewrites.saved_models.variable_defs import variable_collections
from tfreg.core.rewrites.saved_models.variables import KeptVariable, match_variables, variables_among
from tfreg.core.values.lookup import TensorNames
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.meta_graph_pb2 import SaverDef

_LOADED = frozenset({MAIN_OP, "legacy_init_op", "saved_model_assets", FILEPATHS})
"""Collections that loaders go by; others are for programs that train on."""


@dataclass(slots=True)
class SessionParts:
    """The parts.

    Attributes:
        saver: How variables are restored.
        collections: The collections by key.
        notes: What was left out.
    """

    saver: SaverDef | None
    collections: dict[str, Sequence[Piece]]
    notes: tuple[Diagnostic, ...] = ()


def for_inference(
    edit: GraphEdit,
    own: MetaGraph,
    parts: SessionParts,
    offered: Interface,
    source: Source,
) -> SessionParts:
    """Cuts a graph of TensorFlow 1 to what its signatures and initialisers need, and gives it a saver of the variables that are left.

    Args:
        edit: The graph.
        own: Its MetaGraphDef.
        parts: Its saver and collections.
        offered: What it shall offer.
        source: The SavedModel, which stores the variables.
    """
    restored = _restored(edit, parts.saver)
    stored = _tensors(source)
    fed = [asset.ref.operation for asset in own.assets]
    others = (*own.targets.init_operations, *offered.targets, *fed)
    nodes = edit.as_graph().nodes
    needed = variables_among(nodes, ancestors(nodes, (*offered.operations, *others)))
    names = [name for name in needed if name in restored or stored.look_up(name) is not None]
    variables = match_variables(nodes, names, restored, stored).found
    before = set(edit.names())
    prune(edit, offered, others)
    saver = add_saver(edit, variables) if variables else None
    kept = {key: pieces for key, pieces in parts.collections.items() if key in _LOADED}
    left_out = sorted(parts.collections.keys() - kept.keys() - {"variables", "trainable_variables"})
    message = f"{len(before.difference(edit.names()))} nodes that only training needs are left out"
    if left_out:
        message += f", and the collections {listed(left_out)}"
    collections = kept | (variable_collections(variables, saver) if saver else {})
    notes = (*parts.notes, Diagnostic("TFR501", Severity.INFO, f"{message}."))
    return SessionParts(saver.definition if saver else None, collections, notes)


def without_objects(edit: GraphEdit, parts: SessionParts, source: Source) -> SessionParts:
    """Lists the variables of a graph of TensorFlow 2 as a program of TensorFlow 1 does: tf.saved_model.load finds them so."""
    if parts.saver is None:
        return parts
    restored = _restored(edit, parts.saver)
    nodes = edit.as_graph().nodes
    names = [name for name in variables_among(nodes, edit.names()) if name in restored]
    variables = match_variables(nodes, names, restored, _tensors(source)).found
    readers = {variable.name: _reader(edit, variable) for variable in variables}
    saver = NewSaver(parts.saver, dict.fromkeys(readers, parts.saver.restore_op_name), readers)
    return replace(parts, collections=parts.collections | variable_collections(variables, saver))


def _restored(edit: GraphEdit, saver: SaverDef | None) -> Mapping[str, Restored]:
    return restored_variables(edit.as_graph(), saver.restore_op_name.partition(":")[0]) if saver else {}


def _tensors(source: Source) -> TensorNames:
    return TensorNames(tensor for tensor in source.inspection.tensors if not tensor.constant)


def _reader(edit: GraphEdit, variable: KeptVariable) -> str:
    """Returns the operation that reads a variable; it is added where it is missing."""
    name = f"{variable.name}/Read/ReadVariableOp"
    if name in edit and edit.op_of(name) != "ReadVariableOp":  # a placeholder took its place
        name = edit.free_name(name)
    if name not in edit:
        node = NodeDef(name=name, op="ReadVariableOp", input=[variable.name])
        node.attr["dtype"].CopyFrom(edit.node(variable.name).attr["dtype"])
        edit.put(node)
    return name
