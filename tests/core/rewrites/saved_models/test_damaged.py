"""Damaged files are refused by an error of tfreg's own, or converted: nothing else comes out of a rewrite."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path

import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.errors import TfregError
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.trees import MemoryTree

CASES = {
    "tf2_module_signatures/saved_model.pb": (
        "resigning",
        {"signature": "serving_default", "outputs": (NamedTensor("score", "p"),)},
    ),
    "saved_model_losses/saved_model.pb": ("resigning", {"inference_only": True, "clear_devices": True}),
    "tf1_assets_table/saved_model.pb": ("resigning", {"inference_only": True}),
    "checkpoint_estimator_2_12/*.meta": ("checkpoint_to_saved_model", {"allow_training_graph": True}),
    "checkpoint_tf1_partitioned/*.index": ("checkpoint_to_saved_model", {"outputs": (NamedTensor("embedding/part_1/read"),)}),
    "frozen_functions.pb": ("frozen_graph_to_saved_model", {"outputs": (NamedTensor("y"),)}),
    "frozen_tf1.pb": ("frozen_graph_to_text", {}),
}


def _damaged(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)  # no secret
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 10))):
        at = chance.randrange(len(changed))
        if chance.random() < 0.6:
            changed[at] = chance.randrange(256)
        elif chance.random() < 0.5:
            del changed[at : at + chance.randrange(1, 20)]
        else:
            changed[at:at] = changed[at : at + chance.randrange(1, 40)]
    return bytes(changed)


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_file_is_refused_or_converted(case: str, models: Path):
    module, said = CASES[case]
    rewrite = import_module(f"tfreg.core.rewrites.{module}").rewrite
    (file,) = models.glob(case)
    root = file.parent if file.parent != models else file
    files = {str(path.relative_to(root)) if root.is_dir() else path.name: path.read_bytes() for path in _files(root)}
    name, outcomes = file.name, set[str]()
    for seed in range(60):
        tree = MemoryTree({**files, name: _damaged(files[name], seed)})
        try:
            kind = recognise(tree)
            source = source_of(tree, kind, kind.inspect(tree))
            made = rewrite(RewriteRequest(source, "saved_model", ConversionOptions(**said)))
        except TfregError:
            outcomes.add("refused")
            continue
        outcomes.add("converted")
        for one in made.tree.files():
            assert sum(len(chunk) for chunk in chunks_of(made.tree.pieces(one.path))) == one.size_bytes
    assert outcomes


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else [root]
