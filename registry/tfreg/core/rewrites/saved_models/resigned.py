"""A MetaGraphDef of a SavedModel written anew: other signatures, tags and devices around the same graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfreg.core.codecs.errors import CodecError
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.formats.meta_graph import INIT_SIGNATURE, TRAIN_SIGNATURE
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.rewrites.graphs.edit import GraphEdit, open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.pieces import Piece
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.rewrites.saved_models.initialisers import main_op, main_op_collection
from tfreg.core.rewrites.saved_models.object_graphs import ObjectGraphEdit
from tfreg.core.rewrites.saved_models.session_parts import SessionParts, for_inference, without_objects
from tfreg.core.rewrites.saved_models.signature_defs import renamed_as_asked, signature_defs
from tfreg.core.rewrites.saved_models.stored import StoredMetaGraph
from tfreg.core.rewrites.saved_models.training_objects import without_training_objects
from tfreg.core.rewrites.saved_models.writing import NewMetaGraph
from tfreg.core.tensors import TensorSpec
from tfreg.wire.meta_graph_pb2 import SignatureDef


@dataclass(frozen=True, slots=True)
class Resigned:
    """A MetaGraphDef that was written anew.

    Attributes:
        pieces: It serialised.
        interface: What it offers; None if it is as it was.
        notes: What it lost.
        is_graph_changed: Whether nodes that were there are other ones now.
        has_other_objects: Whether the objects of its object graph are numbered anew.
    """

    pieces: Sequence[Piece]
    interface: Interface | None = None
    notes: tuple[Diagnostic, ...] = ()
    is_graph_changed: bool = False
    has_other_objects: bool = False


def resigned(request: RewriteRequest, stored: StoredMetaGraph, place: int, chosen: Interface | None) -> Resigned:
    """Writes a MetaGraphDef.

    Args:
        request: What is asked for.
        stored: The MetaGraphDef.
        place: Its place in the inspection.
        chosen: The interface that the caller chose for it; None: its own, and only options for the whole model apply.
    """
    source, options = request.source, request.options
    own = source.inspection.meta_graphs[place]
    if chosen is None:
        is_own = tuple(own.tags) == tuple(stored.parts.tags) and not any(signature.declared for signature in own.signatures)
        if is_own and not options.clear_devices and not options.inference_only:
            return Resigned(stored.all())
        kept = ConversionOptions(clear_devices=options.clear_devices, inference_only=options.inference_only)
        request = replace(request, options=kept)
    interface = chosen or Interface(place, callable_signatures(own), own.targets.init_operations)
    try:
        with open_edit(source, place) as edit:
            return _Work(request, stored, own, edit).resigned(interface)
    except CodecError as error:
        raise GraphUnreadableError(f"{source.tree.name} cannot be read: it {error}.") from None


@dataclass(slots=True)
class _Work:
    """One MetaGraphDef while its file is open."""

    request: RewriteRequest
    stored: StoredMetaGraph
    own: MetaGraph
    edit: GraphEdit
    notes: list[Diagnostic] = field(default_factory=list)

    def resigned(self, interface: Interface) -> Resigned:
        options, edit, parts = self.request.options, self.edit, self.stored.parts
        interface = self._with_all_inputs(apply_options(edit, interface, self.request))
        signatures = renamed_as_asked(interface.signatures, options.new_signature, options.method_name)
        definitions = self._definitions(signatures)
        session = SessionParts(parts.saver if parts.saver.ByteSize() else None, self._collections())
        self._add_targets(interface.targets, definitions, session)
        objects = self._objects(signatures)
        if parts.object_graphs and not objects:
            session = without_objects(edit, session, self.request.source)
        elif not objects and options.inference_only and session.saver is not None:
            session = for_inference(edit, self.own, session, interface, self.request.source)
        self.notes += session.notes
        is_changed = edit.is_touched or options.clear_devices or options.inference_only
        meta_graph = NewMetaGraph(
            self.stored.info_with(options.new_tags or self.own.tags),
            edit.pieces(),
            definitions,
            session.saver,
            session.collections,
            parts.assets,
            objects or (),
        )
        has_other = bool(parts.object_graphs) and (not objects or options.inference_only)
        return Resigned(meta_graph.pieces(), interface, (*interface.notes, *self.notes), is_changed, has_other)

    def _with_all_inputs(self, interface: Interface) -> Interface:
        """Gives back inputs that no output needs: callers feed them, and functions take them."""
        before = {signature.key: signature for signature in callable_signatures(self.own)}
        signatures = tuple(self._with_inputs(one, before.get(one.key), interface.renamed) for one in interface.signatures)
        kept = {spec.key for signature in signatures for spec in signature.inputs}
        pruned = {key: why for key, why in interface.pruned.items() if key not in kept}
        notes = tuple(note for note in interface.notes if note.code != "TFR503" or pruned)
        return replace(interface, signatures=signatures, pruned=pruned, notes=notes)

    def _with_inputs(self, signature: Signature, before: Signature | None, renamed: Mapping[str, str]) -> Signature:
        known = {spec.key for spec in signature.inputs}
        missing = [
            spec
            for spec in self._asked(before.inputs if before else ())
            if spec.key not in known and (spec.ref is None or (spec.ref.operation in self.edit and str(spec.ref) not in renamed))
        ]
        if not missing:
            return signature
        return replace(signature, inputs=tuple(sorted((*signature.inputs, *missing), key=lambda spec: spec.key.encode())))

    def _asked(self, inputs: tuple[TensorSpec, ...]) -> tuple[TensorSpec, ...]:
        """Returns the inputs that the caller names, under the keys given; all if none are named."""
        if not self.request.options.inputs:
            return inputs
        keys = {one.tensor: one.key for one in self.request.options.inputs}
        named = [(spec, name) for spec in inputs for name in _names(spec) if name in keys]
        return tuple(replace(spec, key=keys[name] or spec.key) for spec, name in named)

    def _definitions(self, signatures: Sequence[Signature]) -> dict[str, SignatureDef]:
        known = self.stored.parts.signatures
        own = {signature.key: signature for signature in self.own.signatures if not signature.declared}
        definitions = signature_defs([one for one in signatures if own.get(one.key) != one], known)
        definitions |= {one.key: known[one.key] for one in signatures if own.get(one.key) == one}
        internal = {INIT_SIGNATURE} if self.request.options.inference_only else {INIT_SIGNATURE, TRAIN_SIGNATURE}
        return definitions | {key: known[key] for key in internal if key in known}

    def _collections(self) -> dict[str, Sequence[Piece]]:
        return {key: self.stored.pieces(span) for key, span in self.stored.collections.items()}

    def _add_targets(self, targets: Sequence[str], definitions: dict[str, SignatureDef], session: SessionParts) -> None:
        """Makes the loader run what a declared signature needs to be run first."""
        own = self.own.targets.init_operations
        if all(target in own for target in targets):
            return
        operation = main_op(self.edit, tuple(dict.fromkeys((*own, *targets))))
        session.collections |= main_op_collection(operation)
        if INIT_SIGNATURE in definitions:
            definitions[INIT_SIGNATURE].outputs[INIT_SIGNATURE].name = operation

    def _objects(self, signatures: Sequence[Signature]) -> list[Piece] | None:
        """Returns the object graph with these signatures; None if there is none, or it has to go."""
        spans = self.stored.parts.object_graphs
        if len(spans) != 1:
            return None
        known = [signature for signature in self.own.signatures if not signature.declared]
        objects = ObjectGraphEdit(self.stored, spans[0]).signed(self.edit, signatures, known)
        if objects is None:
            self.notes.append(
                Diagnostic(
                    "TFR501",
                    Severity.WARNING,
                    "The object graph is left out: these outputs are no call of one of the model's functions. tf.saved_model.load"
                    " gives the signatures, but not the model's own functions and attributes.",
                    "Ask for outputs of one function, or convert to frozen_graph.",
                )
            )
        elif self.request.options.inference_only:
            return without_training_objects(objects, self.edit, self.notes)
        return objects


def _names(spec: TensorSpec) -> tuple[str, ...]:
    """Returns what a caller may call an input: by its key, else by its tensor."""
    return (spec.key,) if spec.ref is None else (spec.key, str(spec.ref), spec.ref.operation)
