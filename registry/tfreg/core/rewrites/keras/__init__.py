"""What is known of Keras: the variables of each layer, where its files keep them, and how its configs are written."""
