"""Our subset of TensorFlow's wire messages against TensorFlow's own descriptors."""

from __future__ import annotations

import importlib

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from tfreg.wire import (
    checkpoint_pb2,
    fingerprint_pb2,
    graph_pb2,
    meta_graph_pb2,
    object_graph_pb2,
    saved_model_pb2,
    structure_pb2,
    tensor_pb2,
)

OURS = (checkpoint_pb2, fingerprint_pb2, graph_pb2, meta_graph_pb2, object_graph_pb2, saved_model_pb2, structure_pb2, tensor_pb2)
THEIRS = (
    "tensorflow.core.framework.graph_pb2",
    "tensorflow.core.protobuf.saved_model_pb2",
    "tensorflow.core.protobuf.fingerprint_pb2",
    "tensorflow.core.protobuf.tensor_bundle_pb2",
    "tensorflow.core.protobuf.trackable_object_graph_pb2",
    "tensorflow.core.util.saved_tensor_slice_pb2",
    "tensorflow.python.training.checkpoint_state_pb2",
)

VIEWS = ("NodeOps",)
"""Messages of our own, which read a part of one of TensorFlow's under other types; a test of their own holds them to it."""


def _all_messages(message: Descriptor):
    yield message
    for nested in message.nested_types:
        yield from _all_messages(nested)


def _type(field: FieldDescriptor) -> object:
    named = field.message_type or field.enum_type
    return (field.type, named.full_name.replace("tfreg.wire.", "tensorflow.") if named else None)


@pytest.mark.tensorflow
def test_every_field_and_enum_that_we_declare_has_tensorflow_s_name_number_and_type():
    for module in THEIRS:
        importlib.import_module(module)
    pool = importlib.import_module("google.protobuf.descriptor_pool").Default()

    def check_enum(ours: EnumDescriptor) -> None:
        theirs = pool.FindEnumTypeByName(ours.full_name.replace("tfreg.wire.", "tensorflow."))
        numbers = {value.name: value.number for value in theirs.values}
        assert {value.name: value.number for value in ours.values} == numbers, ours.full_name

    def check_message(ours: Descriptor) -> None:
        theirs = pool.FindMessageTypeByName(ours.full_name.replace("tfreg.wire.", "tensorflow."))
        for field in ours.fields:
            other = theirs.fields_by_name[field.name]
            name = f"{ours.full_name}.{field.name}"
            assert (field.number, field.is_repeated, _type(field)) == (other.number, other.is_repeated, _type(other)), name
            assert (field.containing_oneof is None) == (other.containing_oneof is None), name

    for module in OURS:
        for enum in module.DESCRIPTOR.enum_types_by_name.values():
            check_enum(enum)
        for top in module.DESCRIPTOR.message_types_by_name.values():
            if top.name in VIEWS:
                continue
            for message in _all_messages(top):
                check_message(message)
                for enum in message.enum_types:
                    check_enum(enum)


def test_the_view_of_ops_has_the_numbers_of_nodes_and_their_ops():
    view = graph_pb2.NodeOps.DESCRIPTOR.fields_by_name
    assert view["node"].number == graph_pb2.GraphDef.DESCRIPTOR.fields_by_name["node"].number
    assert view["node_def"].number == graph_pb2.FunctionDef.DESCRIPTOR.fields_by_name["node_def"].number
    op = graph_pb2.NodeDef.DESCRIPTOR.fields_by_name["op"].number
    assert view["node"].message_type.fields_by_name["op"].number == op
