"""Differences travel as they are, and as much of them as a message holds."""

from __future__ import annotations

import pytest

from tfreg.core.comparing.difference import Difference, FactChange, InterfaceChange, TensorChange, TensorChangeKind
from tfreg.core.digests import digest_of
from tfreg.core.names import ModelName
from tfreg.core.records import Sameness, SameVersion, VersionRecord
from tfreg.core.tensors import StoredTensor
from tfreg.translate.comparisons import difference_from_proto, difference_to_proto
from tfreg.translate.same_versions import same_version_from_proto, same_version_to_proto
from tfreg.v1 import artifacts_pb2 as pb

TENSOR = StoredTensor("dense/kernel", "float32", (3, 4), "variables", 0, 48, digest=digest_of(b""))
DIFFERENCE = Difference(
    breaking=True,
    interface_changes=(InterfaceChange("DTYPE_CHANGED", True, "serving_default", "x", "int32", "int64"),),
    tensor_changes=(
        TensorChange(TensorChangeKind.CHANGED, TENSOR, TENSOR, 0.0),
        TensorChange(TensorChangeKind.ADDED, None, TENSOR),
        TensorChange(TensorChangeKind.REMOVED, TENSOR, None),
    ),
    equal_tensor_count=7,
    op_changes={"Add": 2, "Relu": -1},
    fact_changes=(FactChange("format", "saved_model", "tflite"),),
    equal_fingerprints=("program",),
)


def test_a_difference_comes_back_as_it_was_sent() -> None:
    assert difference_from_proto(difference_to_proto(DIFFERENCE, 1 << 20)) == DIFFERENCE


def test_changes_of_tensors_that_do_not_fit_are_counted() -> None:
    many = Difference(tensor_changes=DIFFERENCE.tensor_changes * 1000)
    message = difference_to_proto(many, 20_000)
    assert message.ByteSize() <= 20_000
    assert len(message.tensor_changes) + message.omitted_tensor_change_count == 3000
    assert len(message.tensor_changes) > 50


def test_a_huge_interface_leaves_room_and_stays_breaking() -> None:
    many = Difference(
        breaking=True, interface_changes=DIFFERENCE.interface_changes * 10_000, tensor_changes=DIFFERENCE.tensor_changes
    )
    message = difference_to_proto(many, 20_000)
    assert message.ByteSize() <= 20_000
    assert message.breaking
    assert len(message.tensor_changes) == 3


def test_a_kind_of_change_of_a_later_release_is_counted_as_omitted() -> None:
    message = pb.CompareResponse(tensor_changes=[pb.TensorChange(kind=99)])  # type: ignore[arg-type]
    assert difference_from_proto(message).omitted_tensor_change_count == 1


@pytest.mark.parametrize("sameness", Sameness)
def test_a_same_version_comes_back_as_it_was_sent(sameness: Sameness) -> None:
    version = VersionRecord(ModelName("team/m"), 3, digest_of(b"a"), "tflite", 10, 1_000)
    assert same_version_from_proto(same_version_to_proto(SameVersion(version, sameness))) == SameVersion(version, sameness)
