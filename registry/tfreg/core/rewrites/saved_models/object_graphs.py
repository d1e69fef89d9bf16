"""The object graph of a TF2 SavedModel with other signatures. TensorFlow 2's loader goes by it and not by the SignatureDefs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.formats.saved_model_objects import SavedObjects
from tfreg.core.inspections import Signature
from tfreg.core.layouts import Span
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.framing import field, framed
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.saved_models.signature_functions import SignatureFunction, add_function
from tfreg.core.rewrites.saved_models.stored import StoredMetaGraph
from tfreg.core.tensors import TensorSpec
from tfreg.wire.object_graph_pb2 import SavedConcreteFunction, SavedObject

_NODE, _CONCRETE_FUNCTION, _KEY, _VALUE = 1, 2, 1, 2  # field numbers of SavedObjectGraph and of its map's entries
_ROOT, _SIGNATURES, _SIGNATURE_MAP = 0, "signatures", "signature_map"


@dataclass(frozen=True, slots=True)
class ObjectGraphEdit:
    """An object graph whose signatures are being changed.

    Args:
        stored: The MetaGraphDef that it is in.
        span: Where it is.
    """

    stored: StoredMetaGraph
    span: Span

    def signed(self, edit: GraphEdit, signatures: Sequence[Signature], known: Sequence[Signature]) -> list[Piece] | None:
        """Returns the object graph with these signatures, and adds to the library the functions that they need.

        Args:
            edit: The graph.
            signatures: The signatures, with tensors of the edited graph.
            known: Those that it has.

        Returns:
            None if a signature cannot be a function, or the object graph has no place for signatures.
        """
        objects = SavedObjects.scanned(self.stored.file.reader, self.span)
        place = _signature_map(objects)
        if place is None:
            return None
        offered = {child.local_name: child.node_id for child in objects.object_at(place).children}
        count, added, children = len(objects.nodes) // 2, list[SignatureFunction](), dict[str, int]()
        for signature in signatures:
            same = next((one.key for one in known if one.key in offered and _is_same(one, signature)), None)
            if same is not None:
                children[signature.key] = offered[same]
                continue
            function = add_function(edit, signature, lambda name: _trace(objects, name))
            if function is None:
                return None
            children[signature.key] = count + len(added)
            added.append(function)
        if children == offered:
            return self.stored.pieces(self.span)
        return self._written(place, _with_children(objects.object_at(place), children), added)

    def _written(self, place: int, signature_map: SavedObject, added: Iterable[SignatureFunction]) -> list[Piece]:
        """Returns the object graph with another signature map, and with further functions at its end."""
        start, end = self._field(place)
        stored, stop = self.stored, self.span.offset_bytes + self.span.length_bytes
        pieces = [
            *stored.pieces(Span(self.span.offset_bytes, start - self.span.offset_bytes)),
            *framed(_NODE, [Inline(signature_map.SerializeToString(deterministic=True))]),
            *stored.pieces(Span(end, stop - end)),
        ]
        for function in added:
            pieces.append(Inline(field(_NODE, function.saved.SerializeToString(deterministic=True))))
            entry = field(_KEY, function.name.encode()) + field(_VALUE, function.trace.SerializeToString(deterministic=True))
            pieces.append(Inline(field(_CONCRETE_FUNCTION, entry)))
        return pieces

    def _field(self, node: int) -> tuple[int, int]:
        """Returns where the field of an object starts and ends."""
        start = self.span.offset_bytes
        for found in scan(self.stored.file.reader, start, start + self.span.length_bytes):
            end = found.offset + found.length
            if found.number == _NODE and found.wire_type == LENGTH_DELIMITED:
                if node == 0:
                    return start, end
                node -= 1
            start = end
        raise ValueError(f"there is no object {node}")


def _signature_map(objects: SavedObjects) -> int | None:
    children = objects.object_at(_ROOT).children
    places = [child.node_id for child in children if child.local_name == _SIGNATURES]
    return next((place for place in places if objects.object_at(place).user_object.identifier == _SIGNATURE_MAP), None)


def _is_same(one: Signature, other: Signature) -> bool:
    """Whether two signatures have the same keys for the same tensors."""
    return _tensors(one.inputs) == _tensors(other.inputs) and _tensors(one.outputs) == _tensors(other.outputs)


def _tensors(specs: Iterable[TensorSpec]) -> dict[str, object]:
    return {spec.key: spec.ref or spec.components for spec in specs}


def _trace(objects: SavedObjects, name: str) -> SavedConcreteFunction | None:
    place = objects.trace_places({name}).get(name)
    return None if place is None else objects.trace_at(place, name)


def _with_children(signature_map: SavedObject, children: Mapping[str, int]) -> SavedObject:
    changed = SavedObject()
    changed.CopyFrom(signature_map)
    del changed.children[:]
    for name, node in children.items():
        changed.children.add(local_name=name, node_id=node)
    return changed
