"""What artifacts say about themselves: the other half of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.digests import parse_digest
from tfreg.core.inspections import (
    Argument,
    Asset,
    CallableFunction,
    ConcreteFunction,
    Inspection,
    MetaGraph,
    Saver,
    Signature,
    Subgraph,
    Targets,
)
from tfreg.core.names import parse_model_name
from tfreg.core.records import Fingerprints, Inspected
from tfreg.translate.artifacts import artifact_message, manifest_from_proto
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.translate.keras_models import keras_from_proto, keras_to_proto
from tfreg.translate.tensors import ref_from_proto, ref_to_proto, spec_from_proto, spec_to_proto
from tfreg.v1 import artifacts_pb2 as pb

_MAX_SIZE_BYTES = (1 << 63) - 1
"""The largest int64. An index can claim more for tensors whose data files are missing."""


def inspected_to_proto(inspected: Inspected) -> pb.InspectResponse:
    """Returns the answer of Inspect. Tensors are only counted: ListTensors lists them."""
    inspection = inspected.inspection
    return pb.InspectResponse(
        model=inspected.model,
        version=inspected.version,
        artifact=artifact_message(inspected.artifact_digest, inspection.format, inspected.manifest),
        inspection=pb.Inspection(
            format=inspection.format,
            inspector_version=inspection.inspector_version,
            meta_graphs=map(meta_graph_to_proto, inspection.meta_graphs),
            functions=map(_function_to_proto, inspection.functions),
            tensor_count=inspected.tensor_count,
            tensor_size_bytes=min(inspected.tensor_size_bytes, _MAX_SIZE_BYTES),
            facts=inspection.facts,
            problems=map(diagnostic_to_proto, inspection.problems),
            keras=None if inspection.keras is None else keras_to_proto(inspection.keras),
            subgraphs=map(_subgraph_to_proto, inspection.subgraphs),
            fingerprints=_fingerprints_to_proto(inspected.fingerprints),
        ),
    )


def inspected_from_proto(message: pb.InspectResponse) -> Inspected:
    """Returns what Inspect answered; the inspection's `tensors` are empty.

    Raises:
        InvalidArgumentError: A name, path or digest breaks its grammar.
    """
    inspection = message.inspection
    return Inspected(
        model=parse_model_name(message.model),
        version=message.version,
        artifact_digest=parse_digest(message.artifact.digest),
        manifest=manifest_from_proto(message.artifact.manifest),
        inspection=Inspection(
            format=inspection.format,
            meta_graphs=tuple(map(meta_graph_from_proto, inspection.meta_graphs)),
            functions=tuple(map(_function_from_proto, inspection.functions)),
            facts=dict(inspection.facts),
            problems=tuple(map(diagnostic_from_proto, inspection.problems)),
            keras=keras_from_proto(inspection.keras) if inspection.HasField("keras") else None,
            subgraphs=tuple(map(_subgraph_from_proto, inspection.subgraphs)),
            inspector_version=inspection.inspector_version,
        ),
        tensor_count=inspection.tensor_count,
        tensor_size_bytes=inspection.tensor_size_bytes,
        fingerprints=_fingerprints_from_proto(inspection.fingerprints),
    )


def meta_graph_to_proto(meta_graph: MetaGraph) -> pb.MetaGraph:
    """Returns the message for a MetaGraphDef."""
    return pb.MetaGraph(
        tags=meta_graph.tags,
        signatures=map(signature_to_proto, meta_graph.signatures),
        ops=meta_graph.ops,
        tensorflow_version=meta_graph.tensorflow_version,
        producer=meta_graph.producer,
        node_count=meta_graph.node_count,
        function_count=meta_graph.function_count,
        assets=(pb.Asset(file_name=asset.file_name, ref=ref_to_proto(asset.ref)) for asset in meta_graph.assets),
        targets=targets_to_proto(meta_graph.targets),
        saver=None if meta_graph.saver is None else _saver_to_proto(meta_graph.saver),
    )


def meta_graph_from_proto(message: pb.MetaGraph) -> MetaGraph:
    """Returns the MetaGraphDef that a message tells."""
    return MetaGraph(
        tags=tuple(message.tags),
        signatures=tuple(map(signature_from_proto, message.signatures)),
        ops=tuple(message.ops),
        tensorflow_version=message.tensorflow_version,
        producer=message.producer,
        node_count=message.node_count,
        function_count=message.function_count,
        assets=tuple(Asset(asset.file_name, ref_from_proto(asset.ref)) for asset in message.assets),
        targets=targets_from_proto(message.targets),
        saver=_saver_from_proto(message.saver) if message.HasField("saver") else None,
    )


def targets_to_proto(targets: Targets) -> pb.Targets:
    """Returns the message for what a loader runs."""
    filename = targets.restore_filename
    return pb.Targets(
        init_operations=targets.init_operations,
        restore_operation=targets.restore_operation,
        restore_filename=None if filename is None else ref_to_proto(filename),
    )


def targets_from_proto(message: pb.Targets) -> Targets:
    """Returns what a loader runs."""
    return Targets(
        init_operations=tuple(message.init_operations),
        restore_operation=message.restore_operation,
        restore_filename=ref_from_proto(message.restore_filename) if message.HasField("restore_filename") else None,
    )


def signature_to_proto(signature: Signature) -> pb.Signature:
    """Returns the message for a signature."""
    return pb.Signature(
        key=signature.key,
        method_name=signature.method_name,
        inputs=map(spec_to_proto, signature.inputs),
        outputs=map(spec_to_proto, signature.outputs),
        internal=signature.internal,
        declared=signature.declared,
    )


def signature_from_proto(message: pb.Signature) -> Signature:
    """Returns the signature that a message tells."""
    return Signature(
        key=message.key,
        method_name=message.method_name,
        inputs=tuple(map(spec_from_proto, message.inputs)),
        outputs=tuple(map(spec_from_proto, message.outputs)),
        internal=message.internal,
        declared=message.declared,
    )


def _function_to_proto(function: CallableFunction) -> pb.CallableFunction:
    return pb.CallableFunction(
        name=function.name,
        concrete_functions=(
            pb.ConcreteFunction(
                name=concrete.name,
                arguments=(pb.Argument(name=argument.name, value=argument.value) for argument in concrete.arguments),
                keyword_arguments=(
                    pb.Argument(name=argument.name, value=argument.value) for argument in concrete.keyword_arguments
                ),
            )
            for concrete in function.concrete_functions
        ),
    )


def _function_from_proto(message: pb.CallableFunction) -> CallableFunction:
    return CallableFunction(
        message.name,
        tuple(
            ConcreteFunction(
                concrete.name,
                tuple(Argument(argument.name, argument.value) for argument in concrete.arguments),
                tuple(Argument(argument.name, argument.value) for argument in concrete.keyword_arguments),
            )
            for concrete in message.concrete_functions
        ),
    )


def _saver_to_proto(saver: Saver) -> pb.Saver:
    return pb.Saver(
        filename=ref_to_proto(saver.filename),
        save_tensor=None if saver.save_tensor is None else ref_to_proto(saver.save_tensor),
        restore_operation=saver.restore_operation,
        version=saver.version,
        sharded=saver.sharded,
    )


def _saver_from_proto(message: pb.Saver) -> Saver:
    return Saver(
        filename=ref_from_proto(message.filename),
        save_tensor=ref_from_proto(message.save_tensor) if message.HasField("save_tensor") else None,
        restore_operation=message.restore_operation,
        version=message.version,
        sharded=message.sharded,
    )


def _subgraph_to_proto(subgraph: Subgraph) -> pb.Subgraph:
    return pb.Subgraph(
        name=subgraph.name,
        inputs=map(spec_to_proto, subgraph.inputs),
        outputs=map(spec_to_proto, subgraph.outputs),
        operator_count=subgraph.operator_count,
        tensor_count=subgraph.tensor_count,
    )


def _subgraph_from_proto(message: pb.Subgraph) -> Subgraph:
    return Subgraph(
        name=message.name,
        inputs=tuple(map(spec_from_proto, message.inputs)),
        outputs=tuple(map(spec_from_proto, message.outputs)),
        operator_count=message.operator_count,
        tensor_count=message.tensor_count,
    )


def _fingerprints_to_proto(found: Fingerprints) -> pb.Fingerprints:
    return pb.Fingerprints(model=found.model, program=found.program, weights=found.weights, interface=found.interface)


def _fingerprints_from_proto(message: pb.Fingerprints) -> Fingerprints:
    return Fingerprints(message.model, message.program, message.weights, message.interface)
