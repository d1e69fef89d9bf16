"""What checkpoints are made of besides values: the variables that a graph asks for, and the objects of TensorFlow 2."""
