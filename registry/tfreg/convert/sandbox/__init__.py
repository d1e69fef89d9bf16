"""Walls around a worker: what it may see, write and use up."""
