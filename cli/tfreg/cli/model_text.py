"""What particular formats say of a model, as text: Keras's layers, TFLite's subgraphs, savers; and what identifies it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from tfreg.cli.tables import table
from tfreg.cli.wording import count_text, quantization_text
from tfreg.core.inspections import KerasModel, Layer, Saver, Subgraph
from tfreg.core.records import Fingerprints
from tfreg.core.tensors import StoredTensor, TensorSpec
from tfreg.core.written_types import written_shape


def keras_lines(model: KerasModel) -> list[str]:
    """The architecture in a few lines: class, size, inputs and outputs, what loading needs."""
    facts = [count_text(len(model.layers), "layer"), _parameters(model)]
    if model.optimizer:
        facts.append(f"optimizer {model.optimizer}")
    rows = [("input", *_tensor_columns(tensor)) for tensor in model.inputs]
    rows += [("output", *_tensor_columns(tensor)) for tensor in model.outputs]
    needs = [f"  needs the author's code: {', '.join(model.custom_objects)}"] if model.custom_objects else []
    return [
        f"{f'keras {model.class_name} {model.name}'.rstrip()}: {', '.join(fact for fact in facts if fact)}",
        *table(rows, indent="  "),
        *needs,
    ]


def layer_lines(model: KerasModel) -> list[str]:
    """The layers as a table, as Keras's own summary, and the totals."""
    rows = [_layer_row(layer) for layer in model.layers]
    lines = table(rows, header=("layer", "class", "output shape", "parameters", "inputs"))
    if model.parameter_count is None:
        return [*lines, "total: the weights are not here"]
    return [*lines, *_totals(model)]


def training_lines(model: KerasModel) -> list[str]:
    """The compile config."""
    return ["training", *table(sorted(model.training.items()), indent="  ")] if model.training else []


def subgraph_lines(number: int, subgraph: Subgraph) -> list[str]:
    """A TFLite subgraph with its inputs and outputs in the interpreter's order."""
    sizes = f"{count_text(subgraph.operator_count, 'operator')}, {count_text(subgraph.tensor_count, 'tensor')}"
    name = f" {subgraph.name}" if subgraph.name else ""
    rows = [_subgraph_row("input", tensor) for tensor in subgraph.inputs]
    rows += [_subgraph_row("output", tensor) for tensor in subgraph.outputs]
    return [f"subgraph {number}{name}: {sizes}", *table(rows, indent="  ")]


def saver_lines(saver: Saver | None) -> list[str]:
    """How a TF1 program saves and restores the variables."""
    if saver is None:
        return []
    rows = [
        ("filename", str(saver.filename)),
        ("save", str(saver.save_tensor) if saver.save_tensor else "-"),
        ("restore", saver.restore_operation or "-"),
    ]
    return [f"saver {saver.version}{' sharded' if saver.sharded else ''}", *table(rows, indent="  ")]


def fingerprint_lines(fingerprints: Fingerprints | None) -> list[str]:
    """What identifies the model beyond its bytes, as far as it is known."""
    if fingerprints is None:
        return []
    rows = [(name, value) for name, value in fingerprint_items(fingerprints) if value]
    return ["fingerprints", *table(rows, indent="  ")] if rows else []


def fingerprint_items(fingerprints: Fingerprints) -> list[tuple[str, str]]:
    """Name and value of each."""
    return [
        ("model", fingerprints.model),
        ("program", fingerprints.program),
        ("weights", fingerprints.weights),
        ("interface", fingerprints.interface),
    ]


def tensor_total(tensors: Iterable[StoredTensor]) -> int:
    """How many elements tensors have in all."""
    return sum(prod(tensor.shape) for tensor in tensors)


def _layer_row(layer: Layer) -> tuple[str, ...]:
    frozen = "" if layer.trainable else " (frozen)"
    count = "?" if layer.parameter_count is None else f"{layer.parameter_count:,}"
    shape = "?" if layer.output_shape is None else written_shape(layer.output_shape)
    return (layer.name, layer.class_name, shape, f"{count}{frozen}", ", ".join(layer.inputs) or "-")


def _totals(model: KerasModel) -> Sequence[str]:
    total = model.parameter_count or 0
    if model.trainable_parameter_count is None:
        return (f"total: {total:,} parameters",)
    trainable = model.trainable_parameter_count
    return (f"total: {total:,} parameters, {trainable:,} trainable, {total - trainable:,} not",)


def _parameters(model: KerasModel) -> str:
    if model.parameter_count is None:
        return "weights not here"
    trainable = model.trainable_parameter_count
    of_which = "" if trainable is None or trainable == model.parameter_count else f" ({trainable:,} trainable)"
    return f"{model.parameter_count:,} parameters{of_which}"


def _tensor_columns(tensor: TensorSpec) -> tuple[str, ...]:
    return (tensor.key or "-", tensor.dtype or "?", written_shape(tensor.shape) if tensor.has_shape else "?")


def _subgraph_row(role: str, tensor: TensorSpec) -> tuple[str, ...]:
    index = "-" if tensor.tensor_index is None else str(tensor.tensor_index)
    shape = written_shape(tensor.shape) if tensor.has_shape else "?"
    name = tensor.ref.operation if tensor.ref else "-"
    return (role, index, name, tensor.dtype or "?", shape, quantization_text(tensor.quantization))
