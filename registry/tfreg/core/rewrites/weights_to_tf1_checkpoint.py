"""Weights of any format as a checkpoint of TensorFlow 1, by the names of its variables.

What a TF1 checkpoint holds is kept whole, an optimiser's slots and counters too; of other formats the weights. `variable_keys` and
`ema` give variables the values of other keys: `w` that of `w/ExponentialMovingAverage`. With a graph only its variables are written.
"""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.conversions.results import WeightMatches
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.bundles import BundleEntry, write_bundle
from tfreg.core.rewrites.checkpoints.graph_variables import graph_variables
from tfreg.core.rewrites.matching import match
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.weights.loading import loaded_weights

_OWN = "tf1_checkpoint"


def rewrite(request: RewriteRequest) -> Rewritten:
    """Makes the index and the data file.

    Raises:
        TensorNotFoundError: Options name a key that the source lacks.
        WeightsMismatchError: The graph's variables and the weights do not match.
        ConversionRefusedError: There are no weights, or the graph has no variables.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    source, options = request.source, request.options
    weights = loaded_weights(source, options, with_states=source.format == _OWN)
    matches: WeightMatches | None = None
    if graph := request.others.get("graph"):
        places = graph_variables(graph)
        if not places:
            raise ConversionRefusedError(
                f"The graph of {graph.tree.name} has no variables.", hint="Give the graph that was not frozen yet."
            )
        pairs, matches = match(weights, places, options.match, options.partial)
        weights = [replace(weight, name=place.name) for weight, place in pairs]
    if not weights:
        raise ConversionRefusedError(
            f"{source.tree.name} has no weights to put into a checkpoint.",
            hint="It holds no variables, and no constants that are weights by what they are.",
        )
    entries = [
        BundleEntry(weight.name, weight.dtype, weight.shape, weight.pieces, weight.crc32c, weight.slices) for weight in weights
    ]
    return Rewritten(RewrittenTree(write_bundle(target_named(request.target).file_name, entries)), weights=matches)
