"""The reader of flatbuffers: whatever a table refers to lies within the file, or a CodecError."""

from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.flatbuffer import FLOAT32, INT8, INT32, INT64, UINT32, FlatBuffer, Table
from tfreg.core.trees import BytesReader

NAME = "flatbuffer"
SEEDS = ("tflite_custom_op.tflite", "tflite_int8.tflite", b"", b"\x04\0\0\0")
_SLOTS = 12
_DEPTH = 2


def one_input(data: bytes) -> None:
    """Reads every slot of the root as each kind of field."""
    buffer = FlatBuffer(BytesReader(data), max_tables=200, max_text_bytes=100_000)
    with suppress(CodecError):
        _walk(buffer.root, _DEPTH)


def _walk(table: Table, depth: int) -> None:
    for slot in range(_SLOTS):
        for read in (
            lambda slot: table.number(slot, INT64),
            lambda slot: table.number(slot, INT8),
            table.flag,
            table.text,
            lambda slot: table.integers(slot, INT32, 100),
            lambda slot: table.integers(slot, UINT32, 100),
            lambda slot: table.floats(slot, 100),
            lambda slot: table.texts(slot, 10),
            lambda slot: table.vector(slot, FLOAT32.size),
        ):
            with suppress(CodecError):
                read(slot)
        if depth:
            with suppress(CodecError):
                for inner in table.tables(slot):
                    _walk(inner, depth - 1)
