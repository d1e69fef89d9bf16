"""Checkpoints whose index, table, graph or state file is anything: inspected without an exception, or no model."""

from contextlib import suppress

from tfreg.core.errors import TfregError
from tfreg.core.formats.selecting import select_all
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import MemoryTree

NAME = "checkpoint"
SEEDS = (
    "checkpoint_tf1/model.ckpt-3.index",
    "checkpoint_tf1_partitioned/model.ckpt-3.index",
    "checkpoint_tf1_sharded/model.ckpt-3.meta",
    "checkpoint_tf2_objects/ckpt-1.index",
    "checkpoint_training/checkpoint",
    "checkpoint_v1_sharded/model.ckpt-3-00000-of-00002",
)
_DATA = "m-1.data-00000-of-00001"


def one_input(data: bytes) -> None:
    """Takes the bytes for each of the files in turn."""
    for files in (
        {"m-1.index": data, _DATA: data, "checkpoint": data},
        {"m-1": data, "m-2.meta": data, "m-2": data},
        {"m-1.index": b"", "m-1.meta": data, _DATA: b""},
    ):
        with suppress(TfregError):
            for selected in select_all(MemoryTree(files)):
                inspection = selected.format.inspect(selected.tree)
                assert decode(encode(inspection)) == inspection
                selected.format.tensor_spans(selected.tree, inspection)
