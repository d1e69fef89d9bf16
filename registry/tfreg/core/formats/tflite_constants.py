"""Constants of a TFLite model as stored tensors. They have limits of their own, so that many of them never hide a signature."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.flatbuffer import FlatBuffer
from tfreg.core.files import FileReader
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.tflite_schema import Model
from tfreg.core.formats.tflite_tensors import Constant, TensorReading
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import listed
from tfreg.core.tensors import StoredTensor

_MAX_TABLES = 100_000
_MAX_TEXT_BYTES = 8 << 20
_MAX_SUBGRAPHS = 10_000


def constant_spans(reader: FileReader) -> list[Span]:
    """Returns where the bytes of constants are, in the order of their offsets; those before the first damaged one."""
    found: dict[Span, None] = {}
    with suppress(CodecError):
        for _, constant in _constants(reader):
            found[constant.place] = None
    return sorted(found, key=lambda span: span.offset_bytes)


def stored_constants(reader: FileReader, file: str, facts: dict[str, str], problems: Problems) -> tuple[StoredTensor, ...]:
    """Returns the constants whose bytes are plain values, sorted by name; facts say which others there are.

    Several subgraphs can have the same constant, which counts once. Another of the same name is called `name#subgraph:index`.
    """
    found: dict[str, StoredTensor] = {}
    others: dict[str, list[str]] = {}
    try:
        for subgraph, constant in _constants(reader):
            name = constant.name or f"tensor_{constant.index}"
            if constant.is_plain:
                _add(found, f"{name}#{subgraph}:{constant.index}", _stored(name, file, constant))
            else:
                kind = "sparse" if constant.sparse else "string" if constant.dtype == "string" else "misfit"
                others.setdefault(kind, []).append(name)
    except CodecError as error:
        problems.fault("TFR103", file, error)
    facts |= {f"tflite.{kind}_constants": listed(names) for kind, names in others.items() if kind != "misfit"}
    if misfits := others.get("misfit"):
        message = f"{file} has values that do not fit dtype and shape: {listed(misfits)}."
        problems.warn("TFR103", message, "Convert the model again.", file=file)
    return tuple(sorted(found.values(), key=lambda tensor: tensor.name.encode()))


def _constants(reader: FileReader) -> Iterator[tuple[int, Constant]]:
    """Yields the constants of all subgraphs with the subgraph's number; raises a CodecError where the file is damaged."""
    model = FlatBuffer(reader, max_tables=_MAX_TABLES, max_text_bytes=_MAX_TEXT_BYTES).root
    tensors = TensorReading(model, reader.size_bytes)
    for number, subgraph in enumerate(islice(model.tables(Model.SUBGRAPHS), _MAX_SUBGRAPHS)):
        for constant in tensors.constants(subgraph):
            yield number, constant


def _stored(name: str, file: str, constant: Constant) -> StoredTensor:
    place = constant.place
    return StoredTensor(
        name, constant.dtype, constant.shape, file, place.offset_bytes, place.length_bytes, quantization=constant.quantization
    )


def _add(found: dict[str, StoredTensor], second_name: str, tensor: StoredTensor) -> None:
    known = found.setdefault(tensor.name, tensor)
    if known != tensor:
        found[second_name] = replace(tensor, name=second_name)
