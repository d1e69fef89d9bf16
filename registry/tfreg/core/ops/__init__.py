"""TensorFlow's ops: which inputs and outputs they have, without TensorFlow."""
