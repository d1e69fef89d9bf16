"""What a caller can say about a conversion. All of it stands in the result's provenance."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tfreg.core import json_values
from tfreg.core.tensors import Shape


@dataclass(frozen=True, slots=True)
class NamedTensor:
    """A tensor, and the key that callers shall know it by.

    Attributes:
        tensor: A key of the signature, a node (`x`) or a tensor (`x:0`).
        key: The key; empty: the signature's own, else the node's name.
    """

    tensor: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class InputShape:
    """The shape that an input shall have.

    Attributes:
        input: A key of the signature, a node or a tensor.
        shape: Sizes, None where a size stays open.
    """

    input: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Renamed:
    """A further name for a tensor, as tf.identity would give it: `operation` becomes an Identity of `tensor`."""

    operation: str
    tensor: str


@dataclass(frozen=True, slots=True)
class VariableKey:
    """From which of the checkpoint's keys a variable is loaded."""

    variable: str
    key: str


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """Options of a conversion; `Route.options` says which a route takes.

    Attributes:
        signature: Key of the SignatureDef to convert; empty: all where the target can hold several, else `serving_default` or the only one.
        tags: Tag set of the MetaGraphDef; empty: the only one, else exactly `serve`.
        inputs: The inputs that the result shall have; empty: the signature's.
        outputs: The outputs likewise.
        shapes: Shapes that inputs shall have; what follows in the graph is inferred anew.
        renamed: Identities to add.
        placeholders: Tensors (such as the outputs of an IteratorGetNext) to be replaced by a placeholder named by `key`.
        clear_devices: Take the device strings out.
        keep_variables: Variables that a frozen graph keeps as variables; `*` for all.
        variable_keys: Variables that are loaded from other keys than their own.
        ema: Load the moving average of each variable that has one (`w/ExponentialMovingAverage`).
        function: A traced function of a TF2 SavedModel to make the signature of, such as `__call__`.
        spec: Which of its traces: arguments as `x: float32[?,3]`; empty: the only one.
        allow_training_graph: Convert a graph that trains (dropout, iterators, optimiser) all the same.
        inference_only: Drop what only training needs: train ops, savers of other tag sets, losses.
        match: How weights find their places: `name`, `path`, `order`; empty: the first of these that matches all.
        partial: Take what matches, though not all does.
        quantize: For TFLite: `float16`, `dynamic_range` or `int8`; empty: none.
        select_tf_ops: For TFLite: allow TensorFlow's own ops (Flex).
        optimize: For a frozen graph: fold batch norms, strip identities.
        method_name: Method name of the resulting signature; empty: as it was, else `tensorflow/serving/predict`.
        new_tags: Tag set of the resulting MetaGraphDef; empty: as it was, else `serve`.
        new_signature: Key of the resulting signature; empty: as it was, else `serving_default`.
    """

    signature: str = ""
    tags: tuple[str, ...] = ()
    inputs: tuple[NamedTensor, ...] = ()
    outputs: tuple[NamedTensor, ...] = ()
    shapes: tuple[InputShape, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    placeholders: tuple[NamedTensor, ...] = ()
    clear_devices: bool = False
    keep_variables: tuple[str, ...] = ()
    variable_keys: tuple[VariableKey, ...] = ()
    ema: bool = False
    function: str = ""
    spec: str = ""
    allow_training_graph: bool = False
    inference_only: bool = False
    match: str = ""
    partial: bool = False
    quantize: str = ""
    select_tf_ops: bool = False
    optimize: bool = False
    method_name: str = ""
    new_tags: tuple[str, ...] = ()
    new_signature: str = ""

    @property
    def given(self) -> frozenset[str]:
        """Names of the options that say something."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) != field.default)


def encode(options: ConversionOptions) -> str:
    """Returns the options as JSON, those left out that say nothing: equal texts are equal options."""
    return json_values.encode(options).decode()


def decode(text: str) -> ConversionOptions:
    """Reads what `encode` returned.

    Raises:
        ValueError: It is nothing of the kind.
    """
    return json_values.decode(ConversionOptions, text.encode())


def summary(text: str) -> str:
    """Returns what `encode` returned in a few words: `ema, outputs prob`; empty if it says nothing."""
    options = decode(text)
    return ", ".join(_said(field.name, getattr(options, field.name)) for field in fields(options) if field.name in options.given)


def _said(name: str, value: object) -> str:
    word = name.replace("_", " ")
    if value is True:
        return word
    values = value if isinstance(value, tuple) else (value,)
    return f"{word} {' '.join(map(_text, values))}"


def _text(value: object) -> str:
    if isinstance(value, NamedTensor):
        return f"{value.key}={value.tensor}" if value.key else value.tensor
    if isinstance(value, InputShape):
        return f"{value.input}={','.join('?' if size is None else str(size) for size in value.shape or ())}"
    if isinstance(value, Renamed):
        return f"{value.operation}={value.tensor}"
    return f"{value.variable}={value.key}" if isinstance(value, VariableKey) else str(value)
