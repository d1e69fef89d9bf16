"""Plain values of tensors that lie in any bytes, in any form: read, or unreadable."""

from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.errors import TfregError
from tfreg.core.layouts import Span
from tfreg.core.tensors import Part, StoredAs, StoredTensor
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection
from tfreg.core.values.unpacking import unpack
from tfreg.wire.tensor_pb2 import TensorProto

NAME = "values"
_MESSAGES = (TensorProto(int_val=[1, 300, -1]), TensorProto(string_val=[b"a", b""]), TensorProto(float_val=[1.5] * 3))
SEEDS = (
    b"\x00\x00\x03\x02" + b"\x01\x02\x00" + b"\x27\xb8\x9a\x9b" + b"abc",
    b"\x07\x01\x02\x02" + bytes(range(16)),
    *(bytes([number, 2, 3, 1]) + message.SerializeToString() for number, message in enumerate(_MESSAGES)),
)
_DTYPES = ("string", "float32", "int4", "int32", "bool", "complex128", "uint64", "float16", "variant", "int2", "qint8", "")
_FORMS = (StoredAs.RAW, StoredAs.STRINGS, StoredAs.PROTO)
_MOST_BYTES = 1 << 22


def one_input(data: bytes) -> None:
    """Takes dtype, shape and box from the first bytes, and reads the rest in each form."""
    if len(data) < 4:
        return
    dtype, shape = _DTYPES[data[0] % len(_DTYPES)], (data[2] % 16, data[1] % 16)
    content, tree = data[4:], MemoryTree({"f": data[4:]})
    tensors = [
        StoredTensor(form.value, dtype, shape, "f", data[3] % 8, max(0, len(content) - data[3] % 8), form) for form in _FORMS
    ]
    begin = [(0, 0), (shape[0], 0), (data[3] % 4, data[3] % 3)]
    tensors += [
        StoredTensor(f"v{number}", dtype, shape, "f", 0, len(content), part=Part("v", (2 * shape[0], shape[1]), at))
        for number, at in enumerate(begin)
    ]
    with Values(tree, tensors) as values:
        for selection in (
            *(Selection(tensor.name) for tensor in tensors),
            Selection("v"),
            Selection("raw", (data[3] % 5, 1), (1, -1)),
        ):
            with suppress(TfregError):
                header, chunks = values.read(selection)
                size = sum(map(len, chunks))
                assert size <= _MOST_BYTES
                assert header.size_bytes in (None, size)
    with suppress(CodecError), unpack(BytesReader(content), Span(0, len(content)), "f") as unpacked:
        assert unpacked.size_bytes <= (64 << 20) + 100 * len(content)
