"""Imports TensorFlow before a job is known: it takes longer than many jobs."""

from __future__ import annotations


def warm() -> None:
    """Imports TensorFlow, and what of it is loaded only when it is first used.

    Raises:
        ImportError: It is not installed.
    """
    import tensorflow as tf

    for lazy in (tf.keras.Model, tf.lite.TFLiteConverter, tf.compat.v1.Session, tf.saved_model.load):
        assert lazy
