"""Files that a graph reads when it is initialised, made assets of a SavedModel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.graphs.graph import Node
from tfreg.core.resolving.nearest import shown
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.pruning import ancestors
from tfreg.core.rewrites.pieces import Inline, Piece, Slice
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.saved_models.signature_defs import tensor_info
from tfreg.core.tensors import TensorRef
from tfreg.wire.meta_graph_pb2 import AssetFileDef, CollectionDef

FOLDER = "assets"
FILEPATHS = "asset_filepaths"
"""The collection in which programs of TensorFlow 1 keep the tensors that hold paths."""
_READS_FILE = re.compile(r"InitializeTableFromTextFile(V2)?")
_PASSING = frozenset({"Identity"})
_MAX_STEPS = 8


@dataclass(frozen=True, slots=True)
class Assets:
    """The assets of a graph.

    Attributes:
        definitions: What the MetaGraphDef says of them.
        files: The files, by path in the SavedModel.
        collections: The collection that lists the tensors with their paths.
    """

    definitions: tuple[AssetFileDef, ...] = ()
    files: Mapping[str, list[Piece]] = field(default_factory=dict)
    collections: Mapping[str, list[Piece]] = field(default_factory=dict)


def find_assets(edit: GraphEdit, targets: Iterable[str], *sources: Source) -> Assets:
    """Looks for the files that initialisers read.

    Args:
        edit: The graph.
        targets: The initialisers.
        sources: Where the files may be: beside the graph, by their own name.

    Raises:
        ConversionRefusedError: A file is not there.
    """
    paths = dict(_paths(edit, targets))
    there = {file.path: Slice(one.tree, file.path, 0, file.size_bytes) for one in reversed(sources) for file in one.tree.files()}
    definitions, files = [], dict[str, list[Piece]]()
    for operation, path in paths.items():
        name = re.split(r"[/\\]", path)[-1]
        stored = next((there[one] for one in (path, f"{FOLDER}/{name}", name) if one in there), None)
        if stored is None:
            raise ConversionRefusedError(
                f"A table is filled from the file {shown(path)}, which does not lie beside the graph.",
                hint=f"Put {shown(name)} into the folder of the model, and convert the folder.",
                file=path,
                node=operation,
            )
        files[f"{FOLDER}/{name}"] = [stored]
        definitions.append(AssetFileDef(tensor_info=tensor_info(TensorRef(operation), "string", ()), filename=name))
    collection = CollectionDef(node_list=CollectionDef.NodeList(value=[f"{operation}:0" for operation in paths]))
    return Assets(tuple(definitions), files, {FILEPATHS: [Inline(collection.SerializeToString())]} if paths else {})


def _paths(edit: GraphEdit, targets: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yields the constants that hold paths of files, and the paths."""
    nodes = edit.as_graph().nodes
    for name in ancestors(nodes, targets):
        if not _READS_FILE.fullmatch(nodes.op_of(name)):
            continue
        node: Node | None = nodes[name]
        text = node.inputs[1] if node and len(node.inputs) > 1 else ""
        for _ in range(_MAX_STEPS):
            node = nodes.get(text.partition(":")[0])
            if node is None or node.op not in _PASSING or not node.inputs:
                break
            text = node.inputs[0]
        if node is not None and node.op == "Const":
            values = node.attr["value"].tensor.string_val
            if len(values) == 1:
                yield node.name, values[0].decode(errors="replace")
