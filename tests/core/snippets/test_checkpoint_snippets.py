"""The lines to paste for a TF1 checkpoint: the graph of its .meta, the values restored into it, then the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfreg.core import snippets
from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.formats.selecting import select
from tfreg.core.resolving.resolve import resolve
from tfreg.core.trees import LocalTree


def binding_of(folder: Path, *outputs: str) -> Binding:
    selected = select(LocalTree(folder))
    inspection = selected.format.inspect(selected.tree)
    return resolve(inspection, BindingQuery(outputs=outputs), lambda number: selected.format.graph(selected.tree, number))


def test_python_restores_by_the_names_of_the_binding(models):
    text = snippets.python(binding_of(models / "checkpoint_training", "pred_prob:0"))
    assert 'import_meta_graph(f"{path}.meta", clear_devices=True)' in text
    assert 'session.run("save/restore_all", {"save/Const:0": str(path)})' in text
    assert "text_format" not in text


def test_java_restores_by_the_names_of_the_binding(models):
    text = snippets.java(binding_of(models / "checkpoint_training", "pred_prob:0"))
    assert 'session.runner().feed("save/Const", 0, TString.scalarOf(prefix)).addTarget("save/restore_all").run().close();' in text
    assert "org.tensorflow.types.TString" in text
    assert "MetaGraphDef" in text


def test_a_graph_as_text_is_imported_as_any_other(models):
    assert "text_format.Parse" in snippets.python(binding_of(models / "checkpoint_graph_pbtxt", "pred_prob:0"))


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "prefix"), [("checkpoint_training", "ckpt-300"), ("checkpoint_v1", "model.ckpt-3")])
def test_the_lines_run_in_tensorflow(models, name, prefix):
    lines = snippets.python(binding_of(models / name, "pred_prob:0"))
    program = "\n".join(
        [
            "import numpy as np",
            f"path = {str(models / name / prefix)!r}",
            "input_ids = input_mask = segment_ids = np.zeros([2, 8], np.int32)",
            "is_training = False",
            lines.replace("[pred_prob] =", "[found] =").replace("[output] =", "[found] ="),
            "print(found.shape)",
        ]
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip() == "(2, 3)"
