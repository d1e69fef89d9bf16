"""The variables of a TF2 SavedModel: which object each value of the checkpoint belongs to, by the way to it from the root.

A checkpoint key is that way: `model/dense/kernel/.ATTRIBUTES/VARIABLE_VALUE` is the child `kernel` of the child `dense` of the child
`model` of the root. Dots and slashes within a name are written `..` and `.S` (tensorflow/python/trackable/trackable_utils.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.saved_model_objects import SavedObjects
from tfreg.wire.object_graph_pb2 import SavedVariable

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_ROOT = 0
_MAX_STEPS = 1_000_000
_MAX_CHILDREN = 200_000
_ESCAPED = {"..": ".", ".S": "/"}
_MADE_BY_KERAS = re.compile(r"\d+|_.*|layer(?:_with_weights)?-\d+", re.DOTALL)


def find_variables(objects: SavedObjects, keys: Iterable[str]) -> dict[str, SavedVariable]:
    """Returns the variable of each checkpoint key that leads to one.

    Raises:
        CodecError: An object on the way cannot be read.
        LimitError: There is too much to look at.
    """
    found: dict[str, SavedVariable] = {}
    children: dict[int, dict[str, int]] = {}
    steps, held = Allowance("steps to variables", _MAX_STEPS), Allowance("objects on the way to variables", _MAX_CHILDREN)
    for key in keys:
        if not key.endswith(_SUFFIX):
            continue
        node: int | None = _ROOT
        for name in key.removesuffix(_SUFFIX).split("/"):
            steps.take(1)
            if node is not None and node not in children:
                saved = objects.object_at(node)
                held.take(1 + len(saved.children))
                children[node] = {child.local_name: child.node_id for child in saved.children}
            node = None if node is None else children[node].get(re.sub(r"\.[.S]", lambda dot: _ESCAPED[dot[0]], name))
        if node is not None:
            saved = objects.object_at(node)
            if saved.HasField("variable"):
                found[key] = saved.variable
    return found


def told_path(path: str, variable: SavedVariable | None) -> str:
    """Returns a variable's path, or its own name where the path leads through lists or what Keras makes: `variables/12`."""
    if variable is None or "/" not in variable.name or not any(map(_MADE_BY_KERAS.fullmatch, path.split("/"))):
        return path
    return variable.name
