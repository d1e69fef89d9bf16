"""Inspections: what an artifact says about itself, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.tensors import Shape, StoredTensor, TensorRef, TensorSpec

INSPECTOR_VERSION = 4
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
        declared: True if a user declared it (`tfreg sign`): the artifact itself does not hold it, or holds another of this key.
    """

    key: str
    method_name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    internal: bool = False
    declared: bool = False


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
class Saver:
    """A SaverDef: how a TF1 program saves and restores this graph's variables.

    Attributes:
        filename: The tensor that is fed with the checkpoint's prefix.
        save_tensor: What is fetched to save.
        restore_operation: What is run to restore.
        version: `V1` or `V2`, the layout of the files.
        sharded: Whether each device writes a file of its own.
    """

    filename: TensorRef
    save_tensor: TensorRef | None
    restore_operation: str
    version: str = "V2"
    sharded: bool = False


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
        saver: How its variables are saved; None if it does not say.
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
    saver: Saver | None = None


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
class Layer:
    """A layer of a Keras model.

    Attributes:
        name: Its name; below a nested model `model/layer`.
        class_name: Such as `Dense`.
        module: Where Keras finds the class, such as `keras.layers`; empty if the config does not say.
        parameter_count: Elements of its weights; None if the weights are not here.
        trainable: False for a frozen layer.
        dtype: What it computes in; empty if the config does not say.
        output_shape: Shape of its first output; None in all if not known.
        inputs: Names of the layers that it takes its inputs from.
    """

    name: str
    class_name: str
    module: str = ""
    parameter_count: int | None = None
    trainable: bool = True
    dtype: str = ""
    output_shape: Shape = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KerasModel:
    """The architecture that a Keras file holds.

    Attributes:
        name: The model's name.
        class_name: `Functional`, `Sequential` or the user's own class.
        inputs: Input tensors: key is the name by which a caller's dict feeds it; no ref.
        outputs: Output tensors likewise.
        layers: In the config's order, nested models before their own layers.
        parameter_count: Elements of all weights, the optimiser's left out; None if the weights are not here.
        trainable_parameter_count: Those that training changes; None likewise.
        optimizer: Class of the optimiser; empty if not compiled.
        training: The compile config: loss, metrics and more, as JSON texts.
        custom_objects: Classes and functions that Keras does not have, so that loading needs the user's code.
    """

    name: str
    class_name: str
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    layers: tuple[Layer, ...] = ()
    parameter_count: int | None = None
    trainable_parameter_count: int | None = None
    optimizer: str = ""
    training: Mapping[str, str] = field(default_factory=dict)
    custom_objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph of a TFLite model; the first is the main one, others are bodies of its control flow or further signatures.

    Attributes:
        name: Its name; may be empty.
        inputs: In the interpreter's order; key empty, `tensor_index` set, ref with the tensor's name.
        outputs: Likewise.
        operator_count: How many operators it runs.
        tensor_count: How many tensors it has.
    """

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operator_count: int
    tensor_count: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an artifact says about itself.

    Attributes:
        format: Name of its format.
        meta_graphs: In the file's order.
        functions: What a TF2 SavedModel offers besides its signatures.
        tensors: Tensors whose values it stores, sorted by name's UTF-8 bytes; not the object graph that TF2 keeps among them.
        facts: Further facts as the format names them.
        problems: What is wrong with it, or unsafe in it.
        keras: The architecture; None for formats that hold none.
        subgraphs: Of a TFLite model. Its signatures are those of one MetaGraph without tags.
        labels: What a push of it adds to the version's labels unless the user says otherwise: `step` of a checkpoint.
        inspector_version: `INSPECTOR_VERSION` at the time.
    """

    format: str
    meta_graphs: tuple[MetaGraph, ...] = ()
    functions: tuple[CallableFunction, ...] = ()
    tensors: tuple[StoredTensor, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    keras: KerasModel | None = None
    subgraphs: tuple[Subgraph, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    inspector_version: int = INSPECTOR_VERSION
