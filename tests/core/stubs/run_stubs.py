"""What a user's program does with generated modules. Run by test_python_module.py, in the folder where they are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, ".")
MODELS = Path(sys.argv[1])

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tfreg.core.bindings import Binding, BindingQuery  # noqa: E402
from tfreg.core.formats.selecting import open_path, select  # noqa: E402
from tfreg.core.resolving.resolve import resolve  # noqa: E402


def binding_of(name: str) -> Binding:
    selected = select(*open_path(MODELS / name))
    inspection = selected.format.inspect(selected.tree)
    return resolve(inspection, BindingQuery("serving_default"), lambda index: selected.format.graph(selected.tree, index))


def session_of(name: str) -> tf.compat.v1.Session:
    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        tf.compat.v1.saved_model.load(session, ["serve"], str(MODELS / name))
    return session


import saved_model_composite  # noqa: E402
import saved_model_defaults  # noqa: E402
import tf1_saved_model  # noqa: E402
import tf1_sparse  # noqa: E402
import tf2_bf16_string  # noqa: E402
import tf2_unused_inputs  # noqa: E402

ids = np.arange(16, dtype=np.int32).reshape(2, 8)
ones = np.ones((2, 8), np.int32)
with session_of("tf1_saved_model") as session:
    by_session = tf1_saved_model.ServingDefault.of_session(session, binding_of("tf1_saved_model"))
    first = by_session(input_ids=ids, input_mask=ones, segment_ids=ones)
by_function = tf1_saved_model.ServingDefault.of_saved_model(MODELS / "tf1_saved_model")
second = by_function(input_ids=ids, input_mask=ones, segment_ids=ones)
np.testing.assert_allclose(first.probabilities, second.probabilities, rtol=1e-6)
np.testing.assert_array_equal(first.label, second.label)
print("tf1_saved_model same")

values, indices, size = np.array([1, 2], np.float32), np.array([[0, 1], [1, 4]], np.int64), np.array([2, 5], np.int64)
with session_of("tf1_sparse") as session:
    by_session = tf1_sparse.ServingDefault.of_session(session, binding_of("tf1_sparse"))
    first = by_session(x_values=values, x_indices=indices, x_dense_shape=size)
by_function = tf1_sparse.ServingDefault.of_saved_model(str(MODELS / "tf1_sparse"), ["serve"])
second = by_function(x_values=values, x_indices=indices, x_dense_shape=size)
np.testing.assert_allclose(first.y, second.y, rtol=1e-6)
print("tf1_sparse same")

loaded = tf.saved_model.load(str(MODELS / "saved_model_composite"))
ragged = saved_model_composite.ServingDefault.of_signature(loaded.signatures["serving_default"])
found = ragged(words_flat_values=np.array([1, 2, 3], np.int32), words_row_splits_0=np.array([0, 1, 3], np.int64))
doubled = tf.RaggedTensor.from_row_splits(found.doubled_flat_values, found.doubled_row_splits_0)
print("saved_model_composite", doubled.to_list(), found.lengths.tolist())

pure = tf2_unused_inputs.Pure.of_saved_model(MODELS / "tf2_unused_inputs")
print("tf2_unused_inputs", pure(a=np.float32(2), b=np.float32(3)).left)

types = tf2_bf16_string.ServingDefault.of_saved_model(MODELS / "tf2_bf16_string")
print("tf2_bf16_string", types(x=np.zeros(3, tf.bfloat16.as_numpy_dtype)).suffix.tolist())


def told(error: type[Exception], run: Callable[[], object]) -> str:
    try:
        run()
    except error as raised:
        return str(raised)
    raise SystemExit("nothing was told")


defaults = saved_model_defaults.ServingDefault.of_saved_model(MODELS / "saved_model_defaults", ["serve", "extra"])
message = told(ValueError, lambda: defaults(x=np.ones(3, np.float32)))
print("saved_model_defaults told" if "'factor' was left out" in message else message)

sparse = tf1_sparse.ServingDefault
message = told(tf1_sparse.InterfaceChangedError, lambda: sparse.of_saved_model(MODELS / "tf1_saved_model"))
is_told = "input 'x_values' is gone" in message and "input 'input_ids' is new" in message
print("another model is told" if is_told else message)
