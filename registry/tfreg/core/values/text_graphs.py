"""Constants of a graph in text form, whose values are read from its binary form."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.text_format import binary_of
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.graph_scan import GraphLimits, scan_graph
from tfreg.core.formats.limits import MAX_TEXT_BYTES
from tfreg.core.formats.saved_model_files import TEXT_FILE, is_meta_graph, top_fields
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import BytesReader

_GRAPH = 2  # field number of MetaGraphDef


class TextGraph:
    """The constants of a text, which is parsed once.

    Args:
        text: The file.
        file: Its path: one called saved_model.pbtxt is a SavedModel, others are GraphDefs.

    Raises:
        CodecError: It is damaged, or longer than `MAX_TEXT_BYTES`.
    """

    def __init__(self, text: FileReader, file: str) -> None:
        is_saved_model = file == TEXT_FILE
        self.binary = _binary(text, is_saved_model=is_saved_model)
        self._constants: dict[str, StoredTensor] = {}
        limits = GraphLimits()
        for span in _graphs(self.binary) if is_saved_model else [Span(0, self.binary.size_bytes)]:
            for constant in scan_graph(self.binary, file, [span], limits=limits).constants:
                self._constants.setdefault(constant.name, constant)

    def constant(self, listed: StoredTensor) -> StoredTensor | None:
        """Returns where the value of a listed constant is in `binary`; None if the text has no such constant."""
        found = self._constants.get(listed.name)
        return found if found is not None and (found.dtype, found.shape) == (listed.dtype, listed.shape) else None


def _binary(text: FileReader, *, is_saved_model: bool) -> BytesReader:
    from tfreg.wire.graph_pb2 import GraphDef
    from tfreg.wire.saved_model_pb2 import SavedModel

    return BytesReader(binary_of(text, SavedModel if is_saved_model else GraphDef, MAX_TEXT_BYTES))


def _graphs(saved_model: BytesReader) -> Iterator[Span]:
    for found in filter(is_meta_graph, top_fields(saved_model)):
        for part in scan(saved_model, found.offset, found.offset + found.length):
            if part.number == _GRAPH and part.wire_type == LENGTH_DELIMITED:
                yield Span(part.offset, part.length)
