"""Names and sizes of element types."""

from __future__ import annotations

import importlib

import pytest

from tfreg.core.dtypes import REF_OFFSET, dtype_name, element_size_bytes
from tfreg.wire.tensor_pb2 import DataType

NUMBERS = [value.number for value in DataType.DESCRIPTOR.values if value.number]


def test_every_type_has_a_name_and_every_reference_type_that_of_its_base():
    assert dtype_name(0) == ""
    assert not [number for number in NUMBERS if dtype_name(number).startswith("unknown")]
    for number in NUMBERS:
        if number > REF_OFFSET:
            assert dtype_name(number) == f"{dtype_name(number - REF_OFFSET)}_ref"


def test_a_type_of_the_future_is_named_by_its_number():
    assert dtype_name(77) == "unknown_77"


def test_only_types_without_bytes_of_their_own_lack_a_size():
    sizeless = {
        dtype_name(number) for number in NUMBERS if number < REF_OFFSET and element_size_bytes(dtype_name(number)) is None
    }
    assert sizeless == {"string", "resource", "variant"}


@pytest.mark.tensorflow
def test_names_and_sizes_are_tensorflow_s():
    tf = importlib.import_module("tensorflow")
    for number in NUMBERS:
        dtype = tf.dtypes.as_dtype(number)
        assert dtype_name(number) == dtype.name
        size = element_size_bytes(dtype.name)
        assert size is None or size == dtype.size
