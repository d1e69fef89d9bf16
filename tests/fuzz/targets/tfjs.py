"""TensorFlow.js's model.json: an inspection that can be kept."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.tfjs import TfjsFormat

NAME = "tfjs"
SEEDS = ("stranger_tfjs_graph/model.json", "stranger_tfjs_layers/model.json", b"{}")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(TfjsFormat(), "model.json", data)
