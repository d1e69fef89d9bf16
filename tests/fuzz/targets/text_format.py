"""Text-format protobuf to binary: bytes, or a CodecError."""

from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.saved_model_pb2 import SavedModel

NAME = "text_format"
SEEDS = (
    "frozen_tf1.pbtxt",
    b'node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }',
    b'saved_model_schema_version: 1 meta_graphs { signature_def { key: "s" value { method_name: "m" } } }',
    b"node <" * 50,
)


def one_input(data: bytes) -> None:
    """Reads the text as two kinds of messages."""
    for kind in (GraphDef, SavedModel):
        with suppress(CodecError):
            assert isinstance(binary_of(BytesReader(data), kind, 1 << 20), bytes)
