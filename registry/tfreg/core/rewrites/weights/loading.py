"""Which values go under which names into files of mere weights: other keys and moving averages, as `--map` and `--ema` say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.conversions.options import ConversionOptions, VariableKey
from tfreg.core.errors import TensorNotFoundError
from tfreg.core.resolving.nearest import did_you_mean, listed, nearest, shown
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.weights.reading import weights_of
from tfreg.core.rewrites.weights.weight import Weight

_MOVING_AVERAGE = "/ExponentialMovingAverage"


def loaded_weights(source: Source, options: ConversionOptions, *, with_states: bool = False) -> list[Weight]:
    """Returns the weights of a source as `weights_of` does, but those that options load from other keys have these keys' values.

    Args:
        source: An artifact of any format that stores tensors.
        options: What the caller said: `variable_keys` and `ema` count.
        with_states: As `weights_of`.

    Raises:
        TensorNotFoundError: There is no such key, or no moving average at all.
        TensorUnreadableError: As `weights_of`.
    """
    weights = weights_of(source, with_states=with_states)
    if not options.variable_keys and not options.ema:
        return weights
    every = weights if with_states else weights_of(source, with_states=True)
    said = {one.variable.removesuffix(":0") for one in options.variable_keys}
    averages = [one for one in _averages(source, every) if one.variable not in said] if options.ema else []
    return _renamed(weights, every, (*options.variable_keys, *averages))


def _averages(source: Source, every: Sequence[Weight]) -> list[VariableKey]:
    names = [weight.name for weight in every if weight.name.endswith(_MOVING_AVERAGE)]
    if not names:
        raise TensorNotFoundError(
            f"{source.tree.name} has no moving averages (w{_MOVING_AVERAGE}).",
            hint="Leave --ema out, or name the keys yourself: --map VAR=KEY.",
        )
    return [VariableKey(name.removesuffix(_MOVING_AVERAGE), name) for name in names]


def _renamed(weights: Sequence[Weight], every: Sequence[Weight], keys: Sequence[VariableKey]) -> list[Weight]:
    """Returns the weights with those of other keys under the names that `keys` give them, and no longer under their own."""
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
