"""Typed code that calls a model's signatures, written from an entry of a lock file."""
