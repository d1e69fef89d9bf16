"""The JSON documents of `-o json`. Their fields are promised in docs/cli.md: add, never rename."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.cli.wording import timestamp
from tfreg.core.bindings import Guess
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.events import Event
from tfreg.core.inspections import (
    CallableFunction,
    ConcreteFunction,
    Inspection,
    KerasModel,
    Layer,
    MetaGraph,
    Saver,
    Signature,
    Subgraph,
    Targets,
)
from tfreg.core.records import AliasMoved, Fingerprints, ModelRecord, VersionRecord
from tfreg.core.tensors import Part, Quantization, StoredTensor, TensorRef, TensorSpec

Document = dict[str, object]


def model_document(model: ModelRecord) -> Document:
    """A model."""
    return {
        "name": model.name,
        "newest_version": model.newest_version,
        "version_count": model.version_count,
        "aliases": dict(sorted(model.aliases.items())),
        "created_at": timestamp(model.created_at_ms),
        "sequence": model.sequence,
    }


def version_document(version: VersionRecord) -> Document:
    """A version."""
    return {
        "reference": f"{version.model}:{version.number}",
        "model": version.model,
        "number": version.number,
        "artifact_digest": version.artifact_digest,
        "format": version.format,
        "size_bytes": version.size_bytes,
        "created_at": timestamp(version.created_at_ms),
        "deleted_at": None if version.deleted_at_ms is None else timestamp(version.deleted_at_ms),
        "additions": version.additions,
        "aliases": list(version.aliases),
        "labels": dict(sorted(version.labels.items())),
        "attachments": attachments_document(version),
    }


def alias_move_document(move: AliasMoved) -> Document:
    """A move of an alias."""
    return {
        "alias": move.alias,
        "from_version": move.from_version,
        "to_version": move.to_version,
        "moved_at": timestamp(move.moved_at_ms),
        "sequence": move.sequence,
    }


def event_document(event: Event) -> Document:
    """Something that happened to a model."""
    return {
        "sequence": event.sequence,
        "model": event.model,
        "kind": event.kind.value,
        "version": event.version,
        "alias": event.alias or None,
        "from_version": event.from_version if event.alias else None,
        "happened_at": timestamp(event.at_ms),
    }


def diagnostic_document(diagnostic: Diagnostic) -> Document:
    """A finding."""
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "place": {"file": place.file, "operation": place.operation, "function": place.function, "signature": place.signature},
    }


def ref_document(ref: TensorRef | None) -> Document:
    """A tensor's place: the name as TensorFlow writes it, and its parts."""
    if ref is None:
        return {"name": None, "operation": None, "index": None}
    return {"name": str(ref), "operation": ref.operation, "index": ref.index}


def guess_document(guess: Guess) -> Document:
    """Why a tensor is taken for an input or an output."""
    return {
        **ref_document(guess.ref),
        "role": "output" if guess.output else "input",
        "confidence": guess.confidence.value,
        "reason": guess.reason,
    }


def tensor_document(tensor: TensorSpec) -> Document:
    """A tensor. `shape` is null for an unknown rank, and its sizes are null where unknown."""
    return {
        "key": tensor.key,
        **ref_document(tensor.ref),
        "dtype": tensor.dtype,
        "shape": None if tensor.shape is None else list(tensor.shape),
        "has_shape": tensor.has_shape,
        "encoding": tensor.encoding,
        "components": [tensor_document(part) for part in tensor.components],
        "tensor_index": tensor.tensor_index,
        "quantization": quantization_document(tensor.quantization),
    }


def quantization_document(quantization: Quantization | None) -> Document | None:
    """How integers stand for real numbers; None if they do not."""
    if quantization is None:
        return None
    return {"scales": list(quantization.scales), "zero_points": list(quantization.zero_points), "axis": quantization.axis}


def stored_tensor_document(tensor: StoredTensor) -> Document:
    """A tensor whose value is stored."""
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "file": tensor.file,
        "offset_bytes": tensor.offset_bytes,
        "size_bytes": tensor.size_bytes,
        "stored_as": tensor.stored_as.value,
        "path": tensor.path or None,
        "trainable": tensor.trainable,
        "part": part_document(tensor.part),
        "quantization": quantization_document(tensor.quantization),
    }


def part_document(part: Part | None) -> Document | None:
    """What a slice is part of; None for a whole tensor."""
    return None if part is None else {"name": part.name, "shape": list(part.shape), "begin": list(part.begin)}


def signature_document(signature: Signature) -> Document:
    """A SignatureDef."""
    return {
        "key": signature.key,
        "method_name": signature.method_name,
        "internal": signature.internal,
        "declared": signature.declared,
        "inputs": [tensor_document(tensor) for tensor in signature.inputs],
        "outputs": [tensor_document(tensor) for tensor in signature.outputs],
    }


def targets_document(targets: Targets) -> Document:
    """What a loader runs."""
    return {
        "init_operations": list(targets.init_operations),
        "restore_operation": targets.restore_operation,
        "restore_filename": None if targets.restore_filename is None else str(targets.restore_filename),
    }


def meta_graph_document(graph: MetaGraph) -> Document:
    """A MetaGraphDef."""
    return {
        "tags": list(graph.tags),
        "tensorflow_version": graph.tensorflow_version,
        "producer": graph.producer,
        "node_count": graph.node_count,
        "function_count": graph.function_count,
        "signatures": [signature_document(signature) for signature in graph.signatures],
        "ops": list(graph.ops),
        "assets": [{"file_name": asset.file_name, **ref_document(asset.ref)} for asset in graph.assets],
        "targets": targets_document(graph.targets),
        "saver": saver_document(graph.saver),
    }


def saver_document(saver: Saver | None) -> Document | None:
    """How a TF1 program saves the variables; None if the graph does not say."""
    if saver is None:
        return None
    return {
        "filename": str(saver.filename),
        "save_tensor": None if saver.save_tensor is None else str(saver.save_tensor),
        "restore_operation": saver.restore_operation,
        "version": saver.version,
        "sharded": saver.sharded,
    }


def function_document(function: CallableFunction) -> Document:
    """A function that a SavedModel offers to Python."""
    return {"name": function.name, "concrete_functions": [_concrete_document(trace) for trace in function.concrete_functions]}


def inspection_document(inspection: Inspection, tensors: Sequence[StoredTensor]) -> Document:
    """All that an inspection holds. `tensors` are given apart, since a server pages them."""
    return {
        "format": inspection.format,
        "meta_graphs": [meta_graph_document(graph) for graph in inspection.meta_graphs],
        "functions": [function_document(function) for function in inspection.functions],
        "tensors": [stored_tensor_document(tensor) for tensor in tensors],
        "facts": dict(inspection.facts),
        "problems": [diagnostic_document(problem) for problem in inspection.problems],
        "keras": None if inspection.keras is None else keras_document(inspection.keras),
        "subgraphs": [subgraph_document(subgraph) for subgraph in inspection.subgraphs],
        "inspector_version": inspection.inspector_version,
    }


def keras_document(model: KerasModel) -> Document:
    """A Keras model's architecture."""
    return {
        "name": model.name,
        "class_name": model.class_name,
        "inputs": [tensor_document(tensor) for tensor in model.inputs],
        "outputs": [tensor_document(tensor) for tensor in model.outputs],
        "layers": [_layer_document(layer) for layer in model.layers],
        "parameter_count": model.parameter_count,
        "trainable_parameter_count": model.trainable_parameter_count,
        "optimizer": model.optimizer,
        "training": dict(model.training),
        "custom_objects": list(model.custom_objects),
    }


def subgraph_document(subgraph: Subgraph) -> Document:
    """A TFLite subgraph."""
    return {
        "name": subgraph.name,
        "inputs": [tensor_document(tensor) for tensor in subgraph.inputs],
        "outputs": [tensor_document(tensor) for tensor in subgraph.outputs],
        "operator_count": subgraph.operator_count,
        "tensor_count": subgraph.tensor_count,
    }


def fingerprints_document(fingerprints: Fingerprints | None) -> Document | None:
    """What identifies a model beyond its bytes; null where the format does not say enough. None if they were not computed."""
    if fingerprints is None:
        return None
    return {
        "model": fingerprints.model or None,
        "program": fingerprints.program or None,
        "weights": fingerprints.weights or None,
        "interface": fingerprints.interface or None,
    }


def attachments_document(version: VersionRecord) -> list[Document]:
    """The files attached to a version."""
    return [
        {"role": a.role, "file_name": a.file.path, "size_bytes": a.file.size_bytes, "digest": a.file.digest}
        for a in version.attachments
    ]


def _layer_document(layer: Layer) -> Document:
    return {
        "name": layer.name,
        "class_name": layer.class_name,
        "module": layer.module,
        "parameter_count": layer.parameter_count,
        "trainable": layer.trainable,
        "dtype": layer.dtype,
        "output_shape": None if layer.output_shape is None else list(layer.output_shape),
        "inputs": list(layer.inputs),
    }


def _concrete_document(trace: ConcreteFunction) -> Document:
    return {
        "name": trace.name,
        "arguments": [{"name": argument.name, "value": argument.value} for argument in trace.arguments],
        "keyword_arguments": [{"name": argument.name, "value": argument.value} for argument in trace.keyword_arguments],
    }
