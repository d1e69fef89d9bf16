"""TFLite's converter: the samples that it measures on, and what its failures mean."""
