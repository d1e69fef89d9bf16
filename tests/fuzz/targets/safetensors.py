"""Safetensors files: an inspection that can be kept, and tensors within the file."""

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.safetensors import SafetensorsFormat

NAME = "safetensors"
SEEDS = ("stranger_safetensors.safetensors", b"\2\0\0\0\0\0\0\0{}")


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(SafetensorsFormat(), "model.safetensors", data)
