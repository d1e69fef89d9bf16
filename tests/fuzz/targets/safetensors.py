"""Safetensors files: an inspection that can be kept, and tensors within the file."""

from tfreg.core.formats.safetensors import SafetensorsFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "safetensors"
SEEDS = ("stranger_safetensors.safetensors", b"\2\0\0\0\0\0\0\0{}")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.safetensors": data})
    kind = SafetensorsFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
