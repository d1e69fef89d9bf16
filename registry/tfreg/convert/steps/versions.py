"""Versions of what does the work, for the provenance."""

from __future__ import annotations


def tool_versions() -> dict[str, str]:
    """Returns the version of TensorFlow."""
    import tensorflow as tf

    return {"tensorflow": str(tf.__version__)}
