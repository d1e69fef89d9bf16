"""TensorFlow.js's model.json: an inspection that can be kept."""

from tfreg.core.formats.tfjs import TfjsFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "tfjs"
SEEDS = ("stranger_tfjs_graph/model.json", "stranger_tfjs_layers/model.json", b"{}")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.json": data})
    kind = TfjsFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
