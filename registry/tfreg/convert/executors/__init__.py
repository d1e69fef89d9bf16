"""Who runs a step: a pool of warm worker processes."""
