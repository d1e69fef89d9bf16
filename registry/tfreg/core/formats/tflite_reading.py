"""From the tables of a TFLite file to an inspection: subgraphs, signatures, operators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.flatbuffer import INT8, INT32, UINT32, FlatBuffer, Table
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_DISTINCT_OPS, MAX_PARTS_BYTES, MAX_SIGNATURE_TENSORS, MAX_SIGNATURES
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.tflite_constants import stored_constants
from tfreg.core.formats.tflite_metadata import metadata_facts
from tfreg.core.formats.tflite_schema import (
    CUSTOM,
    FLEX_PREFIX,
    Model,
    Named,
    OperatorCode,
    SignatureDef,
    SubGraph,
    operator_name,
)
from tfreg.core.formats.tflite_tensors import TensorReading
from tfreg.core.inspections import Inspection, MetaGraph, Signature, Subgraph
from tfreg.core.resolving.nearest import listed
from tfreg.core.scanning.graph_safety import GraphSafety
from tfreg.core.tensors import TensorSpec

_VERSION, _IDENTIFIER = 3, b"TFL3"
_MAX_INTERFACE_TABLES = 100_000
_MAX_SUBGRAPHS = 10_000
_DAMAGED = "Convert the model again."


class Reading:
    """One file being read; each part that is damaged is told and left out."""

    def __init__(self, reader: FileReader, file: str) -> None:
        self._reader = reader
        self._file = file
        self._problems = Problems()
        self._facts: dict[str, str] = {"tflite.file": file}
        self._specs_left = Allowance("inputs and outputs", MAX_SIGNATURE_TENSORS)

    def inspection(self, name: str) -> Inspection:
        """Reads all that the file says."""
        model: Table | None = None
        with self._telling("TFR101"):
            interface = FlatBuffer(self._reader, max_tables=_MAX_INTERFACE_TABLES, max_text_bytes=MAX_PARTS_BYTES)
            model = interface.root
            self._tell_version(model)
        if model is None:
            return Inspection(name, facts=self._facts, problems=tuple(self._problems))
        tensors = TensorReading(model, self._reader.size_bytes)
        subgraphs, signatures, ops = self._subgraphs(model, tensors), self._signatures(model, tensors), self._operators(model)
        with self._telling("TFR103"):
            self._facts |= metadata_facts(model, tensors, self._reader)
        version = self._facts.get("conversion.tensorflow_version", "")
        meta_graphs = [MetaGraph((), signatures, ops, version, node_count=main.operator_count) for main in subgraphs[:1]]
        return Inspection(
            name,
            tuple(meta_graphs),
            tensors=stored_constants(self._reader, self._file, self._facts, self._problems),
            facts=self._facts,
            problems=tuple(self._problems),
            subgraphs=subgraphs,
        )

    @contextmanager
    def _telling(self, code: str) -> Iterator[None]:
        try:
            yield
        except CodecError as error:
            self._problems.fault(code, self._file, error)

    def _tell_version(self, model: Table) -> None:
        version = model.number(Model.VERSION, UINT32)
        self._facts["tflite.schema_version"] = str(version)
        with self._telling("TFR103"):
            if description := model.text(Model.DESCRIPTION):
                self._facts["tflite.description"] = description
        identifier = self._reader.read_at(4, 4)
        if version != _VERSION or identifier != _IDENTIFIER:
            written = f"schema version {version} with the identifier {identifier.decode(errors='replace')}"
            message = f"{self._file} has {written}; interpreters read version {_VERSION} with {_IDENTIFIER.decode()} only."
            self._problems.error("TFR101", message, _DAMAGED, file=self._file)
        if groups := model.vector(Model.EXTERNAL_BUFFER_GROUPS).length:
            message = f"{self._file} keeps values of its tensors in {groups} other files; these are not read."
            self._problems.warn("TFR109", message, "Keep those files beside it.", file=self._file)

    def _subgraphs(self, model: Table, tensors: TensorReading) -> tuple[Subgraph, ...]:
        found: list[Subgraph] = []
        with self._telling("TFR101"):
            for table in model.tables(Model.SUBGRAPHS):
                name = table.text(SubGraph.NAME)
                inputs, outputs = (self._ends(tensors, table, slot) for slot in (SubGraph.INPUTS, SubGraph.OUTPUTS))
                operators, all_tensors = (table.vector(slot).length for slot in (SubGraph.OPERATORS, SubGraph.TENSORS))
                found.append(Subgraph(name, inputs, outputs, operators, all_tensors))
                if len(found) > _MAX_SUBGRAPHS:
                    raise LimitError(f"has more than {_MAX_SUBGRAPHS} subgraphs")
        if not found and not self._problems:
            self._problems.error("TFR101", f"{self._file} has no subgraph.", _DAMAGED, file=self._file)
        return tuple(found)

    def _ends(self, tensors: TensorReading, subgraph: Table, slot: int) -> tuple[TensorSpec, ...]:
        """Returns a subgraph's inputs or outputs; -1 stands for one that is left out."""
        indices = [index for index in subgraph.integers(slot, INT32, MAX_SIGNATURE_TENSORS) if index != -1]
        self._specs_left.take(len(indices))
        specs = [tensors.spec(subgraph, index) for index in indices]
        if None in specs:
            index = indices[specs.index(None)]
            self._problems.error("TFR101", f"{self._file} has no tensor {index}, an input or output.", _DAMAGED, file=self._file)
        return tuple(spec for spec in specs if spec is not None)

    def _signatures(self, model: Table, tensors: TensorReading) -> tuple[Signature, ...]:
        found: list[Signature] = []
        places: list[str] = []
        with self._telling("TFR103"):
            for table in model.tables(Model.SIGNATURE_DEFS):
                key, subgraph = table.text(SignatureDef.SIGNATURE_KEY), table.number(SignatureDef.SUBGRAPH_INDEX, UINT32)
                inputs = self._named(model, tensors, table, SignatureDef.INPUTS)
                outputs = self._named(model, tensors, table, SignatureDef.OUTPUTS)
                found.append(Signature(key, "", inputs, outputs))
                places.append(f"{key}={subgraph}")
                if len(found) >= MAX_SIGNATURES:
                    message = f"{self._file} has more than {MAX_SIGNATURES} signatures."
                    self._problems.warn("TFR104", message, "The others are not known.", file=self._file)
                    break
        if places and any(not place.endswith("=0") for place in places):
            self._facts["tflite.signature_subgraphs"] = listed(places)
        return tuple(sorted(found, key=lambda signature: signature.key.encode()))

    def _named(self, model: Table, tensors: TensorReading, signature: Table, slot: int) -> tuple[TensorSpec, ...]:
        """Returns the tensors that a signature gives keys to."""
        subgraph = model.table_of(Model.SUBGRAPHS, signature.number(SignatureDef.SUBGRAPH_INDEX, UINT32))
        found = []
        for pair in signature.tables(slot):
            self._specs_left.take(1)
            key, index = pair.text(Named.NAME), pair.number(Named.INDEX, UINT32)
            spec = tensors.spec(subgraph, index, key) if subgraph and key else None
            if spec is not None:
                found.append(spec)
                continue
            where = signature.text(SignatureDef.SIGNATURE_KEY)
            message = f"{key!r} of the signature {where!r} is tensor {index}, which the model does not have."
            self._problems.error("TFR201", message, _DAMAGED, file=self._file, signature=where)
        return tuple(sorted(found, key=lambda spec: spec.key.encode()))

    def _operators(self, model: Table) -> tuple[str, ...]:
        ops: set[str] = set()
        custom: list[str] = []
        with self._telling("TFR103"):
            for table in model.tables(Model.OPERATOR_CODES):
                code = max(
                    table.number(OperatorCode.BUILTIN_CODE, INT32), table.number(OperatorCode.DEPRECATED_BUILTIN_CODE, INT8)
                )
                name = table.text(OperatorCode.CUSTOM_CODE) if code == CUSTOM else operator_name(code)
                ops.add(name)
                if code == CUSTOM:
                    custom.append(name)
                if len(ops) >= MAX_DISTINCT_OPS:
                    break
        self._tell_custom(sorted(set(custom)))
        return tuple(sorted(ops))

    def _tell_custom(self, names: list[str]) -> None:
        flex = [name.removeprefix(FLEX_PREFIX) for name in names if name.startswith(FLEX_PREFIX)]
        if flex:
            message = f"{self._file} uses {len(flex)} ops of TensorFlow: {listed(flex)}."
            hint = (
                "Add the Flex delegate to the interpreter (org.tensorflow:tensorflow-lite-select-tf-ops), or run the SavedModel."
            )
            self._problems.warn("TFR301", message, hint, file=self._file)
            safety = GraphSafety()
            for op in flex:
                safety.is_harmless(op, b"", b"", b"")
            for finding in safety.findings(self._file):
                self._problems.add(finding)
        own = [name for name in names if not name.startswith(FLEX_PREFIX)]
        if own:
            message = f"{self._file} uses {len(own)} custom ops: {listed(own)}."
            self._problems.warn(
                "TFR302", message, "Register them with the interpreter before the model is loaded.", file=self._file
            )
