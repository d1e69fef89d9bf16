"""Files of PyTorch: an inspection that can be kept, spans within the file, and nothing imported."""

from tfreg.core.formats.pytorch import PytorchFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "pytorch"
SEEDS = ("stranger_torch_zip.pt", "stranger_torch_legacy.pth")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    tree = MemoryTree({"model.pt": data})
    kind = PytorchFormat()
    if not kind.recognise(tree):
        return
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
