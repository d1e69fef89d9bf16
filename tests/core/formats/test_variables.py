"""Checkpoints whose index says impossible things: those tensors are left out and told, the others are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.formats.variables import OBJECT_GRAPH, read_variables
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_STRING

HEADER = BundleHeaderProto(num_shards=1, version={"producer": 1})
GOOD = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 2}]}, offset=4, size=8)


@pytest.fixture
def bundle(table_writer):
    def read(entries: dict[bytes, BundleEntryProto], header: BundleHeaderProto = HEADER, data: int = 100):
        table = [(key, entry.SerializeToString()) for key, entry in sorted({b"": header, **entries}.items())]
        return read_variables(MemoryTree({"v.index": table_writer.table(table), "v.data-00000-of-00001": bytes(data)}), "v")

    return read


def test_a_tensor_has_its_place_in_its_shard(bundle):
    found = bundle({b"w": GOOD})
    assert [replace(tensor, crc32c=None) for tensor in found.tensors] == [
        StoredTensor("w", "float32", (2,), "v.data-00000-of-00001", 4, 8)
    ]
    assert (found.facts["checkpoint.shards"], found.problems) == ("1", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": -1},
        {"size": 7},
        {"size": -8},
        {"shard_id": 1},
        {"shard_id": -1},
        {"shape": {"dim": [{"size": -1}]}},
        {"shape": {"unknown_rank": True}},
        {"shape": {"dim": [{"size": 2**62}, {"size": 2**62}]}},
    ],
)
def test_a_tensor_that_cannot_be_is_told_and_left_out(bundle, wrong):
    fields = {"dtype": DT_FLOAT, "shape": {"dim": [{"size": 2}]}, "offset": 4, "size": 8, **wrong}
    found = bundle({b"bad": BundleEntryProto(**fields), b"good": GOOD})
    assert [tensor.name for tensor in found.tensors] == ["good"]
    assert [(problem.code, "'bad'" in problem.message) for problem in found.problems] == [("TFR106", True)]


def test_strings_may_have_any_size(bundle):
    entry = BundleEntryProto(dtype=DT_STRING, shape={"dim": [{"size": 2}]}, offset=0, size=31)
    assert bundle({b"words": entry}).tensors[0].size_bytes == 31


def test_the_object_graph_is_no_tensor_but_its_bytes_must_be_there(bundle):
    entry = BundleEntryProto(dtype=DT_STRING, shape={}, offset=12, size=50)
    found = bundle({OBJECT_GRAPH.encode(): entry, b"w": GOOD})
    assert [tensor.name for tensor in found.tensors] == ["w"]
    assert found.facts["checkpoint.tensors"] == "1"
    assert [problem.code for problem in bundle({OBJECT_GRAPH.encode(): entry}, data=61).problems] == ["TFR101"]


def test_slices_are_listed_with_their_place(bundle):
    box = {"extent": [{"start": 0, "length": 2}, {}]}
    whole = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 4}, {"size": 1}]}, slices=[box])
    part = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 2}, {"size": 1}]}, offset=0, size=8)
    found = bundle({b"w": whole, slice_key(b"w", [(0, 2), (0, None)]): part})
    assert [(tensor.name, tensor.shape) for tensor in found.tensors] == [("w[0:2, :]", (2, 1))]


def test_a_missing_slice_is_told(bundle):
    box = {"extent": [{"start": 0, "length": 2}]}
    found = bundle({b"w": BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 4}]}, slices=[box])})
    assert [problem.code for problem in found.problems] == ["TFR106"]


def test_a_shard_that_is_missing_or_short_is_told(bundle):
    assert [problem.code for problem in bundle({b"w": GOOD}, data=11).problems] == ["TFR101"]
    two = BundleHeaderProto(num_shards=2)
    assert [problem.code for problem in bundle({b"w": GOOD}, two).problems] == ["TFR102"]


def test_a_big_endian_checkpoint_is_told(bundle):
    header = BundleHeaderProto(num_shards=1, endianness=BundleHeaderProto.BIG)
    assert [problem.code for problem in bundle({b"w": GOOD}, header).problems] == ["TFR103"]


def test_an_index_without_a_header_is_no_checkpoint(table_writer):
    table = table_writer.table([(b"w", GOOD.SerializeToString())])
    found = read_variables(MemoryTree({"v.index": table}), "v")
    assert (found.tensors, [problem.code for problem in found.problems]) == ([], ["TFR106"])


def test_a_variable_that_names_one_slice_many_times_has_it_once(bundle):
    box = {"extent": [{"start": 0, "length": 2}]}
    whole = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 4}]}, slices=[box] * 1000)
    part = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 2}]}, offset=0, size=8)
    found = bundle({b"w": whole, slice_key(b"w", [(0, 2)]): part})
    assert [tensor.name for tensor in found.tensors] == ["w[0:2]"]


def test_more_dimensions_than_tensorflow_allows_are_no_shape(bundle):
    entry = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 1}] * 255}, offset=0, size=4)
    assert [problem.code for problem in bundle({b"w": entry}).problems] == ["TFR106"]
