"""ONNX files: an inspection that can be kept."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.onnx import OnnxFormat

NAME = "onnx"
SEEDS = ("stranger_onnx.onnx", b"\x08\x08")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(OnnxFormat(), "model.onnx", data)
