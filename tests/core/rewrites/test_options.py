"""What a caller says is done on every route that takes it, or refused: never passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfreg.core.conversions.converting import convert, form_of, source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor, Renamed, VariableKey
from tfreg.core.conversions.planning import plan
from tfreg.core.errors import LimitExceededError, RequestInvalidError
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.freeze import functions
from tfreg.core.rewrites.graphs import edit
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.trees import LocalTree

SCORES = (NamedTensor("pred_prob"),)
ROUTES = [
    ("tf1_saved_model", "frozen_graph", {}),
    ("tf1_saved_model", "frozen_graph_text", {}),
    ("tf1_saved_model", "saved_model", {}),
    ("tf1_saved_model", "saved_model", {"inference_only": True}),
    ("checkpoint_tf1", "frozen_graph", {"outputs": SCORES}),
    ("checkpoint_tf1", "saved_model", {"outputs": SCORES}),
    ("frozen_tf1.pb", "frozen_graph", {"outputs": SCORES}),
    ("frozen_tf1.pb", "frozen_graph_text", {"outputs": SCORES}),
    ("frozen_tf1.pb", "saved_model", {"outputs": SCORES}),
]


def opened(path: Path) -> Source:
    tree = LocalTree(path)
    kind = recognise(tree)
    return source_of(tree, kind, kind.inspect(tree))


def operations(path: Path, target: str, **options: Any) -> dict[str, tuple[str, ...]]:
    """Converts, and returns the inputs of the result's nodes by name."""
    source = opened(path)
    way = plan(form_of(source.inspection), target, ConversionOptions(**options))
    with (
        convert(source, way, {}, runner=None, report=lambda _: None, still_wanted=lambda: True) as made,
        made.format.graph(made.tree, 0) as graph,
    ):
        return {name: graph.nodes[name].inputs for name in graph.nodes}


@pytest.mark.parametrize(("name", "target", "options"), ROUTES, ids=str)
def test_a_tensor_that_no_output_needs_is_kept_under_its_further_name(
    models: Path, name: str, target: str, options: dict[str, Any]
) -> None:
    nodes = operations(models / name, target, renamed=(Renamed("labels", "pred_label"),), **options)
    assert nodes["labels"] == ("pred_label",)
    assert {text.removeprefix("^").partition(":")[0] for inputs in nodes.values() for text in inputs} <= nodes.keys()


@pytest.mark.parametrize("options", [{"keep_variables": ("nosuch",)}, {"variable_keys": (VariableKey("nosuch", "w"),)}])
@pytest.mark.parametrize(("name", "outputs"), [("tf1_saved_model", ()), ("checkpoint_tf1", SCORES)])
def test_a_variable_that_the_outputs_do_not_need_is_not_named_in_vain(
    models: Path, name: str, outputs: tuple[NamedTensor, ...], options: dict[str, Any]
) -> None:
    with pytest.raises(RequestInvalidError, match="need no variable 'nosuch'"):
        operations(models / name, "frozen_graph", outputs=outputs, **options)


def test_a_variable_as_an_output_is_its_value(models: Path) -> None:
    source = opened(models / "tf2_module_signatures")
    way = plan("saved_model", "frozen_graph", ConversionOptions(signature="serving_default", outputs=(NamedTensor("kernel:0"),)))
    with convert(source, way, {}, runner=None, report=lambda _: None, still_wanted=lambda: True) as made:
        (spec,) = made.signatures[0].signature.outputs
    assert (spec.dtype, spec.shape) == ("float32", (4, 3))


def test_an_input_that_a_placeholder_replaces_is_no_input_any_more(models: Path) -> None:
    source = opened(models / "tf2_unused_inputs")
    options = ConversionOptions(signature="loop", placeholders=(NamedTensor("loop_step", "other"),))
    with convert(
        source, plan("saved_model", "saved_model", options), {}, runner=None, report=lambda _: None, still_wanted=lambda: True
    ) as made:
        (signature,) = [one for one in made.inspection.meta_graphs[0].signatures if one.key == "loop"]
    assert {spec.key for spec in signature.inputs} == {"n", "other", "start"}


@pytest.mark.parametrize("target", ["saved_model", "frozen_graph"])
@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("tf2_unused_inputs", "saver_filename:0"),
        ("tf1_sparse", "save/Assign:0"),
        ("tf1_placeholder_with_default", "save/RestoreV2/tensor_names"),
    ],
)
def test_what_loading_needs_is_not_replaced(models: Path, target: str, name: str, tensor: str) -> None:
    signature = "loop" if name == "tf2_unused_inputs" else "serving_default"
    with pytest.raises(RequestInvalidError, match="needed while the model is loaded"):
        operations(models / name, target, signature=signature, placeholders=(NamedTensor(tensor, "other"),))


def test_functions_are_not_copied_without_end(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_MAX_COPIED_NODES", 10)
    with pytest.raises(LimitExceededError, match="would have to be copied"):
        operations(models / "tf2_module_signatures", "frozen_graph", signature="serving_default")


def test_a_graph_of_too_many_nodes_is_refused_before_any_work(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit, "MAX_NODES", 3)
    for target in ("frozen_graph", "saved_model"):
        with pytest.raises(LimitExceededError, match="no more than 3"):
            operations(models / "tf1_saved_model", target, clear_devices=True)
