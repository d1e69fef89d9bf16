"""What a worker runs: one module a step. Nothing else of tfreg imports TensorFlow."""
