"""The scan over protobuf messages: fields that lie within the file, or a CodecError."""

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import scan
from tfreg.core.trees import BytesReader

NAME = "wire_scan"
SEEDS = ("frozen_tf1.pb", "tf1_saved_model/saved_model.pb", b"", b"\x0a\x00")


def one_input(data: bytes) -> None:
    """Scans."""
    try:
        for field in scan(BytesReader(data), 0, len(data), keep_bytes=64):
            assert 0 <= field.offset <= field.offset + field.length <= len(data)
    except CodecError:
        pass
