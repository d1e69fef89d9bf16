"""Differences as text and as JSON."""

from __future__ import annotations

import math
from collections import Counter

from tfreg.cli.documents import Document, stored_tensor_document
from tfreg.cli.tables import table
from tfreg.cli.wording import count_text
from tfreg.core.comparing.difference import Difference, FactChange, InterfaceChange, TensorChange, TensorChangeKind
from tfreg.core.comparing.rules import NOT_COMPARABLE
from tfreg.core.comparing.verdict import formats_of
from tfreg.core.tensors import StoredTensor

_MAX_FACT, _SHOWN_OPS = 60, 12
_SIGNS = {
    TensorChangeKind.ADDED: "+",
    TensorChangeKind.REMOVED: "-",
    TensorChangeKind.CHANGED: "~",
    TensorChangeKind.RENAMED: ">",
}


def difference_lines(
    before: str, after: str, difference: Difference, *, renamed: bool = False, everything: bool = False
) -> list[str]:
    """Returns the text.

    Args:
        before: Name of what was.
        after: Name of what is.
        difference: What differs.
        renamed: List the tensors too that only have another name.
        everything: These, and between two formats the tensors and facts too that only one of them has.
    """
    formats, same_weights = formats_of(difference), "weights" in difference.equal_fingerprints
    found = [f"{before} -> {after}", difference.verdict]
    if difference.equal_fingerprints:
        found.append(f"same {', '.join(difference.equal_fingerprints)}")
    found.append(_interface_title(difference))
    rows = [_interface_row(change) for change in difference.interface_changes if change.rule != NOT_COMPARABLE]
    found += table(rows, indent="  ")
    found.append(_tensors_title(difference))
    hidden = set() if renamed or everything else {TensorChangeKind.RENAMED}
    if formats and same_weights and not everything:
        hidden |= {TensorChangeKind.ADDED, TensorChangeKind.REMOVED}
    shown = [change for change in difference.tensor_changes if change.kind not in hidden]
    found += table([_tensor_row(change) for change in shown], indent="  ")
    if difference.omitted_tensor_change_count:
        found.append(f"  and {difference.omitted_tensor_change_count} more changes, left out")
    if difference.op_changes:
        changes = [f"{op} {count:+d}" for op, count in sorted(difference.op_changes.items(), key=_most_first)]
        shown_ops = changes if everything else changes[:_SHOWN_OPS]
        more = len(changes) - len(shown_ops)
        found.append(f"ops: {', '.join(shown_ops)}" + (f" and {more} more" if more else ""))
    facts = [fact for fact in difference.fact_changes if everything or not formats or (fact.before and fact.after)]
    if facts:
        found += ["facts", *table([_fact_row(fact) for fact in facts], indent="  ")]
    return found


def difference_document(before: str, after: str, difference: Difference) -> Document:
    """Returns the JSON document."""
    return {
        "before": before,
        "after": after,
        "verdict": difference.verdict,
        "breaking": difference.breaking,
        "equal_fingerprints": list(difference.equal_fingerprints),
        "interface_changes": [_interface_document(change) for change in difference.interface_changes],
        "tensor_changes": [_tensor_document(change) for change in difference.tensor_changes],
        "equal_tensor_count": difference.equal_tensor_count,
        "omitted_tensor_change_count": difference.omitted_tensor_change_count,
        "op_changes": dict(difference.op_changes),
        "fact_changes": [{"name": fact.name, "before": fact.before, "after": fact.after} for fact in difference.fact_changes],
    }


def _interface_title(difference: Difference) -> str:
    if not difference.interface_changes:
        return "interface: the same"
    (first, *_) = difference.interface_changes
    if first.rule == NOT_COMPARABLE:
        return f"interface: not comparable: {first.before}"
    breaking = sum(change.breaking for change in difference.interface_changes)
    count = count_text(len(difference.interface_changes), "change")
    return f"interface: {count}, {breaking or 'none'} breaking"


def _interface_row(change: InterfaceChange) -> tuple[str, ...]:
    where = " ".join(word for word in (change.signature, change.key) if word)
    what = " -> ".join(text for text in (change.before, change.after) if text)
    return ("breaking" if change.breaking else "fine", change.rule, where, what)


def _tensors_title(difference: Difference) -> str:
    counts = Counter(change.kind for change in difference.tensor_changes)
    formats = formats_of(difference)
    words = {kind: str(kind) for kind in TensorChangeKind}
    if formats:  # what one format does not store is not gone
        words |= {TensorChangeKind.REMOVED: f"only in {formats[0]}", TensorChangeKind.ADDED: f"only in {formats[1]}"}
    told = [f"{counts[kind]} {words[kind]}" for kind in TensorChangeKind if counts[kind]]
    return f"tensors: {', '.join((f'{difference.equal_tensor_count} equal', *told))}"


def _tensor_row(change: TensorChange) -> tuple[str, ...]:
    tensor = change.after or change.before
    name = (tensor.path or tensor.name) if tensor else ""
    if change.kind is TensorChangeKind.RENAMED and change.before and change.after:
        name = f"{change.before.name} > {change.after.name}"
    types = dict.fromkeys(_type_text(one) for one in (change.before, change.after) if one)
    difference = change.max_abs_difference
    by = "" if difference is None else f"by up to {'NaN' if math.isnan(difference) else f'{difference:.6g}'}"
    return (_SIGNS[change.kind], name, " -> ".join(types), by)


def _type_text(tensor: StoredTensor) -> str:
    return f"{tensor.dtype} [{', '.join(map(str, tensor.shape))}]"


def _fact_row(fact: FactChange) -> tuple[str, str]:
    before, after = (text if len(text) <= _MAX_FACT else text[:_MAX_FACT] + "..." for text in (fact.before, fact.after))
    return (fact.name, f"{before or '-'} -> {after or '-'}")


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -abs(item[1]), item[0]


def _interface_document(change: InterfaceChange) -> Document:
    return {
        "rule": change.rule,
        "breaking": change.breaking,
        "signature": change.signature,
        "key": change.key,
        "before": change.before,
        "after": change.after,
    }


def _tensor_document(change: TensorChange) -> Document:
    difference = change.max_abs_difference
    finite = difference is not None and math.isfinite(difference)
    return {
        "kind": change.kind.value,
        "before": None if change.before is None else stored_tensor_document(change.before),
        "after": None if change.after is None else stored_tensor_document(change.after),
        "max_abs_difference": difference if finite or difference is None else str(difference),
    }
