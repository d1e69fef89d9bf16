"""GraphDefs from files, in binary and in text form."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read_graph_def(path: Path) -> Any:
    """Returns the GraphDef of a file, or of the only file in a folder.

    Raises:
        ValueError: There is another number of files.
        DecodeError, ParseError: It is no GraphDef.
    """
    import tensorflow as tf

    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    if len(files) != 1:
        raise ValueError(f"there are {len(files)} files where one graph is expected")
    graph_def = tf.compat.v1.GraphDef()
    if files[0].name.endswith((".pbtxt", ".pb.txt")):
        from google.protobuf import text_format

        text_format.Parse(files[0].read_text(), graph_def)
    else:
        graph_def.ParseFromString(files[0].read_bytes())
    return graph_def
