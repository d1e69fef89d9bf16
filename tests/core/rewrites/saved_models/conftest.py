"""Rewrites run over files as a conversion runs them, and their results in TensorFlow's two loaders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.formats.registry import format_named, recognise
from tfreg.core.inspections import Inspection, Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.trees import LocalTree

Feeds = Mapping[str, object]


@dataclass(frozen=True)
class Written:
    """A result on the disk, and what tfreg says of it."""

    folder: Path
    inspection: Inspection
    rewritten: Rewritten

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.inspection.meta_graphs[0].signatures if not one.internal]

    def signature(self, key: str, meta_graph: int = 0) -> Signature:
        return next(one for one in self.inspection.meta_graphs[meta_graph].signatures if one.key == key)


@pytest.fixture
def source(models: Path) -> Callable[..., Source]:
    def read(name: str | Path, declared: Sequence[DeclaredSignature] = ()) -> Source:
        tree = LocalTree(models / name)
        kind = recognise(tree)
        return source_of(tree, kind, kind.inspect(tree), declared)

    return read


@pytest.fixture
def saved(source: Callable[..., Source], tmp_path: Path) -> Callable[..., Written]:
    """Makes a SavedModel by a rewrite, and writes it."""

    def make(
        module: str,
        name: str | Path,
        others: Mapping[str, str | Path] | None = None,
        declared: Sequence[DeclaredSignature] = (),
        **said: object,
    ) -> Written:
        rewrite = import_module(f"tfreg.core.rewrites.{module}").rewrite
        given = {role: source(other) for role, other in (others or {}).items()}
        request = RewriteRequest(source(name, declared), "saved_model", ConversionOptions(**said), given)  # type: ignore[arg-type]
        rewritten = rewrite(request)
        folder = tmp_path / f"saved_{len(list(tmp_path.iterdir()))}"
        for file in rewritten.tree.files():
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(chunks_of(rewritten.tree.pieces(file.path))))
            assert path.stat().st_size == file.size_bytes
        inspection = format_named("saved_model").inspect(LocalTree(folder))
        assert [problem for problem in inspection.problems if problem.code not in ("TFR204", "TFR105")] == []
        return Written(folder, inspection, rewritten)

    return make


class Runs:
    """Signatures of SavedModels, run by TensorFlow."""

    @staticmethod
    def session(folder: Path, key: str, feeds: Feeds, tags: Sequence[str] = ("serve",)) -> dict[str, object]:
        """Runs one as programs of TensorFlow 1 and TensorFlow Java do: by tag set and SignatureDef."""
        import tensorflow as tf

        with tf.compat.v1.Session(graph=tf.Graph()) as open_session:
            meta_graph = tf.compat.v1.saved_model.load(open_session, list(tags), str(folder))
            signature = meta_graph.signature_def[key]
            named = {signature.inputs[name].name: value for name, value in feeds.items()}
            return open_session.run({name: info.name for name, info in signature.outputs.items()}, named)

    @staticmethod
    def function(folder: Path, key: str, feeds: Feeds) -> dict[str, object]:
        """Runs one as programs of TensorFlow 2 do."""
        import tensorflow as tf

        model = tf.saved_model.load(str(folder))
        given = {name: tf.constant(value) for name, value in feeds.items()}
        return {name: value.numpy() for name, value in model.signatures[key](**given).items()}

    @staticmethod
    def feeds(signature: Signature) -> dict[str, object]:
        """Makes inputs for a signature: the same ones each time."""
        import numpy as np

        random = np.random.default_rng(7)

        def value(dtype: str, shape: list[int]) -> object:
            if dtype == "string":
                return np.full(shape, b"a")
            if dtype.startswith("float"):
                return random.normal(size=shape).astype(dtype)
            return random.integers(0, 2, shape).astype(dtype)

        return {spec.key: value(spec.dtype, [size or 2 for size in spec.shape or ()]) for spec in signature.inputs}

    @staticmethod
    def same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
        """Whether two results are the same keys with the same numbers."""
        import numpy as np

        def equal(left: object, right: object) -> bool:
            left, right = np.asarray(left), np.asarray(right)
            if left.dtype.kind in "OSU":
                return bool(np.array_equal(left, right))
            return left.dtype == right.dtype and bool(np.allclose(left, right, rtol=1e-6, atol=1e-6))

        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)


@pytest.fixture
def runs() -> Runs:
    return Runs()
