"""The process that runs one step of TensorFlow and ends."""
