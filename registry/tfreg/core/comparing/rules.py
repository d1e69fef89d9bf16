"""The rules by which a change of an interface breaks callers or not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: whether its changes break callers, and why."""

    breaking: bool
    reason: str


NOT_COMPARABLE = "NOT_COMPARABLE"
RULES: dict[str, Rule] = {
    NOT_COMPARABLE: Rule(False, "One of the two says nothing about what callers see."),
    "TAG_SET_ADDED": Rule(False, "Who names tags still finds theirs."),
    "TAG_SET_REMOVED": Rule(True, "Who names these tags fails to load the model."),
    "TAG_SET_CHANGED": Rule(True, "Who names the tags fails to load the model."),
    "SIGNATURE_ADDED": Rule(False, "Nobody calls it yet."),
    "SIGNATURE_REMOVED": Rule(True, "Its callers find nothing."),
    "METHOD_NAME_CHANGED": Rule(False, "Only servers of the classify and regress APIs look at it."),
    "INPUT_ADDED_REQUIRED": Rule(True, "Who does not feed it fails."),
    "INPUT_ADDED_OPTIONAL": Rule(False, "It has a default."),
    "INPUT_REMOVED": Rule(True, "Who feeds it fails, or is not heard."),
    "OUTPUT_ADDED": Rule(False, "Who does not fetch it sees nothing of it."),
    "OUTPUT_REMOVED": Rule(True, "Who fetches it fails."),
    "DTYPE_CHANGED": Rule(True, "Bytes of another type are refused, or misread."),
    "ENCODING_CHANGED": Rule(True, "A composite tensor has other components than callers give or take."),
    "QUANTIZATION_CHANGED": Rule(True, "The same integers stand for other numbers."),
    "INPUT_SHAPE_NARROWED": Rule(True, "What was fed may no longer fit."),
    "INPUT_SHAPE_WIDENED": Rule(False, "What was fed still fits."),
    "INPUT_SHAPE_CHANGED": Rule(True, "What was fed no longer fits."),
    "OUTPUT_SHAPE_NARROWED": Rule(False, "What comes is among what came."),
    "OUTPUT_SHAPE_WIDENED": Rule(True, "Other sizes may come than those that callers count on."),
    "OUTPUT_SHAPE_CHANGED": Rule(True, "Other sizes come than those that callers count on."),
    "TENSOR_NAME_CHANGED": Rule(False, "Who asks tfreg for names gets the new one; a name written into code fails."),
    "TENSOR_INDEX_CHANGED": Rule(False, "Who asks tfreg for indices gets the new one; an index written into code fails."),
}
"""By name, as docs/cli.md lists them."""
