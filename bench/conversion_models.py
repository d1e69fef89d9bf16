"""Models to convert, and TensorFlow's own way of converting them, as a whole process."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from bench.measure import run

_LAYERS, _SIZE = 16, 2048
WEIGHTS_BYTES = _LAYERS * _SIZE * _SIZE * 4

_CHECKPOINT = f"""
import sys, tensorflow as tf
tf1 = tf.compat.v1
with tf.Graph().as_default(), tf1.Session() as session:
    x = y = tf1.placeholder(tf.float32, (None, {_SIZE}), name="x")
    for i in range({_LAYERS}):
        w = tf1.get_variable(f"w{{i}}", ({_SIZE}, {_SIZE}), initializer=tf1.random_uniform_initializer(seed=i), use_resource=False)
        y = tf.matmul(y, w)
    tf.identity(y, name="y")
    session.run(tf1.global_variables_initializer())
    tf1.train.Saver().save(session, sys.argv[1] + "/model.ckpt")
"""

_FREEZE_CHECKPOINT = """
import sys, tensorflow as tf
from tensorflow.python.tools import freeze_graph
prefix = sys.argv[1] + "/model.ckpt"
freeze_graph.freeze_graph("", "", True, prefix, "y", "", "", sys.argv[2], True, "", input_meta_graph=prefix + ".meta")
"""

_SAVED_MODEL = f"""
import sys, numpy, tensorflow as tf
generator = numpy.random.default_rng(5)
class Model(tf.Module):
    def __init__(self):
        self.w = [tf.Variable(generator.random(({_SIZE}, {_SIZE}), numpy.float32)) for _ in range({_LAYERS})]
    @tf.function(input_signature=[tf.TensorSpec((None, {_SIZE}), tf.float32, name="x")])
    def serve(self, x):
        for w in self.w:
            x = tf.matmul(x, w)
        return {{"y": x}}
model = Model()
tf.saved_model.save(model, sys.argv[1], signatures={{"serving_default": model.serve}})
"""

_FREEZE_SAVED_MODEL = """
import sys, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
model = tf.saved_model.load(sys.argv[1])
frozen = convert_variables_to_constants_v2(model.signatures["serving_default"]).graph.as_graph_def()
open(sys.argv[2], "wb").write(frozen.SerializeToString())
"""

_RESIGN = """
import sys, shutil, tensorflow as tf
shutil.rmtree(sys.argv[2], ignore_errors=True)
model = tf.saved_model.load(sys.argv[1])
served = model.signatures["serving_default"]
tf.saved_model.save(model, sys.argv[2], signatures={"bench": served})
"""

_WRAP = """
import sys, shutil, tensorflow as tf
tf1 = tf.compat.v1
shutil.rmtree(sys.argv[2], ignore_errors=True)
graph_def = tf1.GraphDef.FromString(open(sys.argv[1], "rb").read())
with tf.Graph().as_default() as graph, tf1.Session() as session:
    tf.import_graph_def(graph_def, name="")
    x, y = graph.get_tensor_by_name("x:0"), graph.get_tensor_by_name("y:0")
    signature = tf1.saved_model.predict_signature_def({"x": x}, {"y": y})
    builder = tf1.saved_model.Builder(sys.argv[2])
    builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
    builder.save()
"""

_SMALL = """
import sys, keras
keras.utils.set_random_seed(7)
keras.applications.MobileNetV2(weights=None).export(sys.argv[1], verbose=False)
"""

_TFLITE = """
import sys, time, tensorflow as tf
quantize, select = sys.argv[3], sys.argv[4] == "True"
start = time.perf_counter()
converter = tf.lite.TFLiteConverter.from_saved_model(sys.argv[1])
if quantize:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
if quantize == "float16":
    converter.target_spec.supported_types = [tf.float16]
if select:
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
content = converter.convert()
open(sys.argv[2], "wb").write(content)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Tool:
    """A model, and the program by which TensorFlow converts it.

    Attributes:
        model: Where it is.
        program: TensorFlow's way.
        tensor: A tensor that has another name in each conversion, so that none was made before.
        outputs: What a graph without signatures is asked for.
        weights_bytes: Bytes of its weights.
    """

    model: Path
    program: str
    tensor: str
    outputs: tuple[str, ...] = ()
    weights_bytes: int = WEIGHTS_BYTES

    def convert(self) -> float:
        """Wall seconds of TensorFlow's whole process."""
        return run([sys.executable, "-W", "ignore", "-c", self.program, self.model, self._result()]).wall_s

    def convert_with(self, quantize: str, *, select_tf_ops: bool) -> float:
        """Seconds of the conversion alone, without imports, as the process itself tells them."""
        words: list[str | Path] = [self.program, self.model, self._result(), quantize, str(select_tf_ops)]
        return float(run([sys.executable, "-W", "ignore", "-c", *words]).output.split()[-1])

    def frozen(self, file: Path) -> Tool:
        """Freezes it by TensorFlow; what is measured then is wrapping the graph in a SavedModel."""
        _make(self.program, self.model, file)
        return Tool(file, _WRAP, self.tensor, self.outputs)

    def _result(self) -> Path:
        return (
            self.model.parent / f"{self.model.name}.{crc32(self.program.encode()):08x}.result"
        )  # some write a file, some a folder


def large_checkpoint(folder: Path) -> Tool:
    """A TF1 checkpoint of 256 MiB with its .meta."""
    if not folder.exists():
        folder.mkdir()
        _make(_CHECKPOINT, folder)
    return Tool(folder, _FREEZE_CHECKPOINT, "y:0", ("y",))


def large_saved_model(folder: Path) -> Tool:
    """A SavedModel of TF2 of 256 MiB, to be frozen."""
    if not folder.exists():
        _make(_SAVED_MODEL, folder)
    return Tool(folder, _FREEZE_SAVED_MODEL, "StatefulPartitionedCall:0")


def resigned(folder: Path) -> Tool:
    """The same SavedModel, to be signed anew."""
    return replace(large_saved_model(folder), program=_RESIGN)


def small_saved_model(folder: Path) -> Tool:
    """MobileNetV2."""
    _make(_SMALL, folder)
    return Tool(folder, _TFLITE, "")


def _make(program: str, *arguments: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
