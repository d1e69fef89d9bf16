"""Large models to inspect and one model in many formats, made by TensorFlow in child processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_NODES = """
import sys
import tensorflow as tf
from tensorflow.core.framework import graph_pb2
file, count = sys.argv[1], int(sys.argv[2])
graph = graph_pb2.GraphDef()
node = graph.node.add(name="x", op="Placeholder")
node.attr["dtype"].type = tf.float32.as_datatype_enum
for number in range(count):
    node = graph.node.add(name=f"block_{number // 100}/layer_{number}", op="AddV2" if number % 3 else "Relu")
    before = f"block_{(number - 1) // 100}/layer_{number - 1}" if number else "x"
    node.input.extend([before, "x"] if number % 3 else [before])
    node.attr["T"].type = tf.float32.as_datatype_enum
open(file, "wb").write(graph.SerializeToString())
"""

_CHECKPOINT = """
import sys, numpy, tensorflow as tf
prefix, count = sys.argv[1] + "/model.ckpt", int(sys.argv[2])
names = [f"layer_{i // 10}/block/variable_{i}" for i in range(count)]
tensors = [numpy.full((3, 4), i, numpy.float32) for i in range(count)]
tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * count, tensors=tensors)
"""

_FROZEN = """
import sys, numpy, tensorflow as tf
generator = numpy.random.default_rng(5)
with tf.Graph().as_default() as graph:
    x = y = tf.compat.v1.placeholder(tf.float32, (None, 4096), name="x")
    for i in range(16):
        y = tf.matmul(y, tf.constant(generator.random((4096, 4096), numpy.float32), name=f"w{i}"))
    tf.identity(y, name="y")
open(sys.argv[1], "wb").write(graph.as_graph_def().SerializeToString())
"""

_H5 = """
import sys, keras
inputs = outputs = keras.Input((4096,), name="x")
for i in range(16):
    outputs = keras.layers.Dense(4096, use_bias=False, kernel_initializer="ones", name=f"dense_{i}")(outputs)
keras.Model(inputs, outputs).save(sys.argv[1])
"""

_ONE_MODEL = """
import sys, keras, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
folder = sys.argv[1]
keras.utils.set_random_seed(7)
model = getattr(keras.applications, sys.argv[2])(weights=None)
model.export(folder + "/saved_model", verbose=False)
model.save(folder + "/model.keras")
model.save(folder + "/model.h5")
model.save_weights(folder + "/model.weights.h5")
call = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec((None, 224, 224, 3), tf.float32, name="x"))
frozen = convert_variables_to_constants_v2(call).graph.as_graph_def()
open(folder + "/frozen.pb", "wb").write(frozen.SerializeToString())
distinct = {value.tobytes() for value in (variable.numpy() for variable in model.weights)}
print(sum(map(len, distinct)))
"""


def many_nodes(file: Path, count: int) -> Path:
    """Makes a GraphDef of so many small nodes."""
    _make(_NODES, file, str(count))
    return file


def checkpoint(folder: Path, count: int) -> Path:
    """Makes a checkpoint of so many small tensors."""
    folder.mkdir()
    _make(_CHECKPOINT, folder, str(count))
    return folder


def frozen_graph(file: Path) -> Path:
    """Makes a frozen graph of 1 GiB in 16 constants."""
    _make(_FROZEN, file)
    return file


def keras_h5(file: Path) -> Path:
    """Makes a Keras .h5 of 1 GiB in 16 layers."""
    _make(_H5, file)
    return file


def one_model_in_five_formats(folder: Path, application: str) -> int:
    """Makes a model of keras.applications in five formats. Returns the bytes of its distinct tensors."""
    folder.mkdir(parents=True)
    return int(_make(_ONE_MODEL, folder, application).split()[-1])


def _make(program: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
