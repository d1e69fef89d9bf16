"""What the converter's errors mean for a user. Their texts are pages of stack frames; the ops and the cause stand somewhere in them."""

from __future__ import annotations

import re

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.errors import ConversionRefusedError, OpUnsupportedError, TfregError
from tfreg.core.inspections import MetaGraph

_RECURRENT = re.compile(r"TensorListReserve|TensorList\w* op|tensor list|lower tensor list", re.IGNORECASE)
_FLEX_OPS = re.compile(r"(?:TF Select ops|Flex ops|Select TF ops)[^:]*:\s*([A-Za-z0-9_, ]+)")
_CUSTOM_OPS = re.compile(r"[Cc]ustom ops?[^:\n]*:\s*([A-Za-z0-9_, ]+)")
_ERROR_OP = re.compile(r"'(tf\.[A-Za-z0-9_]+)' op is neither")
_MAX_REASON_CHARACTERS = 500


def refusal_of(error: Exception, meta_graph: MetaGraph, options: ConversionOptions) -> TfregError:
    """Returns the error to raise for a failed conversion."""
    if isinstance(error, TfregError):
        return error
    text = str(error)
    if not options.select_tf_ops and _RECURRENT.search(text) and any(op.startswith("TensorList") for op in meta_graph.ops):
        return ConversionRefusedError(
            "A recurrent layer loops over a batch of open size, which TFLite's own ops cannot hold.",
            hint="Convert with --select-tf-ops (its interpreter then needs the Flex delegate), or push the .keras and convert that with a "
            "fixed batch (--shape x=1,...), or export with a fixed input_signature.",
        )
    unsupported = _ops(text)
    if unsupported:
        names = ", ".join(unsupported)
        hint = "Convert with --select-tf-ops, which takes TensorFlow's own ops; its interpreter then needs the Flex delegate."
        if options.select_tf_ops:
            hint = "Not even TensorFlow's own ops in TFLite have them: leave them out of the signature."
        return OpUnsupportedError(f"TFLite has no op for: {names}.", hint=hint, ops=names)
    reason = " ".join(text.split())
    return ConversionRefusedError(
        f"TFLite's converter fails: {type(error).__name__}: {reason[:_MAX_REASON_CHARACTERS]}",
        hint="Convert with --select-tf-ops, or a single signature by --signature.",
    )


def cannot_load(error: Exception) -> TfregError:
    """Returns the error to raise for a SavedModel that the converter does not load."""
    reason = " ".join(str(error).split())[:_MAX_REASON_CHARACTERS]
    return ConversionRefusedError(
        f"TFLite's converter cannot load the model: {type(error).__name__}: {reason}",
        hint="Freeze it first, and convert the frozen graph: tfreg convert --to frozen_graph.",
    )


def _ops(text: str) -> list[str]:
    found = {name.removeprefix("tf.") for name in _ERROR_OP.findall(text)}
    for pattern in (_FLEX_OPS, _CUSTOM_OPS):
        for names in pattern.findall(text):
            found |= {name.strip() for name in names.split(",") if name.strip()}
    return sorted(name for name in found if name[:1].isupper())
