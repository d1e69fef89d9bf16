"""Real SavedModels to measure with, made by TensorFlow in a child process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GIB = 1024**3
TENSORS = 50

_MAKE = """
import sys, numpy, tensorflow as tf
folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
generator = numpy.random.default_rng(3)
module = tf.Module()
columns = size // count // 4 // 256
module.weights = [tf.Variable(generator.random((columns, 256), dtype=numpy.float32), name=f"w{i}") for i in range(count)]
@tf.function(input_signature=[tf.TensorSpec((None, columns), tf.float32, name="x")])
def serve(x):
    return {"y": sum(tf.reduce_sum(x @ w) for w in module.weights)}
module.serve = serve
tf.saved_model.save(module, folder, signatures={"serving_default": serve})
"""


def saved_model(folder: Path, size_bytes: int = GIB, tensors: int = TENSORS) -> Path:
    """Makes a TF2 SavedModel whose variables have `size_bytes` in all."""
    command = [sys.executable, "-c", _MAKE, str(folder), str(tensors), str(size_bytes)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def weights_file(folder: Path) -> Path:
    """The file that holds the variables."""
    return folder / "variables" / "variables.data-00000-of-00001"


def change_one_tensor(folder: Path, offset_bytes: int, marker: bytes) -> None:
    """Overwrites a few bytes inside one tensor, as a fine-tuned layer would."""
    with weights_file(folder).open("r+b") as file:
        file.seek(offset_bytes)
        file.write(marker)
