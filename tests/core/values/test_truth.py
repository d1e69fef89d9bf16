"""Plain values, bit for bit those that TensorFlow, h5py and TFLite's schema tell, for every fixture that stores any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.formats.format import Format
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.formats.variables import OBJECT_GRAPH
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import FileTree, LocalTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection

FIXTURES = Path(__file__).parents[2] / "fixtures"
MODELS = FIXTURES / "models"


@cache
def truth(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / "truth" / f"{name}.json").read_text())


def model_path(name: str) -> Path | None:
    candidates = [MODELS / name, *sorted(MODELS.glob(f"{name}.*")), MODELS / f"{name.removesuffix('_pbtxt')}.pbtxt"]
    return next((path for path in candidates if path.exists()), None)


def told(field: str) -> list[str]:
    """Fixtures whose truth has a field with tensors in it."""
    names = sorted(path.name.removesuffix(".json") for path in (FIXTURES / "truth").glob("*.json"))
    return [name for name in names if isinstance(truth(name).get(field), dict) and truth(name)[field] and model_path(name)]


def opened(name: str) -> tuple[FileTree, Format, tuple[StoredTensor, ...]]:
    path = model_path(name)
    assert path is not None
    selected = select(*open_path(path))
    return selected.tree, selected.format, selected.format.inspect(selected.tree).tensors


def sha256(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def check(values: Values, name: str, expected: dict[str, Any]) -> None:
    header, chunks = values.read(Selection(name))
    assert (header.dtype, list(header.shape)) == (expected["dtype"], expected["shape"]), name
    assert sha256(chunks) == expected["sha256"], name


@pytest.mark.parametrize("name", told("checkpoint"))
def test_the_values_of_a_checkpoint_are_those_of_load_checkpoint(name: str) -> None:
    tree, _, tensors = opened(name)
    keys = {key: value for key, value in truth(name)["checkpoint"].items() if isinstance(value, dict) and key != OBJECT_GRAPH}
    with Values(tree, tensors) as values:
        for key, expected in keys.items():
            if expected.get("sha256") and expected["dtype"] != "variant":
                check(values, key, expected)


@pytest.mark.parametrize("name", told("constants"))
def test_the_values_of_a_graphs_constants_large_and_small_are_tensorflows(name: str) -> None:
    tree, kind, tensors = opened(name)
    with Values(tree, tensors, lambda: kind.graph(tree, 0)) as values:
        for key, expected in truth(name)["constants"].items():
            if expected.get("sha256"):
                check(values, key, expected)


@pytest.mark.parametrize("name", told("hdf5"))
def test_the_values_of_hdf5_files_are_those_of_h5py(name: str) -> None:
    """However they are stored; one reading of several for each way, for each starts a process."""
    tree, _, tensors = opened(name)
    datasets = truth(name)["hdf5"]["datasets"]
    seen: dict[str, int] = {}
    with Values(tree, tensors) as values:
        for tensor in tensors:
            expected = datasets.get(tensor.name)
            seen[tensor.stored_as] = seen.get(tensor.stored_as, 0) + 1
            if expected is None or (tensor.stored_as != "raw" and seen[tensor.stored_as] > 2) or expected["byte_order"] == "big":
                continue
            header, chunks = values.read(Selection(tensor.name))
            assert list(header.shape) == expected["shape"]
            assert sha256(chunks) == expected["sha256"], tensor.name


@pytest.mark.parametrize("name", told("interpreter"))
def test_the_values_of_tflite_are_its_buffers(name: str) -> None:
    tree, _, tensors = opened(name)
    by_name = {
        tensor["name"]: tensor for subgraph in reversed(truth(name)["subgraphs"]) for tensor in reversed(subgraph["tensors"])
    }
    with Values(tree, tensors) as values:
        for tensor in tensors:
            expected = by_name.get(tensor.name)
            if expected and expected["sha256"] and tensor.dtype not in ("string", "int4", "uint4", "int2"):
                assert sha256(values.read(Selection(tensor.name))[1]) == expected["sha256"], tensor.name


def test_a_partitioned_variable_is_read_by_its_name_and_its_slices_by_theirs() -> None:
    tree = LocalTree(MODELS / "checkpoint_tf1_partitioned")
    _, _, tensors = opened("checkpoint_tf1_partitioned")
    with Values(tree, tensors) as values:
        check(values, "matrix", truth("checkpoint_tf1_partitioned")["checkpoint"]["matrix"])
        slices = [tensor for tensor in tensors if tensor.part and tensor.part.name == "matrix"]
        assert len(slices) > 1
        assert values.read(Selection(slices[0].name))[0].shape == slices[0].shape


def test_a_variable_is_read_by_its_path_too() -> None:
    _, _, tensors = opened("checkpoint_tf2")
    (kernel,) = [tensor for tensor in tensors if tensor.path == "model/dense/kernel"]
    with Values(LocalTree(MODELS / "checkpoint_tf2"), tensors) as values:
        assert values.read(Selection("model/dense/kernel"))[0].name == kernel.name
