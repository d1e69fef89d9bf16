"""Models of any format run by the names that callers use: by a session of TensorFlow 1 as in Java, by LiteRT, by Keras."""
