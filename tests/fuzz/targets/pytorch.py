"""Files of PyTorch: an inspection that can be kept, spans within the file, and nothing imported."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.pytorch import PytorchFormat

NAME = "pytorch"
SEEDS = ("stranger_torch_zip.pt", "stranger_torch_legacy.pth")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(PytorchFormat(), "model.pt", data)
