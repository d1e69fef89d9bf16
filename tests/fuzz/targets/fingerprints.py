"""Graphs that are anything: fingerprints are computed or given up, and compared with themselves they do not differ."""

from contextlib import suppress

from tfreg.core.errors import TfregError
from tfreg.core.fingerprints.computing import fingerprints_of
from tfreg.core.formats.selecting import select_all
from tfreg.core.trees import MemoryTree

NAME = "fingerprints"
SEEDS = (
    "frozen_functions.pb",
    "frozen_unsigned_two_outputs.pb",
    "frozen_keras.pb",
    "tf1_cond_while_v1/saved_model.pb",
    "tf1_cond_while_v2/saved_model.pb",
    "tf2_module_signatures/saved_model.pb",
)


def one_input(data: bytes) -> None:
    """Takes the bytes for a frozen graph, and for a SavedModel without variables."""
    for name in ("graph.pb", "saved_model.pb"):
        with suppress(TfregError):
            for selected in select_all(MemoryTree({name: data})):
                fingerprints_of(selected.tree, selected.format, selected.format.inspect(selected.tree))
