"""What the targets of formats of one file have in common."""

from __future__ import annotations

from tfreg.core.formats.format import Format
from tfreg.core.inspection_json import decode, encode
from tfreg.core.inspections import Inspection
from tfreg.core.trees import MemoryTree


def inspect_and_cut(kind: Format, file: str, data: bytes) -> Inspection | None:
    """Inspects and cuts an artifact of one file; None if it is not of the format."""
    tree = MemoryTree({file: data})
    if not kind.recognise(tree):
        return None
    inspection = kind.inspect(tree)
    assert decode(encode(inspection)) == inspection
    for spans in kind.tensor_spans(tree, inspection).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data) for span in spans)
    return inspection
