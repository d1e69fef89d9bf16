"""Collects what is unsafe in a graph while its nodes are scanned, and says it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.ops.table import is_registered
from tfreg.core.resolving.housekeeping import belongs_to_saver, saves_or_restores
from tfreg.core.scanning.unsafe_ops import UNSAFE_OPS, Unsafe

MAX_PLACES = 3
"""Nodes of one op that are told; further ones are only mentioned."""
MAX_CUSTOM_OPS = 20
"""Ops unknown to TensorFlow that are told one by one."""
CUSTOM_OP = "TFR405"
_SHOWN_CHARACTERS = 500
_HINTS = {
    "TFR401": "Run the model in a sandbox that holds no files that matter, or have its author export it without the op.",
    "TFR402": "It runs only in the process that made it: have the author export the model without it.",
    CUSTOM_OP: "Such a library is native code: take it from the model's author only if you trust them.",
    "TFR407": "Run the model in a sandbox without network, or have its author export it without the op.",
    "TFR408": "Have the author export the model without the op; until then run it in a process of its own.",
}


class GraphSafety:
    """What is unsafe in one graph and its functions. Told of every op that it has not yet called harmless.

    Args:
        saver_filename: The operation that is fed the name of the checkpoint, as the SaverDef says; empty if there is none. The saver's
            own nodes lie in its scope.
    """

    def __init__(self, saver_filename: str = "") -> None:
        self._saver_scope = saver_filename.rpartition("/")[0] if saver_filename else None
        self._found: dict[tuple[str, Unsafe], list[Place]] = {}
        self._unknown: dict[str, Place] = {}

    def is_harmless(self, op: str, name: bytes, function: bytes, node: bytes) -> bool:
        """Looks at a node. Returns True if no further node of this op needs a look.

        Args:
            op: The op.
            name: The node's name.
            function: The function it is in; empty at the top level.
            node: The start of its NodeDef.
        """
        rows = UNSAFE_OPS.get(op)
        if rows is None:
            if not is_registered(op):
                self._unknown.setdefault(op, _place(name, function))
            return True
        place = _place(name, function)
        for row in rows:
            if row.spares_savers and self._belongs_to_saver(place):
                continue
            if row.condition is None or row.condition(node):
                places = self._found.setdefault((op, row), [])
                places.append(place)
                return len(places) > MAX_PLACES
        return False

    def _belongs_to_saver(self, place: Place) -> bool:
        if place.function:
            return saves_or_restores(place.function)
        return place.operation.rpartition("/")[0] == self._saver_scope or belongs_to_saver(place.operation, "")

    def findings(self, file: str, functions: Collection[str] = ()) -> Iterator[Diagnostic]:
        """Yields what was found, the known ops first.

        Args:
            file: The graph's file.
            functions: Names of the library's functions, which nodes may call as they use ops.
        """
        for (op, row), places in self._found.items():
            for place in places[:MAX_PLACES]:
                more = "; it has more such nodes" if len(places) > MAX_PLACES and place is places[MAX_PLACES - 1] else ""
                message = f"{op} {row.what}{more}."
                yield Diagnostic(row.code, row.severity, message, _HINTS[row.code], _in(file, place))
        unknown = [op for op in self._unknown if op and op not in functions]
        for op in unknown[:MAX_CUSTOM_OPS]:
            message = f"{_shown(op)} is no op of TensorFlow: a library that has it must be loaded to run the model."
            yield Diagnostic(CUSTOM_OP, Severity.WARNING, message, _HINTS[CUSTOM_OP], _in(file, self._unknown[op]))
        if len(unknown) > MAX_CUSTOM_OPS:
            message = f"{len(unknown) - MAX_CUSTOM_OPS} more ops are none of TensorFlow's, such as {_shown(unknown[-1])}."
            yield Diagnostic(CUSTOM_OP, Severity.WARNING, message, _HINTS[CUSTOM_OP], Place(file))


def _place(name: bytes, function: bytes) -> Place:
    return Place("", _text(name), _text(function))


def _text(name: bytes) -> str:
    text = name.decode(errors="replace")
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def _in(file: str, place: Place) -> Place:
    return Place(file, place.operation, place.function)


def _shown(op: str) -> str:
    return repr(_text(op.encode()))
