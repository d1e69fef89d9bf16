"""The files of a SavedModel, put together of MetaGraphDefs and of files that stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfreg.core.codecs.varint import encode
from tfreg.core.formats.fingerprint import FILE as FINGERPRINT_FILE
from tfreg.core.formats.saved_model_files import BINARY_FILE
from tfreg.core.rewrites.graphs.edit import check_size
from tfreg.core.rewrites.graphs.framing import field as framed_bytes
from tfreg.core.rewrites.graphs.framing import framed, size_bytes
from tfreg.core.rewrites.pieces import Inline, Piece, RewrittenTree
from tfreg.core.rewrites.saved_models.fingerprints import fingerprint_of

if TYPE_CHECKING:
    from tfreg.wire.meta_graph_pb2 import AssetFileDef, SaverDef, SignatureDef

# Field numbers, as proto/tfreg/wire/saved_model.proto and meta_graph.proto have them.
_SCHEMA_VERSION, _META_GRAPH = 1, 2
_META_INFO, _GRAPH, _SAVER, _COLLECTION, _SIGNATURE, _ASSET, _OBJECT_GRAPH = 1, 2, 3, 4, 5, 6, 7
_KEY, _VALUE = 1, 2
_SCHEMA = Inline(encode(_SCHEMA_VERSION << 3) + encode(1))


@dataclass(frozen=True, slots=True)
class NewMetaGraph:
    """A MetaGraphDef to be written.

    Attributes:
        info: Its MetaInfoDef, tags included.
        graph: Its GraphDef.
        signatures: Its SignatureDefs by key.
        saver: How its variables are restored; None if it has none.
        collections: Its CollectionDefs by key.
        assets: The files that the graph reads when it is initialised.
        object_graph: Its SavedObjectGraph; nothing if it has none.
    """

    info: Sequence[Piece]
    graph: Sequence[Piece]
    signatures: Mapping[str, SignatureDef]
    saver: SaverDef | None = None
    collections: Mapping[str, Sequence[Piece]] = field(default_factory=dict)
    assets: Sequence[AssetFileDef] = ()
    object_graph: Sequence[Piece] = ()

    def pieces(self) -> list[Piece]:
        """Returns it serialised."""
        parts = [*framed(_META_INFO, self.info), *framed(_GRAPH, self.graph)]
        if self.saver is not None:
            parts.append(Inline(framed_bytes(_SAVER, self.saver.SerializeToString())))
        for key in sorted(self.collections, key=str.encode):
            parts += _entry(_COLLECTION, key, self.collections[key])
        for key in sorted(self.signatures, key=str.encode):
            parts += _entry(_SIGNATURE, key, [Inline(self.signatures[key].SerializeToString(deterministic=True))])
        parts += [Inline(framed_bytes(_ASSET, asset.SerializeToString())) for asset in self.assets]
        return parts + (framed(_OBJECT_GRAPH, self.object_graph) if self.object_graph else [])


def saved_model_tree(
    meta_graphs: Iterable[Sequence[Piece]], beside: Mapping[str, Sequence[Piece]], *, fingerprinted: bool = False
) -> RewrittenTree:
    """Returns the files of a SavedModel.

    Args:
        meta_graphs: Its MetaGraphDefs, serialised, in order.
        beside: The files beside saved_model.pb, by path.
        fingerprinted: Whether to write a fingerprint.pb, if it can be computed. TensorFlow writes one beside models of TensorFlow 2.

    Raises:
        GraphTooLargeError: saved_model.pb would be longer than TensorFlow can read.
    """
    main: list[Piece] = [_SCHEMA]
    for meta_graph in meta_graphs:
        main += framed(_META_GRAPH, meta_graph)
    check_size(size_bytes(main))
    files: dict[str, Sequence[Piece]] = {**beside, BINARY_FILE: main}
    fingerprint = fingerprint_of(RewrittenTree(files)) if fingerprinted else None
    return RewrittenTree(files | ({FINGERPRINT_FILE: [Inline(fingerprint)]} if fingerprint else {}))


def _entry(number: int, key: str, value: Iterable[Piece]) -> list[Piece]:
    return framed(number, [Inline(framed_bytes(_KEY, key.encode())), *framed(_VALUE, value)])
