"""How weights find their places: by name, by path, or in Keras's order."""

from tfreg.core.rewrites.matching.match import match
from tfreg.core.rewrites.matching.place import Place

__all__ = ["Place", "match"]
