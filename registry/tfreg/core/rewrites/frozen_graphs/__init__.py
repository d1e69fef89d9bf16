"""Frozen graphs that become another form of themselves."""
