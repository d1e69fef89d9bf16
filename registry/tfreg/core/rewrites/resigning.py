"""A SavedModel with other signatures, tag sets or devices, or without what only training needs. Its weights stay where they are."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.formats.fingerprint import FILE as FINGERPRINT_FILE
from tfreg.core.formats.saved_model_files import BINARY_FILE, DEBUG_FILE, KERAS_METADATA_FILE, TEXT_FILE
from tfreg.core.resolving.nearest import listed
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.pieces import Piece, Slice
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.saved_models.resigned import resigned
from tfreg.core.rewrites.saved_models.stored import stored_meta_graphs
from tfreg.core.rewrites.saved_models.writing import saved_model_tree

_CHOOSING = frozenset(
    {"signature", "inputs", "outputs", "shapes", "renamed", "placeholders", "function", "spec"}
    | {"method_name", "new_tags", "new_signature"}
)
"""Options that are about one MetaGraphDef."""
_TRAINING_TAGS = frozenset({"train", "eval"})
_WRITTEN_ANEW = frozenset({BINARY_FILE, TEXT_FILE, FINGERPRINT_FILE})


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    source = request.source
    interfaces = _interfaces(request)
    notes: list[Diagnostic] = []
    with stored_meta_graphs(source) as found:
        results = [
            resigned(request, found[source.meta_graph_places[place]], place, interface) for place, interface in interfaces.items()
        ]
        paths = {file.path: file.size_bytes for file in source.tree.files() if file.path not in _WRITTEN_ANEW}
        if any(result.is_graph_changed for result in results) and DEBUG_FILE in paths:
            del paths[DEBUG_FILE]
            notes.append(_note(f"{DEBUG_FILE} is left out: it tells of the graph as it was."))
        if any(result.has_other_objects for result in results) and KERAS_METADATA_FILE in paths:
            del paths[KERAS_METADATA_FILE]
            notes.append(_note(f"{KERAS_METADATA_FILE} is left out: tf.keras cannot make its own model of the rest any more."))
        dropped = [place for place in range(len(source.inspection.meta_graphs)) if place not in interfaces]
        notes += [_dropped(source.inspection.meta_graphs[place].tags) for place in dropped]
        beside: dict[str, Sequence[Piece]] = {path: [Slice(source.tree, path, 0, size)] for path, size in paths.items()}
        fingerprinted = FINGERPRINT_FILE in {file.path for file in source.tree.files()}
        tree = saved_model_tree([result.pieces for result in results], beside, fingerprinted=fingerprinted)
    told = [result.interface for result in results if result.interface is not None]
    return Rewritten(
        tree,
        renamed={before: after for one in told for before, after in one.renamed.items()},
        pruned={key: why for one in told for key, why in one.pruned.items()},
        notes=(*(note for result in results for note in result.notes), *notes),
    )


def _interfaces(request: RewriteRequest) -> dict[int, Interface | None]:
    """Returns the MetaGraphDefs that stay by their place, each with its new interface; None: as it is."""
    source, options = request.source, request.options
    places: dict[int, Interface | None] = dict.fromkeys(range(len(source.inspection.meta_graphs)))
    if options.inference_only:
        tags = {place: frozenset(source.inspection.meta_graphs[place].tags) for place in places}
        kept = {place: None for place in places if not tags[place] & _TRAINING_TAGS}
        places = dict(kept) or places
    if options.tags or not options.given.isdisjoint(_CHOOSING):
        interface = choose_interface(request)
        if options.tags:
            return {interface.meta_graph: interface}
        places[interface.meta_graph] = interface
    return dict(sorted(places.items()))


def _dropped(tags: Sequence[str]) -> Diagnostic:
    return _note(f"The MetaGraphDef with the tags {listed(tags) or 'of none'} is left out.")


def _note(message: str) -> Diagnostic:
    return Diagnostic("TFR501", Severity.INFO, message)
