"""Running TensorFlow for conversions: who runs it, behind which walls, and what it runs."""
