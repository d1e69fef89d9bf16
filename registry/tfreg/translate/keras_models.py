"""Architectures of Keras models: their part of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.inspections import KerasModel, Layer
from tfreg.translate.tensors import shape_from_proto, shape_to_proto, spec_from_proto, spec_to_proto
from tfreg.v1 import artifacts_pb2 as pb


def keras_to_proto(model: KerasModel) -> pb.KerasModel:
    """Returns the message for an architecture."""
    return pb.KerasModel(
        name=model.name,
        class_name=model.class_name,
        inputs=map(spec_to_proto, model.inputs),
        outputs=map(spec_to_proto, model.outputs),
        layers=map(_layer_to_proto, model.layers),
        parameter_count=model.parameter_count,
        trainable_parameter_count=model.trainable_parameter_count,
        optimizer=model.optimizer,
        training=model.training,
        custom_objects=model.custom_objects,
    )


def keras_from_proto(message: pb.KerasModel) -> KerasModel:
    """Returns the architecture that a message tells."""
    return KerasModel(
        name=message.name,
        class_name=message.class_name,
        inputs=tuple(map(spec_from_proto, message.inputs)),
        outputs=tuple(map(spec_from_proto, message.outputs)),
        layers=tuple(map(_layer_from_proto, message.layers)),
        parameter_count=message.parameter_count if message.HasField("parameter_count") else None,
        trainable_parameter_count=message.trainable_parameter_count if message.HasField("trainable_parameter_count") else None,
        optimizer=message.optimizer,
        training=dict(message.training),
        custom_objects=tuple(message.custom_objects),
    )


def _layer_to_proto(layer: Layer) -> pb.Layer:
    return pb.Layer(
        name=layer.name,
        class_name=layer.class_name,
        module=layer.module,
        parameter_count=layer.parameter_count,
        trainable=layer.trainable,
        dtype=layer.dtype,
        output_shape=None if layer.output_shape is None else shape_to_proto(layer.output_shape),
        inputs=layer.inputs,
    )


def _layer_from_proto(message: pb.Layer) -> Layer:
    return Layer(
        name=message.name,
        class_name=message.class_name,
        module=message.module,
        parameter_count=message.parameter_count if message.HasField("parameter_count") else None,
        trainable=message.trainable,
        dtype=message.dtype,
        output_shape=shape_from_proto(message.output_shape) if message.HasField("output_shape") else None,
        inputs=tuple(message.inputs),
    )
