"""What is unsafe in a model: which of its parts do more than compute, told without running any of it."""
