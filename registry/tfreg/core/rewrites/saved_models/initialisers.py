"""What a loader runs once after the variables are restored: tables, and variables that no checkpoint holds."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.meta_graph_pb2 import CollectionDef

MAIN_OP = "saved_model_main_op"
"""The collection in which both of TensorFlow's loaders, and Java's, look for the initialiser."""


def main_op(edit: GraphEdit, targets: Sequence[str]) -> str:
    """Returns one operation that runs all targets; it is added if there are several."""
    if len(targets) == 1:
        return targets[0]
    name = free_name(edit, "saved_model_main_op")
    edit.put(NodeDef(name=name, op="NoOp", input=[f"^{target}" for target in targets]))
    return name


def main_op_collection(operation: str) -> dict[str, list[Piece]]:
    """Returns the collection that names the initialiser."""
    return {MAIN_OP: [Inline(CollectionDef(node_list=CollectionDef.NodeList(value=[operation])).SerializeToString())]}


def free_name(edit: GraphEdit, wanted: str) -> str:
    """Returns a name that no node has, nor the scope of any: the wanted one, or that with a number."""
    name, number = wanted, 0
    taken = {one.partition("/")[0] for one in edit.names()}
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
