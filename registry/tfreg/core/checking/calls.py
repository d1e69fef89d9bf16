"""How a worker runs one signature of a model, whatever its format: by the names that `resolve` tells callers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tfreg.core.bindings import Binding, BindingQuery, FeedUse
from tfreg.core.resolving.resolve import resolve
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.tensors import Shape, TensorSpec


@dataclass(frozen=True, slots=True)
class CalledTensor:
    """A tensor to feed or to fetch.

    Attributes:
        key: Its logical key; of one that no signature names, `x` for `x:0`, `x:1` for that.
        tensor: Its name in the graph, `x:0`; empty where tensors have none (Keras, TFLite) and for composite ones.
        dtype: As `TensorSpec`.
        shape: As `TensorSpec`; None too where the model does not say.
        tensor_index: Its index in a TFLite model.
        composite: `sparse` or the type spec's name, if it is no plain tensor.
        unused: For a feed: no output that is fetched depends on it.
        required: For a feed: a run fails without it.
    """

    key: str
    tensor: str = ""
    dtype: str = ""
    shape: Shape = None
    tensor_index: int | None = None
    composite: str = ""
    unused: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A signature of a model, ready to be run.

    Attributes:
        format: The model's format.
        signature: Key of the SignatureDef; empty if there is none.
        tags: Tag set of its MetaGraphDef.
        feeds: What goes in.
        fetches: What comes out.
        targets: Operations to run once before: initialisers of tables of a graph that stands alone.
        restore_operation: What restores a checkpoint's variables.
        restore_filename: The tensor that is fed with the checkpoint's prefix.
    """

    format: str
    signature: str = ""
    tags: tuple[str, ...] = ()
    feeds: tuple[CalledTensor, ...] = ()
    fetches: tuple[CalledTensor, ...] = ()
    targets: tuple[str, ...] = ()
    restore_operation: str = ""
    restore_filename: str = ""


def call_of(source: Source, query: BindingQuery) -> ModelCall:
    """Returns how to run a signature of an artifact.

    Raises:
        TfregError: As `resolve`: it has no such signature, no graph, or is damaged.
    """
    binding = resolve(source.inspection, query, source.graph)
    return call_of_binding(binding, source.targets.get(binding.signature, ()))


def call_of_binding(binding: Binding, targets: Iterable[str] = ()) -> ModelCall:
    """Returns how to run what a caller would run.

    Args:
        binding: What `resolve` answered.
        targets: Operations that a declared signature needs to be run first; a registry's answer has them already.
    """
    loaded = binding.targets
    operations = tuple(targets)
    if binding.format != "saved_model":  # whose loader runs them
        operations = tuple(dict.fromkeys((*loaded.init_operations, *operations)))
    return ModelCall(
        format=binding.format,
        signature=binding.signature,
        tags=binding.tags,
        feeds=tuple(_called(feed.tensor, feed.use) for feed in binding.feeds),
        fetches=tuple(_called(fetch) for fetch in binding.fetches),
        targets=operations,
        restore_operation=loaded.restore_operation,
        restore_filename=str(loaded.restore_filename or ""),
    )


def _called(spec: TensorSpec, use: FeedUse | None = None) -> CalledTensor:
    return CalledTensor(
        spec.key or _name(spec),
        str(spec.ref) if spec.ref else "",
        spec.dtype,
        spec.shape if spec.has_shape else None,
        spec.tensor_index,
        spec.encoding or ("composite" if spec.components else ""),
        use is FeedUse.UNUSED,
        use is FeedUse.REQUIRED,
    )


def _name(spec: TensorSpec) -> str:
    """Returns what a tensor without key is called: `x` for `x:0`, else `x:1`."""
    return str(spec.ref or "").removesuffix(":0")
