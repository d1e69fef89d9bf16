"""ONNX files: an inspection that can be kept."""

from tfreg.core.formats.onnx import OnnxFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "onnx"
SEEDS = ("stranger_onnx.onnx", b"\x08\x08")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.onnx": data})
    kind = OnnxFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
