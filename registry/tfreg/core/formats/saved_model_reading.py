"""Reads a SavedModel: saved_model.pb by scanning, then what lies beside it."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import VARINT, Field
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.checkpoint_collections import variables_of
from tfreg.core.formats.constants import in_text
from tfreg.core.formats.fingerprint import FILE as FINGERPRINT_FILE
from tfreg.core.formats.fingerprint import fingerprint_facts, read_fingerprint, verify_fingerprint
from tfreg.core.formats.graph_scan import GraphLimits, scan_graph
from tfreg.core.formats.limits import (
    MAX_FUNCTIONS_TEXT_BYTES,
    MAX_META_GRAPHS,
    MAX_PARTS_BYTES,
    MAX_PROTO_BYTES,
    MAX_SIGNATURE_TENSORS,
    VARIABLE_OPS,
)
from tfreg.core.formats.meta_graph import MetaGraphParts, meta_graph_of, read_meta_graph, saver_of
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import (
    BINARY_FILE,
    DEBUG_FILE,
    EXTRA_FOLDER,
    KERAS_METADATA_FILE,
    SPLIT_FILE,
    VARIABLES,
    is_meta_graph,
    main_file,
    open_main,
    strangers_among,
    top_fields,
)
from tfreg.core.formats.saved_model_functions import read_object_graph
from tfreg.core.formats.saved_model_variables import told_path
from tfreg.core.formats.signatures import check_signatures, operations_named, signatures_of
from tfreg.core.formats.variables import Variables, read_variables
from tfreg.core.inspections import CallableFunction, Inspection, KerasModel, MetaGraph, Signature
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor
from tfreg.wire.object_graph_pb2 import SavedVariable

_SCHEMA_VERSION = 1  # field number of SavedModel
_KNOWN_SCHEMA_VERSION = 1


class Reading:
    """One inspection of a tree."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._paths = {file.path for file in tree.files()}
        self._file = main_file(tree) or BINARY_FILE
        self._facts: dict[str, str] = {}
        self._problems = Problems()
        self._budget_bytes = MAX_PARTS_BYTES
        self._signature_tensors = Allowance("tensors of signatures", MAX_SIGNATURE_TENSORS)
        self._graph_limits = GraphLimits()
        self._unsafe = Problems()
        self._function_text = Allowance("bytes of functions' text", MAX_FUNCTIONS_TEXT_BYTES)
        self._meta_graphs: list[MetaGraph] = []
        self._functions: dict[str, CallableFunction] = {}
        self._tensors: list[StoredTensor] = []
        self._keras: KerasModel | None = None
        self._variables: Variables | None = None
        self._saved_variables: dict[str, SavedVariable] = {}
        self._trained: dict[str, bool] = {}

    def inspection(self, format_name: str) -> Inspection:
        """Reads everything."""
        if f"{VARIABLES}.index" in self._paths:
            self._variables = read_variables(self._tree, VARIABLES)
        try:
            if self._file == SPLIT_FILE:
                self._tell_split()
            else:
                with open_main(self._tree) as reader:
                    self._read_main(reader)
        except CodecError as error:
            self._problems.fault("TFR101", self._file, error)
        self._check_assets()
        self._add_variables()
        self._read_beside()
        return Inspection(
            format_name,
            tuple(self._meta_graphs),
            tuple(self._functions[name] for name in sorted(self._functions, key=str.encode)),
            tuple(sorted(self._tensors, key=lambda tensor: tensor.name.encode())),
            dict(sorted(self._facts.items())),
            (*self._problems, *self._unsafe),
            self._keras,
        )

    def _tell_split(self) -> None:
        message = (
            f"{SPLIT_FILE} is a SavedModel in split form, made for graphs beyond 2 GiB: it is stored as it is, but its signatures"
            " and its graph are not read. TensorFlow's own releases neither write nor read it."
        )
        self._problems.warn("TFR109", message, "Export the model without splitting to have its names resolved.", file=SPLIT_FILE)
        if FINGERPRINT_FILE in self._paths and (said := read_fingerprint(self._tree, self._problems)) is not None:
            self._facts |= fingerprint_facts(said) | {"fingerprint.not_verified": "all: the model is not read"}

    def _read_main(self, reader: FileReader) -> None:
        """Reads the file up to its end or to where it breaks."""
        version = 0
        if reader.size_bytes > MAX_PROTO_BYTES:
            self._problems.too_large(self._file, reader.size_bytes)
        for found in top_fields(reader):
            if found.number == _SCHEMA_VERSION and found.wire_type == VARINT:
                version = found.value
            elif is_meta_graph(found):
                if len(self._meta_graphs) >= MAX_META_GRAPHS:
                    raise LimitError(f"has more than {MAX_META_GRAPHS} MetaGraphDefs")
                self._read_meta_graph(reader, found)
        self._facts["saved_model_schema_version"] = str(version)
        if not self._meta_graphs:
            self._problems.error("TFR101", f"{self._file} holds no MetaGraphDef.", "Export the model again.", file=self._file)
        elif version != _KNOWN_SCHEMA_VERSION:
            known = f"TensorFlow writes {_KNOWN_SCHEMA_VERSION}"
            self._problems.warn("TFR105", f"{self._file} says it has schema version {version}; {known}.", file=self._file)

    def _read_meta_graph(self, reader: FileReader, place: Field) -> None:
        known_problems = len(self._problems)
        parts = read_meta_graph(reader, Span(place.offset, place.length), self._file, self._problems, self._budget_bytes)
        if not self._meta_graphs and len(self._problems) == known_problems:
            self._verify_fingerprint(reader, parts)
        self._budget_bytes = parts.budget_bytes
        signatures = self._signatures(parts)
        saver = saver_of(parts)
        graph = scan_graph(
            reader,
            self._file,
            parts.graphs,
            operations_named(signatures),
            limits=self._graph_limits,
            saver_filename=saver.filename.operation if saver else "",
        )
        if graph.fault is not None:
            self._problems.fault("TFR101", self._file, graph.fault)
        else:
            check_signatures(signatures, graph.named, self._file, self._problems)
        for finding in graph.unsafe:
            self._unsafe.add(finding)
        self._tensors += graph.constants if self._file == BINARY_FILE else in_text(graph.constants)
        if self._variables and not parts.object_graphs:
            self._trained |= variables_of(reader, self._file, self._problems, Span(place.offset, place.length))
        for span in parts.object_graphs:
            self._read_object_graph(reader, span)
        self._meta_graphs.append(meta_graph_of(graph, parts, signatures))
        self._add_facts(parts)

    def _verify_fingerprint(self, reader: FileReader, first: MetaGraphParts) -> None:
        said = read_fingerprint(self._tree, self._problems) if FINGERPRINT_FILE in self._paths else None
        if said is None:
            return
        self._facts |= fingerprint_facts(said)
        if self._file == BINARY_FILE:
            self._facts |= verify_fingerprint(said, self._tree, reader, first, self._problems)
        else:
            self._facts["fingerprint.not_verified"] = "all: the hashes are of the binary form"

    def _signatures(self, parts: MetaGraphParts) -> tuple[Signature, ...]:
        """Returns the signatures, or those before the one that has too many tensors."""
        signatures: list[Signature] = []
        try:
            signatures.extend(signatures_of(parts, self._signature_tensors))
        except LimitError as error:
            self._problems.fault("TFR103", self._file, error)
        return tuple(signatures)

    def _add_facts(self, parts: MetaGraphParts) -> None:
        versions = {meta_graph.tensorflow_version for meta_graph in self._meta_graphs} - {""}
        self._facts["tensorflow_version"] = ", ".join(sorted(versions))
        if parts.tensorflow_git_version:
            self._facts["tensorflow_git_version"] = parts.tensorflow_git_version
        self._facts["stripped_default_attrs"] = _yes_or_no(parts.stripped_default_attrs)
        if parts.object_graphs:
            self._facts["object_graph"] = "yes"

    def _read_object_graph(self, reader: FileReader, span: Span) -> None:
        keys = [tensor.name for tensor in self._variables.tensors] if self._variables else []
        objects = read_object_graph(reader, span, self._file, self._problems, text=self._function_text, keys=keys)
        self._saved_variables |= objects.variables
        if objects.losses:
            self._facts["object_graph.regularization_losses"] = str(objects.losses)
        self._functions |= {function.name: function for function in objects.functions}
        if objects.root_class:
            self._facts["object_graph.root"] = objects.root_class

    def _check_assets(self) -> None:
        for name in sorted({asset.file_name for meta_graph in self._meta_graphs for asset in meta_graph.assets}):
            path = f"assets/{name}"
            if path not in self._paths:
                hint = "Copy the whole folder that was exported, and push again."
                self._problems.error(
                    "TFR102", f"{path} is missing, which the graph reads when it is initialised.", hint, file=path
                )

    def _add_variables(self) -> None:
        index = f"{VARIABLES}.index"
        hint = "Push the whole folder that was exported, not only saved_model.pb."
        if self._variables:
            self._add_stored(self._variables)
        elif any(path.startswith(f"{VARIABLES}.data-") for path in self._paths):
            self._problems.error("TFR102", f"{index} is missing, which says where the variables' values are.", hint, file=index)
        elif any(VARIABLE_OPS.intersection(meta_graph.ops) for meta_graph in self._meta_graphs):
            restored = "object_graph" in self._facts or any(graph.targets.restore_operation for graph in self._meta_graphs)
            tell = self._problems.error if restored else self._problems.warn  # what nobody restores, the program itself may fill
            tell("TFR102", f"The graph has variables, but {index} is missing, so they have no values.", hint, file=index)
        elif "object_graph" in self._facts:  # TensorFlow writes it even if there are no variables, and its Python loaders want it
            message = f"{index} is missing; there are no variables, but tf.saved_model.load fails without this file."
            self._problems.warn("TFR102", message, hint, file=index)

    def _add_stored(self, found: Variables) -> None:
        """Adds the variables' values, and what the objects say about them."""
        if found.object_graph is not None:
            from tfreg.core.formats.checkpoint_reading import add_objects

            add_objects(self._tree, found.object_graph, found)
        for tensor in found.tensors:
            saved = self._saved_variables.get(tensor.name)
            name = tensor.part.name if tensor.part else tensor.name
            trainable = saved.trainable if saved is not None else self._trained.get(name, tensor.trainable)
            self._tensors.append(replace(tensor, path=told_path(tensor.path, saved), trainable=trainable))
        self._facts |= found.facts
        for problem in found.problems:
            self._problems.add(problem)

    def _read_keras(self) -> None:
        from tfreg.core.formats.keras_metadata import read_keras_metadata

        self._facts["keras_metadata"] = "yes"
        found = read_keras_metadata(self._tree)
        self._keras = found.keras
        self._facts |= found.facts
        for problem in found.problems:
            (self._unsafe if problem.code.startswith("TFR4") else self._problems).add(problem)

    def _read_beside(self) -> None:
        """Reads what else lies in the folder."""
        if KERAS_METADATA_FILE in self._paths:
            self._read_keras()
        if DEBUG_FILE in self._paths:
            self._facts["debug_info"] = "yes"
        extras = sum(path.startswith(EXTRA_FOLDER) for path in self._paths)
        if extras:
            self._facts["assets_extra"] = str(extras)
        strangers = strangers_among(self._paths)
        if strangers:
            named = ", ".join(strangers[:5])
            message = f"{len(strangers)} files are not part of a SavedModel, such as {named}."
            self._problems.inform("TFR105", message, "They are kept but not read; attach files that belong to the model's users.")


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
