"""What of one node does not fit an op as a runtime knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tfreg.core.diagnostics import Severity
from tfreg.core.dtypes import dtype_name
from tfreg.core.graphs.graph import Node
from tfreg.core.runtimes.op_list import RuntimeAttr, RuntimeOp, RuntimeOps

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

Value = TypeVar("Value", int, bytes)

_MAX_SHOWN_CHARACTERS = 200
_MAX_COMPARED_BYTES = 4096
_UPGRADE = "Run the model with a newer TensorFlow, or export it anew without this."
_CUSTOM = "If a library of your own has it, load that before the list of ops is taken; else export the model without it."


@dataclass(frozen=True, slots=True)
class Misfit:
    """A reason why nodes of an op do not fit.

    Attributes:
        code: Of the diagnostic.
        severity: How bad it is.
        what: What the runtime does not do, to follow its name: "does not have the op 'X'".
        hint: The next step.
    """

    code: str
    severity: Severity
    what: str
    hint: str


def misfits_of(node: Node, op: RuntimeOp | None, newer: Callable[[], RuntimeOps]) -> Iterator[Misfit]:
    """Yields what does not fit.

    Args:
        node: The node.
        op: Its op as the runtime knows it; None if it does not.
        newer: Returns the ops of the newest TensorFlow that is known: what the writer may have meant.
    """
    if op is None:
        hint = _UPGRADE if node.op in newer() else _CUSTOM
        yield Misfit("TFR304", Severity.ERROR, f"does not have the op {_shown(node.op)}", hint)
        return
    for name, value in node.attr.items():
        rule = op.attrs.get(name)
        if rule is None:
            if not name.startswith("_") and not _is_default(value, node.op, name, newer()):
                what = f"does not know the attribute {_shown(name)} of the op {_shown(node.op)}, and passes over it"
                yield Misfit("TFR305", Severity.ERROR, what, _UPGRADE)
        elif rule.dtypes or rule.texts:
            refused = _refused(rule, value)
            if refused:
                what = f"does not take {refused} as {_shown(name)} of the op {_shown(node.op)}"
                yield Misfit("TFR306", Severity.ERROR, what, _UPGRADE)
    if not node.is_cut:
        for name in op.required:
            if name not in node.attr:
                what = f"wants the attribute {_shown(name)} of the op {_shown(node.op)}, which is not there"
                yield Misfit("TFR305", Severity.ERROR, what, _UPGRADE)


def _is_default(value: AttrValue, op: str, name: str, newer: RuntimeOps) -> bool:
    """Returns whether a value means nothing to a runtime that does not know the attribute: it is what the newer op takes without it."""
    known = newer.get(op)
    attr = known.attrs.get(name) if known is not None else None
    if attr is None or attr.default is None or value.ByteSize() > _MAX_COMPARED_BYTES:
        return False
    return value.SerializeToString(deterministic=True) == attr.default


def _refused(rule: RuntimeAttr, value: AttrValue) -> str:
    """Returns the values that are not among those allowed; empty if all are, or where a function's caller gives the value."""
    kind = value.WhichOneof("value")
    if kind == "type":
        return _listed(map(dtype_name, _beyond((value.type,), rule.dtypes)))
    if kind == "s":
        return _listed(map(_text, _beyond((value.s,), rule.texts)))
    if kind == "list":
        dtypes, texts = _beyond(value.list.type, rule.dtypes), _beyond(value.list.s, rule.texts)
        return _listed([*map(dtype_name, dtypes), *map(_text, texts)])
    return ""


def _beyond(values: Iterable[Value], allowed: frozenset[Value]) -> list[Value]:
    return sorted(set(values) - allowed) if allowed else []


def _listed(values: Iterable[str]) -> str:
    text = ", ".join(values)
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else text[:_MAX_SHOWN_CHARACTERS] + "..."


def _text(value: bytes) -> str:
    return repr(value[:_MAX_SHOWN_CHARACTERS].decode(errors="replace"))


def _shown(name: str) -> str:
    return repr(name if len(name) <= _MAX_SHOWN_CHARACTERS else name[:_MAX_SHOWN_CHARACTERS] + "...")
