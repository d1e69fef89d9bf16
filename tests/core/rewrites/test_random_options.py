"""Whatever options are put together: a conversion is refused by an error of tfreg's own, or TensorFlow's session loads the result."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.core.rewrites.test_options import opened
from tfreg.core.conversions.converting import convert, form_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor, Renamed
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.routes import ROUTES
from tfreg.core.conversions.saving import save
from tfreg.core.errors import TfregError
from tfreg.core.resolving.signatures import callable_signatures

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]
NAMES = [
    "tf1_saved_model",
    "tf1_cond_while_v1",
    "tf1_cond_while_v2",
    "tf1_partitioned",
    "tf1_assets_table",
    "tf2_bf16_string",
    "tf2_vocab",
    "tf2_unused_inputs",
    "tf2_module_signatures",
    "checkpoint_tf1",
    "checkpoint_tf1_partitioned",
    "frozen_functions.pb",
]
CASES_EACH = 16


def some_options(names: list[str], signatures: list[str], chance: random.Random) -> dict[str, Any]:
    """Returns options of which some are nonsense."""

    def tensor() -> str:
        return chance.choice(names) + chance.choice(["", ":0", ":0", ":1"])

    may: dict[str, Any] = {
        "outputs": (NamedTensor(tensor(), chance.choice(["", "ключ"])),),
        "inputs": (NamedTensor(tensor()),),
        "renamed": (Renamed("fresh/name", tensor()), Renamed("other", tensor())),
        "placeholders": (NamedTensor(tensor(), chance.choice(["", "fed"])),),
        "clear_devices": True,
        "keep_variables": ("*",),
        "inference_only": True,
        "allow_training_graph": True,
        "new_tags": ("serve", "other"),
    }
    chosen = {name: value for name, value in may.items() if chance.random() < 0.3}
    return chosen | ({"signature": chance.choice(signatures)} if signatures else {"outputs": may["outputs"]})


def load(path: Path, target: str, tags: tuple[str, ...]) -> None:
    from tensorflow.compat import v1 as tf1

    with tf1.Session(graph=tf1.Graph(), config=tf1.ConfigProto(allow_soft_placement=True)) as session:
        if target == "saved_model":
            tf1.saved_model.load(session, list(tags), str(path))
        else:
            tf1.import_graph_def(tf1.GraphDef.FromString(path.read_bytes()), name="")


@pytest.mark.parametrize("name", NAMES)
def test_a_result_loads_whatever_was_asked_for(models: Path, tmp_path: Path, name: str) -> None:
    source, chance = opened(models / name), random.Random(name)  # no secret
    with source.graph(0) as graph:
        names = list(graph.nodes)
    signatures = [one.key for one in callable_signatures(source.inspection.meta_graphs[0])]
    form = form_of(source.inspection)
    known = {route.target: route.options for route in ROUTES if form in route.sources}
    loaded = 0
    for number in range(CASES_EACH):
        target = chance.choice(["frozen_graph", "saved_model"])
        options = some_options(names, signatures, chance)
        options = {key: value for key, value in options.items() if key in known[target]}
        try:
            way = plan(form, target, ConversionOptions(**options))
            with convert(source, way, {}, runner=None, report=lambda _: None, still_wanted=lambda: True) as made:
                save(made.tree, tmp_path / str(number), is_folder=target == "saved_model")
                found = made.inspection.meta_graphs
        except TfregError:
            continue
        for meta_graph in found:
            load(tmp_path / str(number), target, meta_graph.tags)
            loaded += 1
    assert loaded
