"""What TFLite files say about themselves beside the model: who converted them and how, names for people, files in a zip at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.flatbuffer import INT32, UINT32, FlatBuffer, Table
from tfreg.core.codecs.zip_directory import read_zip
from tfreg.core.files import FileReader
from tfreg.core.formats.limits import MAX_NAME_BYTES, MAX_PART_BYTES
from tfreg.core.formats.tflite_schema import Model, Named
from tfreg.core.formats.tflite_tensors import TensorReading
from tfreg.core.resolving.nearest import listed
from tfreg.core.trees import BytesReader

_MAX_ENTRIES = 1_000
_MAX_TENSORS = 1_000
_MAX_TABLES = 10_000
# Slots of ModelMetadata, of metadata_schema.fbs.
_TEXTS = {0: "name", 1: "description", 2: "version", 4: "author", 5: "license", 7: "min_parser_version"}
_SUBGRAPHS, _SUBGRAPH_INPUTS, _SUBGRAPH_OUTPUTS = 3, 2, 3
_TENSOR_NAME, _TENSOR_DESCRIPTION = 0, 1
# Slots and names of conversion_metadata.fbs.
_ENVIRONMENT, _OPTIONS = 0, 1
_TENSORFLOW_VERSION, _API_VERSION, _MODEL_TYPE = 0, 1, 2
_OPTIMIZATION_MODES = 0
_MODEL_TYPES = (
    "",
    "TF_SAVED_MODEL",
    "KERAS_MODEL",
    "TF_CONCRETE_FUNCTIONS",
    "TF_GRAPH_DEF",
    "TF_SESSION",
    "JAX",
    "PYTORCH",
)
_MODES = {
    1001: "PTQ_FLOAT16",
    1002: "PTQ_DYNAMIC_RANGE",
    1003: "PTQ_FULL_INTEGER",
    1004: "PTQ_INT16",
    2000: "QUANTIZATION_AWARE_TRAINING",
    3001: "RANDOM_SPARSITY",
    3002: "BLOCK_SPARSITY",
    3003: "STRUCTURED_SPARSITY",
}


def metadata_facts(model: Table, tensors: TensorReading, reader: FileReader) -> dict[str, str]:
    """Returns facts `conversion.*`, `metadata.*` and `tflite.*`.

    Raises:
        CodecError: The list of metadata is damaged; a damaged entry is told by a fact.
    """
    facts: dict[str, str] = {}
    for entry in islice(model.tables(Model.METADATA), _MAX_ENTRIES):
        name, place = entry.text(Named.NAME), tensors.content(entry.number(Named.INDEX, UINT32))
        if place is None or name not in _READERS:
            continue
        content = reader.read_at(place.offset_bytes, min(place.length_bytes, MAX_PART_BYTES))
        try:
            facts |= {key: text[:MAX_NAME_BYTES] for key, text in _READERS[name](content) if text}
        except CodecError as error:
            facts[f"metadata.{name}"] = f"cannot be read: it {error.message}"
    files: list[str] = []
    with suppress(CodecError):  # most files end without a zip
        files = [f"{member.name} ({member.size_bytes} bytes)" for member in read_zip(reader).values()]
    return facts | ({"metadata.associated_files": listed(files)} if files else {})


def _min_runtime_version(content: bytes) -> Iterator[tuple[str, str]]:
    yield "tflite.min_runtime_version", content.partition(b"\0")[0].decode(errors="replace")


def _conversion(content: bytes) -> Iterator[tuple[str, str]]:
    """Reads a ConversionMetadata."""
    root = FlatBuffer(BytesReader(content), max_tables=_MAX_TABLES).root
    if environment := root.table(_ENVIRONMENT):
        yield "conversion.tensorflow_version", environment.text(_TENSORFLOW_VERSION)
        yield "conversion.api_version", str(environment.number(_API_VERSION, UINT32) or "")
        kind = environment.number(_MODEL_TYPE, INT32)
        yield "conversion.model_type", _MODEL_TYPES[kind] if 0 <= kind < len(_MODEL_TYPES) else str(kind)
    if options := root.table(_OPTIONS):
        modes = options.integers(_OPTIMIZATION_MODES, INT32, _MAX_ENTRIES)
        yield "conversion.optimization_modes", ", ".join(_MODES.get(mode, str(mode)) for mode in modes)


def _model_metadata(content: bytes) -> Iterator[tuple[str, str]]:
    """Reads a ModelMetadata, which names the model and its inputs and outputs for people."""
    root = FlatBuffer(BytesReader(content), max_tables=_MAX_TABLES).root
    for slot, name in _TEXTS.items():
        yield f"metadata.{name}", root.text(slot)
    main = root.table_of(_SUBGRAPHS, 0)
    if main is None:
        return
    for kind, slot in (("input", _SUBGRAPH_INPUTS), ("output", _SUBGRAPH_OUTPUTS)):
        for number, tensor in enumerate(islice(main.tables(slot), _MAX_TENSORS)):
            texts = (tensor.text(_TENSOR_NAME), tensor.text(_TENSOR_DESCRIPTION))
            yield f"metadata.{kind}_{number}", ": ".join(filter(None, texts))


_READERS = {
    "min_runtime_version": _min_runtime_version,
    "CONVERSION_METADATA": _conversion,
    "TFLITE_METADATA": _model_metadata,
}
