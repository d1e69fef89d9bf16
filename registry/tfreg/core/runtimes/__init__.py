"""Runtimes: what a caller's TensorFlow can load and run, and whether a graph fits it."""
