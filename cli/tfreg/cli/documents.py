"""The JSON documents of `-o json`. Their fields are promised in docs/cli.md: add, never rename."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.cli.wording import timestamp
from tfreg.core.bindings import Guess
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.inspections import CallableFunction, ConcreteFunction, Inspection, MetaGraph, Signature, Targets
from tfreg.core.records import AliasMoved, ModelRecord, VersionRecord
from tfreg.core.tensors import StoredTensor, TensorRef, TensorSpec

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
        "attachments": [
            {"role": a.role, "file_name": a.file.path, "size_bytes": a.file.size_bytes, "digest": a.file.digest}
            for a in version.attachments
        ],
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
    }


def stored_tensor_document(tensor: StoredTensor) -> Document:
    """A tensor whose value is stored."""
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "file": tensor.file,
        "offset_bytes": tensor.offset_bytes,
        "size_bytes": tensor.size_bytes,
    }


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
        "inspector_version": inspection.inspector_version,
    }


def _concrete_document(trace: ConcreteFunction) -> Document:
    return {
        "name": trace.name,
        "arguments": [{"name": argument.name, "value": argument.value} for argument in trace.arguments],
        "keyword_arguments": [{"name": argument.name, "value": argument.value} for argument in trace.keyword_arguments],
    }
