"""Declared signatures: how one is checked against its artifact, and how an inspection looks with them laid over it."""
