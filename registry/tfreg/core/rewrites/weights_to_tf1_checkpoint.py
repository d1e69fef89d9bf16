"""Weights of any format as a checkpoint of TensorFlow 1, by the names of its variables.

What a TF1 checkpoint holds is kept whole, an optimiser's slots and counters too; of other formats the weights. `variable_keys` call
variables otherwise: `w=w/ExponentialMovingAverage` gives `w` the average's value. With a graph only its variables are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.conversions.options import VariableKey
from tfreg.core.conversions.results import WeightMatches
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import ConversionRefusedError, TensorNotFoundError
from tfreg.core.resolving.nearest import did_you_mean, listed, nearest, shown
from tfreg.core.rewrites.bundles import BundleEntry, write_bundle
from tfreg.core.rewrites.checkpoints.graph_variables import graph_variables
from tfreg.core.rewrites.matching import match
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.weights import Weight, weights_of

_OWN = "tf1_checkpoint"


def rewrite(request: RewriteRequest) -> Rewritten:
    """Makes the index and the data file.

    Raises:
        TensorNotFoundError: `variable_keys` name a key that the source lacks.
        WeightsMismatchError: The graph's variables and the weights do not match.
        ConversionRefusedError: There are no weights, or the graph has no variables.
        TensorUnreadableError: A weight's bytes are missing or damaged.
    """
    source, options = request.source, request.options
    every = weights_of(source, with_states=True)
    weights = every if source.format == _OWN else weights_of(source)
    weights = renamed(weights, every, options.variable_keys)
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


def renamed(weights: Sequence[Weight], every: Sequence[Weight], keys: Sequence[VariableKey]) -> list[Weight]:
    """Returns the weights with those of other keys under the names that `keys` give them, and no longer under their own.

    Raises:
        TensorNotFoundError: There is no such key.
    """
    by_key = {weight.path: weight for weight in every} | {weight.name: weight for weight in every}
    found: dict[str, Weight] = {}
    for one in keys:
        key = one.key.removesuffix(":0")
        if key not in by_key:
            close = nearest(key, list(by_key))
            raise TensorNotFoundError(
                f"There is no weight {shown(key)} for {one.variable!r}.{did_you_mean(close)}",
                hint=f"There are: {listed(list(by_key)[:10])}.",
                tensor=key[:200],
                nearest=listed(close),
            )
        name = one.variable.removesuffix(":0")
        found[name] = replace(by_key[key], name=name)
    taken = {*found, *(by_key[one.key.removesuffix(":0")].name for one in keys)}
    return [*(weight for weight in weights if weight.name not in taken), *found.values()]
