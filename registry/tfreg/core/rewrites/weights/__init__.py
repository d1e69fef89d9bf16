"""The weights of any format as pieces: where the bytes of each variable lie, or what gives them where they lie nowhere as they are."""

from tfreg.core.rewrites.weights.reading import weights_of
from tfreg.core.rewrites.weights.weight import Weight, WeightSlice

__all__ = ["Weight", "WeightSlice", "weights_of"]
