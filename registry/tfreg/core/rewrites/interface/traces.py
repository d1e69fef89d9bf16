"""The traced functions of a TF2 SavedModel, as its object graph keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tfreg.core.codecs.errors import CodecError
from tfreg.core.errors import FunctionNotFoundError, GraphUnreadableError
from tfreg.core.formats.meta_graph import read_meta_graph
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import BINARY_FILE, is_meta_graph, open_main, top_fields
from tfreg.core.formats.saved_model_objects import SavedObjects
from tfreg.core.formats.structured_values import members_of, tensor_name_of
from tfreg.core.layouts import Span
from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, shown
from tfreg.core.rewrites.interface.structures import FlatTensor, flat_tensors, output_tensors, written_arguments
from tfreg.core.rewrites.rewriting import Source
from tfreg.wire.object_graph_pb2 import FunctionSpec, SavedConcreteFunction, SavedObject
from tfreg.wire.structure_pb2 import StructuredValue

_ROOT = 0
_SIGNATURES = "signatures"
_MAX_STEPS = 64
_MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace of a function.

    Attributes:
        function: Its name in the library.
        arguments: All of its arguments, written as a `--spec` names them.
        tensors: Those that are tensors, in the order in which they are fed.
        outputs: What it returns.
        bound_inputs: The objects that it captured, by their numbers, in order.
    """

    function: str
    arguments: tuple[str, ...]
    tensors: tuple[FlatTensor, ...]
    outputs: tuple[FlatTensor, ...]
    bound_inputs: tuple[int, ...]


class Traces:
    """Finds functions and their traces. Each method raises CodecError for what cannot be read."""

    def __init__(self, objects: SavedObjects) -> None:
        self.objects = objects

    def functions(self) -> list[str]:
        """Returns the names of the functions at the root, sorted."""
        return sorted(self._functions_of(self.objects.object_at(_ROOT)), key=str.encode)

    def of(self, path: str) -> tuple[Trace, ...]:
        """Returns the traces of a function, by its name at the root or by the way there: `encoder.call`.

        Raises:
            FunctionNotFoundError: There is no such function, or it was never traced.
        """
        node = self._node(path)
        if node is None:
            raise self._unknown(path)
        names, spec = _offered(self.objects.object_at(node))
        found = tuple(self.named(names, spec).values())
        if not found:
            raise FunctionNotFoundError(
                f"The function {shown(path)} was never traced, so the SavedModel holds no graph of it.",
                hint="Call it once, or give it an input_signature, before the model is saved.",
                function=path[:MAX_SHOWN_CHARACTERS],
            )
        return found

    def named(self, names: tuple[str, ...], spec: FunctionSpec | None = None) -> dict[str, Trace]:
        """Returns traces by their names in the library; those that the object graph lacks are left out."""
        places = self.objects.trace_places(set(names))
        return {name: _trace(name, self.objects.trace_at(places[name], name), spec) for name in names if name in places}

    def _node(self, path: str) -> int | None:
        """Returns the number of the function at the end of a path; names with dots of their own count first."""
        node, rest = _ROOT, path
        for _ in range(_MAX_STEPS):
            found = self.objects.object_at(node)
            children = {child.local_name: child.node_id for child in found.children}
            if rest in children:
                child = self.objects.object_at(children[rest])
                return children[rest] if _is_function(child) else None
            head, dot, rest = rest.partition(".")
            if not dot or head not in children:
                return None
            node = children[head]
        return None

    def _functions_of(self, parent: SavedObject) -> Iterator[str]:
        for child in parent.children[:_MAX_LISTED]:
            if _is_function(self.objects.object_at(child.node_id)):
                yield child.local_name

    def _unknown(self, path: str) -> FunctionNotFoundError:
        existing = self.functions()
        close = nearest(path, existing)
        hint = (
            f"There are: {listed(existing)}." if existing else "It has no functions at its root; name one below it: layer.call."
        )
        return FunctionNotFoundError(
            f"The SavedModel has no function {shown(path)}.{did_you_mean(close)}",
            hint=hint,
            function=path[:MAX_SHOWN_CHARACTERS],
            existing=listed(existing),
            nearest=listed(close),
        )


@contextmanager
def open_traces(source: Source, place: int) -> Iterator[Traces]:
    """Opens the object graph of the MetaGraphDef at this place of a SavedModel's inspection.

    Raises:
        FunctionNotFoundError: There is none: the model is no SavedModel of TF2.
        GraphUnreadableError: It is damaged.
    """
    try:
        if source.format != "saved_model":
            raise _no_functions(source)
        with open_main(source.tree) as reader:
            graphs = [field for field in top_fields(reader) if is_meta_graph(field)]
            field = graphs[source.meta_graph_places[place]]
            parts = read_meta_graph(reader, Span(field.offset, field.length), BINARY_FILE, Problems())
            if not parts.object_graphs:
                raise _no_functions(source)
            yield Traces(SavedObjects.scanned(reader, parts.object_graphs[0]))
    except CodecError as error:
        raise GraphUnreadableError(
            f"The object graph of {source.tree.name} cannot be read: it {error}.", hint="Export the model again."
        ) from None


def _no_functions(source: Source) -> FunctionNotFoundError:
    return FunctionNotFoundError(
        f"{source.tree.name} has no traced functions: only SavedModels of TensorFlow 2 have.",
        hint="Name signature or outputs instead: --signature KEY or --outputs NODE:0.",
    )


def _is_function(found: SavedObject) -> bool:
    return found.WhichOneof("kind") in ("function", "bare_concrete_function")


def _offered(found: SavedObject) -> tuple[tuple[str, ...], FunctionSpec]:
    if found.WhichOneof("kind") == "function":
        return tuple(found.function.concrete_functions), found.function.function_spec
    bare = found.bare_concrete_function
    return (bare.concrete_function_name,), bare.function_spec


def _trace(name: str, found: SavedConcreteFunction, spec: FunctionSpec | None) -> Trace:
    arguments = _arguments(found.canonicalized_input_signature, spec)
    tensors = tuple(tensor for key, value in arguments for tensor in flat_tensors(value, key))
    outputs = tuple(output_tensors(found.output_signature))
    return Trace(name, written_arguments(arguments), tensors, outputs, tuple(found.bound_inputs))


def _arguments(signature: StructuredValue, spec: FunctionSpec | None) -> list[tuple[str, StructuredValue]]:
    """Returns the arguments by name: the positional ones, then the keyword ones sorted, as TensorFlow flattens them."""
    members, names = members_of(signature), _names(spec)
    positional = members_of(members[0]) if members else []
    keywords: Mapping[str, StructuredValue] = members[1].dict_value.fields if len(members) > 1 else {}
    listed_first = [
        (tensor_name_of(value) or (names[at] if at < len(names) else f"arg_{at}"), value) for at, value in enumerate(positional)
    ]
    return listed_first + [(key, keywords[key]) for key in sorted(keywords)]


def _names(spec: FunctionSpec | None) -> list[str]:
    """Returns the names of the positional arguments, without a method's `self`."""
    if spec is None:
        return []
    fields = {pair.key: pair.value for pair in spec.fullargspec.named_tuple_value.values}
    names = [name.string_value for name in members_of(fields["args"])] if "args" in fields else []
    return names[1:] if spec.is_method or names[:1] == ["self"] else names
