"""Takes out of an object graph what only training needs: optimisers with their slots, losses, metrics, functions that train.

Objects are known by their numbers, so those that stay are numbered anew. The checkpoint's own object graph is not touched: values that
no object asks for any more stay in variables/ and do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.formats.saved_model_objects import SavedObjects
from tfreg.core.layouts import Span
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.framing import field
from tfreg.core.rewrites.graphs.pruning import forget_functions
from tfreg.core.rewrites.pieces import Inline, Piece, RewrittenTree
from tfreg.wire.object_graph_pb2 import SavedObject, TrackableObjectGraph

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

_Reference = TrackableObjectGraph.TrackableObject.ObjectReference

_NODE, _CONCRETE_FUNCTION, _KEY, _VALUE = 1, 2, 1, 2  # field numbers of SavedObjectGraph and of its map's entries
_ROOT = 0
_TRAINING = frozenset(
    {"optimizer", "loss", "losses", "regularization_losses", "metrics", "compiled_loss", "compiled_metrics"}
    | {"train_function", "test_function", "train_step", "test_step", "train_tf_function", "_optimizer"}
)
"""Attributes by which Keras, and programs like it, hold what only training needs."""


def without_training_objects(objects: list[Piece], edit: GraphEdit, notes: list[Diagnostic]) -> list[Piece]:
    """Returns an object graph without them, and takes functions that only they call out of the library.

    Raises:
        CodecError: An object cannot be read, or there are too many.
    """
    tree = RewrittenTree({"objects": objects})
    with tree.open("objects") as reader:
        found = SavedObjects.scanned(reader, Span(0, reader.size_bytes))
        count = len(found.nodes) // 2
        pruning = _Pruning(found, found.trace_places(set(edit.functions())))
        kept = pruning.kept()
        if len(kept) == count:
            return objects
        result: list[Piece] = [
            Inline(field(_NODE, pruning.numbered(kept, old).SerializeToString(deterministic=True))) for old in kept
        ]
        result += [Inline(entry) for entry in pruning.traces(kept)]
    removed = forget_functions(edit, pruning.functions(kept))
    message = f"{count - len(kept)} objects and {removed} functions that only training needs are left out."
    notes.append(Diagnostic("TFR501", Severity.INFO, message))
    return result


@dataclass(frozen=True, slots=True)
class _Pruning:
    objects: SavedObjects
    places: dict[str, tuple[int, int]]

    def kept(self) -> dict[int, int]:
        """Returns the new numbers of the objects that stay, by their old ones, in the old order."""
        waiting, seen = [_ROOT], {_ROOT}
        while waiting:
            for number in self._needed(waiting.pop()):
                if number not in seen and 0 <= number < len(self.objects.nodes) // 2:
                    seen.add(number)
                    waiting.append(number)
        return {old: new for new, old in enumerate(sorted(seen))}

    def numbered(self, kept: dict[int, int], old: int) -> SavedObject:
        """Returns an object whose references are the new numbers."""
        saved = self.objects.object_at(old)
        for references in (saved.children, saved.dependencies):
            _renumber(references, kept)
        slots = [slot for slot in saved.slot_variables if slot.slot_variable_node_id in kept]
        slots = [slot for slot in slots if slot.original_variable_node_id in kept]
        for slot in slots:
            slot.original_variable_node_id = kept[slot.original_variable_node_id]
            slot.slot_variable_node_id = kept[slot.slot_variable_node_id]
        del saved.slot_variables[:]
        saved.slot_variables.extend(slots)
        for saveable in saved.saveable_objects.values():
            saveable.save_function = kept.get(saveable.save_function, _ROOT)
            saveable.restore_function = kept.get(saveable.restore_function, _ROOT)
        return saved

    def functions(self, kept: dict[int, int]) -> set[str]:
        """Returns the names of the functions of objects that stay."""
        return {name for old in kept for name in _traces_of(self.objects.object_at(old))}

    def traces(self, kept: dict[int, int]) -> Iterator[bytes]:
        """Yields the entries of the functions that stay."""
        wanted = self.functions(kept)
        for name, place in self.places.items():
            if name not in wanted:
                continue
            trace = self.objects.trace_at(place, name)
            bound = [kept[number] for number in trace.bound_inputs if number in kept]
            del trace.bound_inputs[:]
            trace.bound_inputs.extend(bound)
            yield field(
                _CONCRETE_FUNCTION, field(_KEY, name.encode()) + field(_VALUE, trace.SerializeToString(deterministic=True))
            )

    def _needed(self, number: int) -> Iterator[int]:
        saved = self.objects.object_at(number)
        for references in (saved.children, saved.dependencies):
            yield from (one.node_id for one in references if one.local_name not in _TRAINING)
        for saveable in saved.saveable_objects.values():
            yield from (saveable.save_function, saveable.restore_function)
        for name in _traces_of(saved):
            if name in self.places:
                yield from self.objects.trace_at(self.places[name], name).bound_inputs


def _traces_of(saved: SavedObject) -> set[str]:
    kind = saved.WhichOneof("kind")
    if kind == "function":
        return set(saved.function.concrete_functions)
    if kind == "bare_concrete_function":
        return {saved.bare_concrete_function.concrete_function_name}
    return {saved.captured_tensor.concrete_function} if kind == "captured_tensor" else set()


def _renumber(references: RepeatedCompositeFieldContainer[_Reference], kept: dict[int, int]) -> None:
    stay = [one for one in references if one.node_id in kept and one.local_name not in _TRAINING]
    for one in stay:
        one.node_id = kept[one.node_id]
    del references[:]
    references.extend(stay)
