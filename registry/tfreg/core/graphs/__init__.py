"""Graphs: nodes and functions of a GraphDef, read when asked for, and questions about what depends on what."""
