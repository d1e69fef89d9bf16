"""Runs models by TensorFlow's session, as TensorFlow Java does: what a source computes, and what its frozen graph does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.files import FileTree
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Signature
from tfreg.core.rewrites.freezing import rewrite
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.tensors import TensorSpec
from tfreg.core.trees import LocalTree

Values = Mapping[str, Any]
NOTHING: Values = {}
SIZE = 3
"""For each size that a signature leaves open."""


def opened(tree: FileTree | Path) -> Source:
    tree = LocalTree(tree) if isinstance(tree, Path) else tree
    kind = recognise(tree)
    return source_of(tree, kind, kind.inspect(tree))


def frozen(source: Source, graph: Source | None = None, outputs: str = "", **options: Any) -> Rewritten:
    named = tuple(NamedTensor(name) for name in outputs.split(","))
    if outputs:
        options["outputs"] = named
    return rewrite(
        RewriteRequest(source, "frozen_graph", ConversionOptions(**options), {} if graph is None else {"graph": graph})
    )


def content_of(rewritten: Rewritten) -> bytes:
    return b"".join(chunks_of(rewritten.tree.pieces("frozen_graph.pb")))


def inputs_for(signature: Signature, given: Values) -> Values:
    random = np.random.default_rng(7)
    return {spec.key: _value(spec, random) for spec in signature.inputs} | {
        key: np.asarray(value) for key, value in given.items()
    }


def _value(spec: TensorSpec, random: np.random.Generator) -> Any:
    import tensorflow as tf

    shape = [SIZE if size is None else size for size in (spec.shape or ())]
    dtype = tf.as_dtype(spec.dtype).as_numpy_dtype
    if spec.dtype == "string":
        return np.resize(np.array([b"red", b"green", b"some words"], dtype=object), shape)
    if spec.dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if np.issubdtype(dtype, np.integer):
        return random.integers(0, 2, shape).astype(dtype)
    return random.normal(size=shape).astype(dtype)


def assert_same(found: Values, expected: Values) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].dtype == value.dtype, key
        if np.issubdtype(value.dtype, np.floating):
            np.testing.assert_allclose(found[key], value, rtol=1e-5, atol=1e-6, err_msg=key)
        else:
            np.testing.assert_array_equal(np.asarray(found[key]), np.asarray(value), err_msg=key)


class Lab:
    """Opens sources, freezes them, and runs both by TensorFlow 1's session."""

    open = staticmethod(opened)
    freeze = staticmethod(frozen)
    content_of = staticmethod(content_of)
    values_for = staticmethod(inputs_for)
    same = staticmethod(assert_same)

    def saved_model(self, folder: Path, tags: list[str], signature: Signature, values: Values, more: Values = NOTHING) -> Values:
        from tensorflow.compat import v1 as tf1

        with tf1.Session(graph=tf1.Graph()) as session:
            tf1.saved_model.load(session, tags, str(folder), clear_devices=True)
            return self._run(session, signature, values, more)

    def checkpoint(self, folder: Path, prefix: str, signature: Signature, values: Values) -> Values:
        from tensorflow.compat import v1 as tf1

        with tf1.Session(graph=tf1.Graph()) as session:
            saver = tf1.train.import_meta_graph(str(folder / f"{prefix}.meta"), clear_devices=True)
            saver.restore(session, str(folder / prefix))
            return self._run(session, signature, values)

    def frozen(self, rewritten: Rewritten, values: Values, more: Values = NOTHING) -> Values:
        from tensorflow.compat import v1 as tf1

        (declared,) = rewritten.signatures
        with tf1.Session(graph=tf1.Graph()) as session:
            tf1.import_graph_def(tf1.GraphDef.FromString(content_of(rewritten)), name="")
            for target in declared.targets:
                session.run(session.graph.get_operation_by_name(target))
            return self._run(session, declared.signature, values, more)

    def _run(self, session: Any, signature: Signature, values: Values, more: Values = NOTHING) -> Values:
        feeds = {**more} | {str(spec.ref): values[spec.key] for spec in signature.inputs if spec.key in values}
        return session.run({spec.key: str(spec.ref) for spec in signature.outputs}, feeds)


@pytest.fixture
def lab() -> Lab:
    return Lab()
