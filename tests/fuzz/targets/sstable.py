"""The sorted string table: entries and places that lie within the file, or a CodecError."""

from contextlib import suppress
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.sstable import entries, find, is_sstable, places
from tfreg.core.trees import BytesReader

NAME = "sstable"
SEEDS = (
    "checkpoint_tf1/model.ckpt-3.index",
    "checkpoint_tf1_partitioned/model.ckpt-3.index",
    "checkpoint_v1_sharded/model.ckpt-3-00000-of-00002",
)


def one_input(data: bytes) -> None:
    """Reads the table in each way that there is."""
    reader = BytesReader(data)
    is_sstable(reader)
    with suppress(CodecError):
        for place in islice(places(reader), 100_000):
            assert 0 <= place.offset <= place.offset + place.length <= len(data)
    with suppress(CodecError):
        for key, value in islice(entries(reader), 1_000):
            assert find(reader, key) == value
