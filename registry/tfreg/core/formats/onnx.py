"""The format `onnx`: a ModelProto. Its top-level fields are scanned; the field numbers are those of onnx.proto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, VARINT, Field, scan
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.formats.one_file import with_strangers
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.stranger import Stranger, stranger_file, tell_unread
from tfreg.core.inspections import Inspection
from tfreg.core.resolving.nearest import listed
from tfreg.core.trees import BytesReader

_SUFFIXES = (".onnx",)
_MAX_IR_VERSION = 100
_MAX_OPSETS = 100
_MAX_LISTED = 1_000
_MAX_FIELDS = 400_000  # of the graph; inputs and outputs stand behind the nodes
# Fields of ModelProto.
_IR_VERSION, _GRAPH, _OPSET_IMPORT = 1, 7, 8
_TEXTS = {2: "producer", 3: "producer_version", 4: "domain"}
_MODEL_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
# Fields of GraphProto.
_NODE, _NAME, _INITIALIZER, _INPUT, _OUTPUT = 1, 2, 5, 11, 12


class OnnxFormat(Stranger):
    """See the module."""

    name = "onnx"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question begins with an IR version and has a graph and operator sets."""
        return stranger_file(tree, _SUFFIXES, _is_onnx) is not None

    def inspect(self, tree: FileTree) -> Inspection:
        """Names who made it and what goes in and out."""
        file = stranger_file(tree, _SUFFIXES, _is_onnx) or ""
        problems = Problems()
        facts = {"onnx.file": file}
        with tree.open(file) as reader:
            try:
                opsets: list[str] = []
                for found in scan(reader, 0, reader.size_bytes, keep_bytes=MAX_NAME_BYTES):
                    _add(facts, opsets, reader, found)
                facts |= {"onnx.opsets": listed(opsets)} if opsets else {}
            except CodecError as error:
                problems.fault("TFR101", file, error)
        tell_unread(problems, file, "an ONNX model")
        return with_strangers(Inspection(self.name, facts=facts, problems=tuple(problems)), tree, file)


def _is_onnx(reader: FileReader) -> bool:
    seen: set[int] = set()
    with suppress(CodecError):
        for found in islice(scan(reader, 0, reader.size_bytes), _MAX_OPSETS):
            if not seen and (found.number, found.wire_type) != (_IR_VERSION, VARINT):
                return False
            if found.number == _IR_VERSION and not 0 < found.value <= _MAX_IR_VERSION:
                return False
            if found.number not in _MODEL_FIELDS:
                return False
            seen.add(found.number)
    return seen >= {_IR_VERSION, _GRAPH} and (_OPSET_IMPORT in seen or len(seen & _TEXTS.keys()) > 0)


def _add(facts: dict[str, str], opsets: list[str], reader: FileReader, found: Field) -> None:
    if found.number == _IR_VERSION:
        facts["onnx.ir_version"] = str(found.value)
    elif found.number in _TEXTS and found.payload:
        facts[f"onnx.{_TEXTS[found.number]}"] = found.payload.decode(errors="replace")
    elif found.number == _OPSET_IMPORT and found.payload is not None and len(opsets) < _MAX_OPSETS:
        opsets.append(_opset(found.payload))
    elif found.number == _GRAPH and found.wire_type == LENGTH_DELIMITED:
        facts |= _graph(reader, found)


def _opset(content: bytes) -> str:
    """Returns `ai.onnx 17`."""
    parts = {part.number: part for part in scan(BytesReader(content), 0, len(content), keep_bytes=MAX_NAME_BYTES)}
    domain = (parts[1].payload or b"").decode(errors="replace") if 1 in parts else ""
    return f"{domain or 'ai.onnx'} {parts[2].value if 2 in parts else '?'}"


def _graph(reader: FileReader, graph: Field) -> dict[str, str]:
    counts = dict.fromkeys((_NODE, _INITIALIZER), 0)
    names: dict[int, list[str]] = {_INPUT: [], _OUTPUT: []}
    facts = {}
    fields = scan(reader, graph.offset, graph.offset + graph.length, keep_bytes=MAX_NAME_BYTES)
    for found in islice(fields, _MAX_FIELDS):
        if found.number in counts:
            counts[found.number] += 1
        elif found.number == _NAME and found.payload:
            facts["onnx.graph"] = found.payload.decode(errors="replace")
        elif found.number in names and found.payload is not None and len(names[found.number]) < _MAX_LISTED:
            names[found.number].extend(_first_text(found.payload))
    for kind, number in (("nodes", _NODE), ("initializers", _INITIALIZER)):
        facts[f"onnx.{kind}"] = str(counts[number])
    for kind, number in (("inputs", _INPUT), ("outputs", _OUTPUT)):
        facts[f"onnx.{kind}"] = listed(names[number])
    return facts


def _first_text(content: bytes) -> Iterator[str]:
    """Yields the name of a ValueInfoProto."""
    for found in scan(BytesReader(content), 0, len(content), keep_bytes=MAX_NAME_BYTES):
        if found.number == 1 and found.payload is not None:
            yield found.payload.decode(errors="replace")
            return
