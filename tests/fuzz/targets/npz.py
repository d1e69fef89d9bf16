"""Archives of numpy: an inspection that can be kept, and tensors within the file."""

import struct
import zlib

from inspect_and_cut import inspect_and_cut

from tfreg.core.formats.npz import NpzFormat

NAME = "npz"


def _archive(descr: str, order: str, shape: str, values: bytes, *, packed: bool = False) -> bytes:
    head = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + values
    content = zlib.compress(array)[2:-4] if packed else array
    rest = struct.pack("<4H3L2H", 0, 8 if packed else 0, 0, 33, zlib.crc32(array), len(content), len(array), 5, 0)
    local = b"PK\x03\x04" + struct.pack("<H", 20) + rest + b"a.npy" + content
    entry = b"PK\x01\x02" + struct.pack("<2H", 20, 20) + rest + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"a.npy"
    return local + entry + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local), 0)


SEEDS = (
    _archive("<f4", "False", "(2, 3)", bytes(24)),
    _archive("<f4", "True", "(2, 3)", bytes(24), packed=True),
    _archive("|O", "False", "()", b"\x80\x04cos\nsystem\n."),
)


def one_input(data: bytes) -> None:
    """Inspects and cuts."""
    inspect_and_cut(NpzFormat(), "model.npz", data)
