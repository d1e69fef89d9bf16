"""Changes of facts and configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfreg.core.comparing.difference import FactChange
from tfreg.core.inspections import Inspection, KerasModel, Layer, MetaGraph

_SKIPPED = ("fingerprint", "inspector_version", "keras.saved_at")
"""These differ with every export, and so say nothing."""
_MAX_TEXT = 2_000
MAX_FACTS = 5_000


def fact_changes(before: Inspection, after: Inspection) -> tuple[FactChange, ...]:
    """Returns the changes, sorted by name; at most `MAX_FACTS`."""
    with_layers = before.keras is not None and after.keras is not None
    old, new = (dict(_facts(inspection, with_layers=with_layers)) for inspection in (before, after))
    names = sorted((name for name in old.keys() | new.keys() if old.get(name, "") != new.get(name, "")), key=str.encode)
    return tuple(FactChange(name, _short(old.get(name, "")), _short(new.get(name, ""))) for name in names[:MAX_FACTS])


def _facts(inspection: Inspection, *, with_layers: bool) -> Iterator[tuple[str, str]]:
    yield "format", inspection.format
    for name, text in inspection.facts.items():
        if not name.startswith(_SKIPPED):
            yield name, text
    for name, text in inspection.labels.items():
        yield f"label.{name}", text
    several = len(inspection.meta_graphs) > 1
    for meta_graph in inspection.meta_graphs:
        prefix = f"{{{','.join(sorted(set(meta_graph.tags)))}}} " if several else ""
        yield from ((prefix + name, text) for name, text in _of_graph(meta_graph) if text)
    if inspection.keras is not None:
        yield from _of_keras(inspection.keras)
        if with_layers:
            yield from ((f"keras.layer.{layer.name}", _layer(layer)) for layer in inspection.keras.layers)
    for number, subgraph in enumerate(inspection.subgraphs):
        yield f"subgraph.{number}.operators", str(subgraph.operator_count)
        yield f"subgraph.{number}.tensors", str(subgraph.tensor_count)
    yield "functions", ", ".join(function.name for function in inspection.functions)
    yield "problems", ", ".join(sorted({problem.code for problem in inspection.problems}))


def _of_graph(meta_graph: MetaGraph) -> Iterator[tuple[str, str]]:
    yield "tensorflow_version", meta_graph.tensorflow_version
    yield "producer", str(meta_graph.producer)
    yield "node_count", str(meta_graph.node_count)
    yield "function_count", str(meta_graph.function_count)
    yield "assets", ", ".join(asset.file_name for asset in meta_graph.assets)


def _of_keras(model: KerasModel) -> Iterator[tuple[str, str]]:
    yield "keras.name", model.name
    yield "keras.class_name", model.class_name
    yield "keras.optimizer", model.optimizer
    yield "keras.parameter_count", "" if model.parameter_count is None else str(model.parameter_count)
    yield "keras.custom_objects", ", ".join(model.custom_objects)
    for name, text in model.training.items():
        yield f"keras.training.{name}", text
    yield "keras.layer_count", str(len(model.layers))


def _layer(layer: Layer) -> str:
    shape = "" if layer.output_shape is None else str(["?" if size is None else size for size in layer.output_shape])
    said: Mapping[str, str] = {
        "class": layer.class_name,
        "parameters": "" if layer.parameter_count is None else str(layer.parameter_count),
        "trainable": "" if layer.trainable else "no",
        "dtype": layer.dtype,
        "shape": shape,
        "inputs": ", ".join(layer.inputs),
    }
    return "; ".join(f"{name} {text}" for name, text in said.items() if text)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "..."
