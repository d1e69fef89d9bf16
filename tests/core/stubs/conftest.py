"""Entries of lock files that stubs are written from: the models of the fixtures, and one whose keys are as awkward as can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.core.bindings import BindingQuery, Feed, FeedUse
from tfreg.core.formats.registry import FORMATS
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.locks.lock import LockedModel, LockedSignature, locked_signature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.tensors import Shape, TensorSpec

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
Locked = Callable[[str], LockedModel]
KEYS = [
    *("class", "in", "np", "self", "a/b:0", "a b", "a.b", "__x", "1", "größe", "日本", "x" * 80, "x" * 79 + "y", '"""quoted"""'),
    *("back\\slash", "new\nline\u2028", "Scalar", "count", "Any", "import_module", "dataclass", "x_2", "X", "x", "values", "run"),
    *(
        "a'b\"c",
        "lambda",
        "None",
        "True",
        "/* comment",
        "*/ // x",
        "serving_default",
        "ServingDefault",
        "value_error",
        "ValueError",
    ),
]
DTYPES = [
    "float32",
    "float16",
    "bfloat16",
    "complex128",
    "string",
    "bool",
    "qint8",
    "resource",
    "int4",
    "uint64",
    "",
    "float8_e5m2",
]
SHAPES: list[Shape] = [(), (None,), (None, 3), None, (1,) * 30]


@pytest.fixture(scope="session")
def locked() -> Locked:
    """Returns the entry of a fixture's model."""

    def lock(name: str) -> LockedModel:
        selected = select(*open_path(MODELS / name))
        tree, kind = selected.tree, selected.format
        inspection = kind.inspect(tree)
        graphs = inspection.meta_graphs
        signatures = callable_signatures(graphs[choose_meta_graph(graphs, ())]) if graphs else ()
        bindings = [resolve(inspection, BindingQuery(one.key), lambda index: kind.graph(tree, index)) for one in signatures]
        found = tuple(locked_signature(binding) for binding in bindings)
        model = name.partition(".")[0].replace("_", "-")
        return LockedModel(f"team/{model}@prod", f"team/{model}", 1, "sha256:" + "a" * 64, kind.name, "sha256:" + "b" * 64, found)

    return lock


@pytest.fixture(scope="session")
def signed(locked: Locked) -> dict[str, LockedModel]:
    """The entries of all fixtures that have a signature to call."""
    formats = {kind.name for kind in FORMATS} - {"keras_h5", "keras_v3", "keras_json"}
    entries = {}
    for path in sorted(MODELS.iterdir()):
        if path.suffix in ("", ".pb", ".tflite"):
            entry = locked(path.name)
            if entry.signatures and entry.format in formats:
                entries[path.name.partition(".")[0]] = entry
    return entries


@pytest.fixture(scope="session")
def awkward() -> LockedModel:
    """A model with every key in every place, of all dtypes and kinds of shapes."""

    def spec(key: str, number: int) -> TensorSpec:
        shape = SHAPES[number % len(SHAPES)]
        return TensorSpec(key, None, DTYPES[number % len(DTYPES)], shape, has_shape=number % 7 != 0)

    keys = sorted(KEYS, key=str.encode)
    feeds = tuple(Feed(spec(key, number), list(FeedUse)[number % 3]) for number, key in enumerate(keys))
    fetches = tuple(spec(key, number + 3) for number, key in enumerate(keys))
    signatures = tuple(LockedSignature(key, "sha256:" + "a" * 64, 'm\n"""', feeds, fetches) for key in keys)
    return LockedModel(
        "team/awk-ward@prod", "team/awk-ward.2", 3, "sha256:" + "b" * 64, "saved_model", "sha256:" + "c" * 64, signatures
    )
