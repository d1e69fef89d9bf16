"""Keys of slices: they sort as what they stand for does, and are those that TensorFlow writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.codecs.sstable import entries
from tfreg.core.trees import LocalTree
from tfreg.wire.checkpoint_pb2 import BundleEntryProto

NUMBERS = st.integers(-1, 2**63 - 1)


@given(st.binary(max_size=10), st.binary(max_size=10), NUMBERS, NUMBERS)
def test_keys_sort_by_name_then_by_start(name, other, start, other_start):
    key, other_key = slice_key(name, [(start, 1)]), slice_key(other, [(other_start, 1)])
    assert (key < other_key) == ((name, start) < (other, other_start))


def test_known_encodings():
    assert slice_key(b"a", [(0, None)]) == b"\x00a\x00\x01\x01\x01\x80\x7f"
    assert slice_key(b"a", [(64, 8192)]) == b"\x00a\x00\x01\x01\x01\xc0\x40\xe0\x20\x00"


def test_every_slice_of_a_real_partitioned_checkpoint_is_found_under_its_key(models):
    with LocalTree(models / "checkpoint_tf1_partitioned").open("model.ckpt-3.index") as reader:
        table = dict(entries(reader))
    for key, value in table.items():
        entry = BundleEntryProto.FromString(value) if key and key[0] else BundleEntryProto()
        for box in entry.slices:
            extents = [(extent.start, extent.length if extent.HasField("length") else None) for extent in box.extent]
            assert slice_key(key, extents) in table
