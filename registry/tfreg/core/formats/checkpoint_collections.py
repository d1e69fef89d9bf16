"""The collections of a TF1 graph that list its variables: all of them, and those that training changes."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_NAME_BYTES, MAX_TENSORS
from tfreg.core.formats.problems import Problems
from tfreg.core.layouts import Span
from tfreg.core.trees import BytesReader

# Field numbers, as proto/tfreg/wire/meta_graph.proto has them, and of VariableDef.
_COLLECTION, _KEY, _VALUE, _BYTES_LIST, _ITEM = 4, 1, 2, 2, 1
_VARIABLE_NAME, _SAVE_SLICE, _FULL_NAME = 1, 4, 1
_VARIABLES, _TRAINABLE_VARIABLES = "variables", "trainable_variables"


def variables_of(reader: FileReader, file: str, problems: Problems, place: Span | None = None) -> dict[str, bool]:
    """Returns the names of the variables of a MetaGraphDef, and whether it trains them; empty if it does not say.

    Args:
        reader: The file.
        file: Its path, for the problems.
        problems: Where to tell.
        place: Where in the file the MetaGraphDef is; None: it is all of the file.
    """
    place = place or Span(0, reader.size_bytes)
    collections: dict[str, set[str]] = {}
    budget = Allowance("variables in collections", 2 * MAX_TENSORS)
    try:
        for found in scan(reader, place.offset_bytes, place.offset_bytes + place.length_bytes):
            if found.number == _COLLECTION and found.wire_type == LENGTH_DELIMITED:
                _read_collection(reader, found, collections, budget)
    except LimitError as error:
        problems.fault("TFR103", file, error)
    except CodecError:
        pass  # told by who read the MetaGraphDef before
    trainable = collections.get(_TRAINABLE_VARIABLES)
    if trainable is None:
        return {}
    return {name: name in trainable for name in collections.get(_VARIABLES, set()) | trainable}


def _read_collection(reader: FileReader, entry: Field, collections: dict[str, set[str]], budget: Allowance) -> None:
    key = b""
    for found in scan(reader, entry.offset, entry.offset + entry.length, keep_bytes=len(_TRAINABLE_VARIABLES)):
        if found.number == _KEY:
            key = found.payload or b""
        elif found.number == _VALUE and key.decode(errors="replace") in (_VARIABLES, _TRAINABLE_VARIABLES):
            names = collections.setdefault(key.decode(), set())
            for inner in scan(reader, found.offset, found.offset + found.length):
                if inner.number == _BYTES_LIST and inner.wire_type == LENGTH_DELIMITED:
                    names.update(_variable_names(reader, inner, budget))


def _variable_names(reader: FileReader, bytes_list: Field, budget: Allowance) -> Iterator[str]:
    """Yields the name under which a Saver stores each variable of a list of VariableDefs."""
    for item in scan(reader, bytes_list.offset, bytes_list.offset + bytes_list.length, keep_bytes=MAX_NAME_BYTES):
        budget.take(1)
        if item.number != _ITEM or not item.payload:
            continue
        name = b""
        payload = BytesReader(item.payload)
        for found in scan(payload, 0, len(item.payload), keep_bytes=MAX_NAME_BYTES):
            if found.number == _VARIABLE_NAME and not name:
                name = (found.payload or b"").rpartition(b":")[0]
            elif found.number == _SAVE_SLICE and found.payload:
                slices = BytesReader(found.payload)
                inner = next(scan(slices, 0, len(found.payload), keep_bytes=MAX_NAME_BYTES), None)
                if inner is not None and inner.number == _FULL_NAME and inner.payload:
                    name = inner.payload
        yield name.decode(errors="replace")
