"""TFLite files: an inspection that can be kept, and spans within the file."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.tflite import TfliteFormat

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
    inspection = inspect_and_cut(TfliteFormat(), "model.tflite", data)
    for tensor in inspection.tensors if inspection is not None else ():
        assert 0 <= tensor.offset_bytes <= tensor.offset_bytes + tensor.size_bytes <= len(data)
