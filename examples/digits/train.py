"""Trains a small CNN on scikit-learn's scanned digits and exports it twice: the same keys and weights, other tensor names.

Usage: `python train.py FOLDER`. Writes below FOLDER:
    first/          a SavedModel as Keras 3 exports it (names such as `serving_default_image:0`)
    second/         a TF1-style SavedModel of the same weights (names of its own scopes)
    samples/        the held-back images and labels, for Java (see README.md)
    python.json     what Python predicts for them, and how often it is right
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def main(folder: Path) -> None:
    """Trains, exports twice, and writes the held-back samples with Python's predictions."""
    keras.utils.set_random_seed(7)
    train_images, test_images, train_labels, test_labels = _digits()
    model = _model()
    model.fit(train_images, train_labels, epochs=12, batch_size=64, verbose=0)
    export_keras(model, folder / "first")
    export_tf1(model, folder / "second")
    _write_samples(folder / "samples", test_images, test_labels)
    predictions = np.argmax(model.predict(test_images, verbose=0), axis=1)
    answer = {"accuracy": float(np.mean(predictions == test_labels)), "predictions": predictions.tolist()}
    (folder / "python.json").write_text(json.dumps(answer))


def export_keras(model: Any, folder: Path) -> None:
    """Exports as `model.export` does, but with a function that names its output (`model.export` would call it `output_0`)."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    image = tf.TensorSpec((None, 8, 8, 1), tf.float32, name="image")
    archive.add_endpoint("serve", lambda image: {"probabilities": model(image)}, input_signature=[image])
    archive.write_out(str(folder), verbose=False)


def export_tf1(model: Any, folder: Path) -> None:
    """Exports the same weights as a TF1 graph whose scopes share no name with the Keras export."""
    tf1 = tf.compat.v1
    weights = {name: iter(model.get_layer(name).get_weights()) for name in ("conv", "hidden", "head")}
    with tf.Graph().as_default(), tf1.Session() as session:
        image = tf1.placeholder(tf.float32, (None, 8, 8, 1), "input/pixels")
        sums = tf.nn.conv2d(image, _variable("tower/kernel", weights["conv"]), 1, "SAME")
        maps = tf.nn.relu(sums + _variable("tower/bias", weights["conv"]))
        flat = tf.reshape(tf.nn.max_pool2d(maps, 2, 2, "VALID"), (-1, 4 * 4 * 16))
        hidden = tf.nn.relu(flat @ _variable("dense/w", weights["hidden"]) + _variable("dense/b", weights["hidden"]))
        logits = hidden @ _variable("classifier/w", weights["head"]) + _variable("classifier/b", weights["head"])
        probabilities = tf.nn.softmax(logits, name="classifier/distribution")
        session.run(tf1.global_variables_initializer())
        tf1.saved_model.simple_save(session, str(folder), {"image": image}, {"probabilities": probabilities})


def _variable(name: str, values: Any) -> Any:
    return tf.compat.v1.get_variable(name, initializer=next(values), use_resource=True)


def _digits() -> Any:
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)[..., np.newaxis]
    return train_test_split(images, digits.target, test_size=0.25, random_state=7, stratify=digits.target)


def _model() -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="head"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _write_samples(folder: Path, images: Any, labels: Any) -> None:
    """Writes what Java reads without numpy: little-endian float32 in C order, a label a line, and the shape."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "images.f32").write_bytes(images.astype("<f4").tobytes())
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in labels))
    (folder / "shape.json").write_text(json.dumps({"shape": list(images.shape)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
