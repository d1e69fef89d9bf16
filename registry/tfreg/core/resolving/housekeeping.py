"""Nodes that belong to saving, restoring, initialising and training: they are never offered as inputs or outputs."""

from __future__ import annotations

import re

_SAVER_SCOPE = re.compile(r"(?:^|/)save(?:_\d+)?/")
_SAVER_FILENAME = re.compile(r"(?:^|/)saver_filename(?:_\d+)?$")
_SAVER_FUNCTION = re.compile(r"^__inference__?traced_(?:save|restore)_\d+$")
_SAVER_OPS = frozenset(
    {
        "Save",
        "SaveSlices",
        "SaveV2",
        "Restore",
        "RestoreSlice",
        "RestoreV2",
        "MergeV2Checkpoints",
        "ShardedFilename",
        "ShardedFilespec",
    }
)
_SILENT_OPS = frozenset(
    {
        "Assert",
        "Const",
        "ControlTrigger",
        "HostConst",
        "IsVariableInitialized",
        "NoOp",
        "PrintV2",
        "VarHandleOp",
        "VarIsInitializedOp",
        "Variable",
        "VariableV2",
        "WriteFile",
    }
)
_SWITCH_OPS = frozenset({"RefSwitch", "Switch"})
_ASSERTION = re.compile(r"(?:^|/)AssertGuard(?:_\d+)?/")
_PIVOT = re.compile(r"(?:^|/)(?:pred_id|switch_[tf])(?:_\d+)?$")
_ASSIGN = re.compile(r"^(?:Resource)?Assign|^AssignVariableOp")
_UPDATE = re.compile(r"^(?:Resource)?(?:Sparse)?Apply")
_SILENT_PARTS = re.compile(
    r"Summary|^Assign|^(?:Resource|Sparse|ResourceSparse)?Apply|^Resource(?:Assign|Scatter(?!NdUpdate))|^Scatter(?:Add|Sub|Update)$"
    r"|^InitializeTable|^LookupTable(?:Import|Insert)|HashTable|^DestroyResource|^Queue|Queue(?:V2)?$|^Send$|^_"
)


def belongs_to_saver(name: str, op: str) -> bool:
    """True for what a Saver put into the graph: it takes file names and is no part of the model."""
    return op in _SAVER_OPS or bool(_SAVER_SCOPE.search(name) or _SAVER_FILENAME.search(name))


def saves_or_restores(function: str) -> bool:
    """True for the functions of a TF2 SavedModel that save and restore its variables, by the names that TensorFlow gives them."""
    return _SAVER_FUNCTION.search(function) is not None


def is_summary(op: str) -> bool:
    """True for an op that writes down for TensorBoard what passes by."""
    return "Summary" in op


def reports(op: str) -> bool:
    """True for an op that writes down one number for TensorBoard."""
    return "ScalarSummary" in op


def assigns(op: str) -> bool:
    """True for an op that fills a variable."""
    return _ASSIGN.search(op) is not None


def is_update(op: str) -> bool:
    """True for an op by which an optimiser changes a variable."""
    return _UPDATE.search(op) is not None


def is_result(name: str, op: str) -> bool:
    """False for a node that, though nothing consumes it, nobody wants to fetch.

    Names of an assertion's guard and of the pivots of a branch (control flow v1) are those that TensorFlow gives them.
    """
    return (
        op not in _SILENT_OPS | _SWITCH_OPS
        and not _SILENT_PARTS.search(op)
        and not _ASSERTION.search(name)
        and not (op == "Identity" and _PIVOT.search(name))
        and not belongs_to_saver(name, op)
    )
