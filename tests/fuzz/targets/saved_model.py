"""A SavedModel folder whose three messages, saved_model.pb and those beside it, are the same bytes: an inspection, whatever they are."""

from contextlib import suppress

from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import TfregError
from tfreg.core.formats.saved_model import SavedModelFormat
from tfreg.core.resolving.resolve import resolve
from tfreg.core.trees import MemoryTree

NAME = "saved_model"
SEEDS = (
    "tf1_sparse/saved_model.pb",
    "tf2_module_signatures/saved_model.pb",
    "saved_model_composite/saved_model.pb",
    "saved_model_losses/saved_model.pb",
    "keras_2_subclassed_2_15_saved_model/keras_metadata.pb",
    "tf2_module_signatures/fingerprint.pb",
    b"\x08\x01\x12\x00",
)


def one_input(data: bytes) -> None:
    """Inspects and resolves."""
    tree = MemoryTree(
        {"saved_model.pb": data, "keras_metadata.pb": data, "fingerprint.pb": data, "variables/variables.index": b""}
    )
    kind = SavedModelFormat()
    inspection = kind.inspect(tree)
    with suppress(TfregError):
        resolve(inspection, BindingQuery(), lambda index: kind.graph(tree, index))
