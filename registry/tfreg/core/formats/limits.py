"""How much of a file the formats are willing to read. Far above any real model; a hostile file reaches them and gets TFR104."""

from __future__ import annotations

MAX_NODES = 2_000_000
"""Nodes of one file, functions included. The largest real graphs have some hundred thousand."""
MAX_FUNCTIONS = 100_000
"""Functions of a library, traces of an object graph."""
MAX_DISTINCT_OPS = 20_000
"""Ops of one graph; TensorFlow 2.21 registers 1,910."""
MAX_NAME_BYTES = 4_096
"""The name of an op, a signature, a tensor."""
MAX_TENSORS = 200_000
"""Stored tensors of one artifact."""
MAX_PART_BYTES = 1 << 20
"""A part that is parsed as one message, such as a SignatureDef. A parser can need fifty times its input."""
MAX_PARTS_BYTES = 2 << 20
"""All such parts of a SavedModel together."""
MAX_TRACE_BYTES = 256 << 10
"""A trace of a function; one argument needs some fifty bytes. Several times as large once it is parsed and printed."""
MAX_FUNCTIONS_TEXT_BYTES = 2 << 20
"""Names and arguments of all traces as text. Like signatures and ops they travel in one message."""
MAX_SIGNATURE_TENSORS = 65_536
"""Tensors of all signatures of a SavedModel, components of composite ones included; the shortest has two bytes in the file."""
MAX_OPS_BYTES = 2 << 20
"""Names of the ops of one artifact, and of functions called like ops."""
MAX_SIGNATURES = 10_000
"""Signatures of one MetaGraphDef; its tags, its assets, its initialisers."""
MAX_META_GRAPHS = 256
"""MetaGraphDefs of one SavedModel."""
MAX_OBJECTS = 500_000
"""Objects of an object graph."""
MAX_TEXT_BYTES = 32 << 20
"""A text-format file; it is parsed whole, at about 2 MB/s."""
MAX_CONSTANTS = 40_000
"""Listed constants of one artifact. A frozen graph has some for each layer; each costs microseconds to look at."""
MIN_CONSTANT_BYTES = 1 << 10
"""Constants below this are part of the program rather than weights, and are not listed."""
MAX_INDEX_BYTES = 64 << 20
"""A checkpoint's `.index` file; 400 variables need 20 KB."""
MAX_PROTO_BYTES = (1 << 31) - 1
"""The longest message that TensorFlow can parse."""
VARIABLE_OPS = frozenset({"VarHandleOp", "VariableV2", "Variable"})
"""Ops that stand for a value kept outside the graph."""
