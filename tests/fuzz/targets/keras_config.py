"""An architecture as JSON, of Keras 1 to 3: an inspection that can be kept."""

from tfreg.core.formats.keras_json import KerasJsonFormat
from tfreg.core.inspections import Inspection
from tfreg.core.json_values import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "keras_config"
SEEDS = (
    "keras_3_sequential_architecture.json",
    "same_keras_architecture.json",
    "keras_2_two_inputs_2_15_architecture.json",
    b'{"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"batch_input_shape": [null, 3]}}]}',
    b'{"class_name": "Lambda", "config": {"function": ["code", null, null]}, "inbound_nodes": [[["x", 0, 0, {}]]]}',
)


def one_input(data: bytes) -> None:
    """Inspects."""
    tree, found = MemoryTree({"model.json": data}), KerasJsonFormat()
    if found.recognise(tree):
        inspection = found.inspect(tree)
        assert decode(Inspection, encode(inspection)) == inspection
