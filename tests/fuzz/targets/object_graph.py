"""The object graph of a TF2 checkpoint: paths of bounded length, whatever the bytes are."""

from tfreg.core.formats.object_graph import read_objects
from tfreg.core.formats.problems import Problems
from tfreg.core.layouts import Span
from tfreg.core.trees import BytesReader

NAME = "object_graph"
SEEDS = (
    b"",
    bytes.fromhex("0a090a0708011203616263") + bytes.fromhex("0a0b12090a01761201661a016b"),  # abc, a child with an attribute
    bytes.fromhex("0a070a0508001201780a00"),  # a child that is the root itself
    bytes.fromhex("0a0c1a0a08011204736c6f7418020a060a0408011200"),  # a slot
)


def one_input(data: bytes) -> None:
    """Reads it."""
    found = read_objects(BytesReader(data), Span(0, len(data)), "m.data-00000-of-00001", Problems())
    assert all(len(path) < 1 << 20 for path in found.paths.values())
