"""Bindings of real models, as goldens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.errors import TfregError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.resolve import resolve
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.tensors import TensorSpec
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
NAMES = sorted(path.name for path in MODELS.iterdir() if path.name.startswith(("tf1_", "tf2_", "frozen_", "estimator_")))


def _tensor(spec: TensorSpec) -> str:
    if spec.components:
        return f"{spec.key} = {spec.encoding}({', '.join(map(_tensor, spec.components))})"
    shape = "?" if spec.shape is None else "[" + ",".join("?" if size is None else str(size) for size in spec.shape) + "]"
    return f"{spec.key or '-'} = {spec.ref} {spec.dtype} {shape if spec.has_shape else '(shape not said)'}"


def _text(binding: Binding) -> str:
    lines = [f"{binding.format} {{{', '.join(binding.tags)}}} {binding.signature or '-'}{' guessed' if binding.guessed else ''}"]
    lines += [f"  feed  {feed.use.value:8} {_tensor(feed.tensor)}" for feed in binding.feeds]
    lines += [f"  fetch {_tensor(fetch)}" for fetch in binding.fetches]
    targets = binding.targets
    lines += [f"  init  {' '.join(targets.init_operations)}"] if targets.init_operations else []
    lines += [f"  restore {targets.restore_operation} with {targets.restore_filename}"] if targets.restore_operation else []
    lines += [f"  {found.severity.value} {found.code} {found.message}" for found in binding.diagnostics]
    return "\n".join(lines) + "\n"


def _queries(meta_graph: MetaGraph) -> list[BindingQuery]:
    keys = [signature.key for signature in callable_signatures(meta_graph)] or [""]
    return [BindingQuery(key, meta_graph.tags) for key in keys]


@pytest.mark.parametrize("name", NAMES)
def test_bindings_of_a_real_model(name: str, golden: Callable[[str, str], None]) -> None:
    tree = LocalTree(MODELS / name)
    format_ = recognise(tree)
    inspection = format_.inspect(tree)
    texts = []
    for meta_graph in inspection.meta_graphs:
        for query in _queries(meta_graph):
            try:
                texts.append(_text(resolve(inspection, query, lambda index: format_.graph(tree, index))))
            except TfregError as error:
                texts.append(f"{error.reason}: {error}\n")
    golden(f"bindings/{name}.txt", "\n".join(texts))
