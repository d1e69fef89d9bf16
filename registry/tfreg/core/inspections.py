"""Inspections: what an artifact says about itself, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.tensors import StoredTensor, TensorRef, TensorSpec

INSPECTOR_VERSION = 2
"""Grows whenever an inspector learns more, so that memoised inspections are made anew."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A SignatureDef.

    Attributes:
        key: Its key.
        method_name: Its method name.
        inputs: Its inputs, sorted by key's UTF-8 bytes.
        outputs: Its outputs, sorted likewise.
        internal: True for initialisers and train ops, which no caller runs.
    """

    key: str
    method_name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the graph reads at initialisation: plain name below `assets/`, and the tensor that holds its path."""

    file_name: str
    ref: TensorRef


@dataclass(frozen=True, slots=True)
class Targets:
    """Operations that a loader runs, in order: restore with the filename fed, then the initialisers."""

    init_operations: tuple[str, ...] = ()
    restore_operation: str = ""
    restore_filename: TensorRef | None = None


@dataclass(frozen=True, slots=True)
class MetaGraph:
    """A MetaGraphDef; a frozen graph counts as one without tags.

    Attributes:
        tags: Its tag set, in the file's order.
        signatures: Sorted by key's UTF-8 bytes.
        ops: Ops used by the graph and its functions, sorted.
        tensorflow_version: Such as `2.21.0`; empty if not said.
        producer: GraphDef.versions.producer.
        node_count: Nodes at the top level.
        function_count: Functions of the library.
        assets: Files read at initialisation.
        targets: What the loader runs.
    """

    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]
    ops: tuple[str, ...]
    tensorflow_version: str = ""
    producer: int = 0
    node_count: int = 0
    function_count: int = 0
    assets: tuple[Asset, ...] = ()
    targets: Targets = Targets()


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a trace: its name (may be empty) and its value as TensorFlow prints it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ConcreteFunction:
    """One trace of a function: its name in the library and its arguments."""

    name: str
    arguments: tuple[Argument, ...] = ()
    keyword_arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class CallableFunction:
    """A function that a TF2 SavedModel offers to Python callers, by its path in the object graph."""

    name: str
    concrete_functions: tuple[ConcreteFunction, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an artifact says about itself.

    Attributes:
        format: Name of its format.
        meta_graphs: In the file's order.
        functions: What a TF2 SavedModel offers besides its signatures.
        tensors: Tensors whose values it stores, sorted by name's UTF-8 bytes; not the object graph that TF2 keeps among them.
        facts: Further facts as the format names them.
        problems: What is wrong with it.
        inspector_version: `INSPECTOR_VERSION` at the time.
    """

    format: str
    meta_graphs: tuple[MetaGraph, ...] = ()
    functions: tuple[CallableFunction, ...] = ()
    tensors: tuple[StoredTensor, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    inspector_version: int = INSPECTOR_VERSION
