"""Keras models in a worker: read by the Keras that wrote them, and traced into a SavedModel."""
