"""TFLite files: an inspection that can be kept, and spans within the file."""

from tfreg.core.formats.tflite import TfliteFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "tflite"
SEEDS = (
    "tflite_custom_op.tflite",
    "tflite_control_flow.tflite",
    "tflite_metadata.tflite",
    "tflite_buffer_offset.tflite",
    "tflite_int8.tflite",
    b"\x08\0\0\0TFL3",
)


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.tflite": data})
    kind = TfliteFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
    for tensor in inspection.tensors:
        assert 0 <= tensor.offset_bytes <= tensor.offset_bytes + tensor.size_bytes <= len(data)
