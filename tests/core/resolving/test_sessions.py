"""Sessions of TensorFlow run with exactly the feeds that are called required, and with none of them left out."""

from pathlib import Path
from typing import Any

import pytest

from tfreg.core.bindings import Binding, BindingQuery, FeedUse
from tfreg.core.formats.registry import recognise
from tfreg.core.resolving.feeds import refs_of
from tfreg.core.resolving.resolve import resolve
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.tensors import TensorSpec
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
NOT_RUN = ("unsafe", "saved_model_composite", "estimator_1_15", "tf_keras_1_15_saved_model")
"""They read and write files; of a composite tensor only one part may be needed; made-up values are no serialized examples, and do not fit
the shapes of a loss."""
SIGNED = sorted({path.parent for path in MODELS.glob("*/saved_model.*") if not path.parent.name.startswith(NOT_RUN)})
ROWS = 2


@pytest.fixture(scope="module")
def tf1() -> Any:
    tensorflow = pytest.importorskip("tensorflow")
    return tensorflow.compat.v1


def _bindings(path: Path) -> list[Binding]:
    tree = LocalTree(path)
    format_ = recognise(tree)
    inspection = format_.inspect(tree)
    queries = [
        BindingQuery(signature.key, meta_graph.tags, outputs)
        for meta_graph in inspection.meta_graphs
        for signature in callable_signatures(meta_graph)
        for outputs in ((), *((output.key,) for output in signature.outputs))
    ]
    return [resolve(inspection, query, lambda index: format_.graph(tree, index)) for query in queries]


def _value(spec: TensorSpec) -> Any:
    import numpy as np
    import tensorflow as tf

    shape = [ROWS if size is None else size for size in (spec.shape or ())] if spec.has_shape else []
    dtype = tf.as_dtype(spec.dtype)
    if dtype == tf.string:
        return np.full(shape, b"the", object)
    return np.ones(shape, dtype.as_numpy_dtype)


def _feeds(binding: Binding) -> dict[str, Any]:
    feeds = {}
    for feed in binding.feeds:
        if feed.use is FeedUse.REQUIRED:
            for part in feed.tensor.components or (feed.tensor,):
                feeds[str(part.ref)] = _value(part)
    for name in feeds:
        if name.endswith("row_splits:0"):
            feeds[name] = [0, ROWS]
    if "x/indices:0" in feeds:  # of a sparse tensor: within the shape, and as many as values
        import numpy as np

        feeds |= {"x/indices:0": np.array([[0, 0], [1, 1]], np.int64), "x/shape:0": np.array([2, 5], np.int64)}
    return feeds


@pytest.mark.tensorflow
@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_required_feeds_are_enough_and_none_can_be_left_out(tf1: Any, path: Path) -> None:
    for binding in _bindings(path):
        with tf1.Graph().as_default(), tf1.Session() as session:
            tf1.saved_model.load(session, list(binding.tags), str(path))
            fetches = [str(ref) for fetch in binding.fetches for ref in refs_of(fetch)]
            feeds = _feeds(binding)
            session.run(fetches, feeds)
            placeholders = [name for name in feeds if name != "x/shape:0"]  # a sparse tensor's shape is never read back
            for left_out in placeholders:
                with pytest.raises(Exception, match=f"You must feed a value for placeholder tensor '{left_out[:-2]}'"):
                    session.run(fetches, {name: value for name, value in feeds.items() if name != left_out})
