"""The functions that a TF2 SavedModel offers to Python callers: those that hang at the root of its object graph.

An object graph can hold a hundred thousand objects, so it is scanned; only the root, its functions and their traces are parsed, each
once and one at a time. Many names may stand for one function, so the text of all is limited, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_objects import SavedObjects
from tfreg.core.formats.saved_model_variables import find_variables
from tfreg.core.formats.structured_values import members_of, tensor_name_of, text_of
from tfreg.core.inspections import Argument, CallableFunction, ConcreteFunction
from tfreg.core.layouts import Span
from tfreg.wire.object_graph_pb2 import FunctionSpec, SavedConcreteFunction, SavedObject, SavedVariable

_ROOT = 0
_LOSSES = "regularization_losses"
_MAX_VALUE_CHARACTERS = 64 << 10
_BESIDE_TEXT = 40  # what an argument or a trace weighs besides its text


@dataclass(frozen=True, slots=True)
class ObjectGraph:
    """What is read of an object graph.

    Attributes:
        functions: Sorted by name's UTF-8 bytes; their traces in the file's order. Those before the fault, if there is one.
        root_class: Identifier of the root object, such as `_generic_user_object`; empty if it has none.
        losses: How many regularisation losses the root offers.
        variables: Those that the checkpoint has a value of, by their checkpoint key.
    """

    functions: tuple[CallableFunction, ...] = ()
    root_class: str = ""
    losses: int = 0
    variables: Mapping[str, SavedVariable] = field(default_factory=dict)


def read_object_graph(
    reader: FileReader, span: Span, file: str, problems: Problems, *, text: Allowance, keys: Iterable[str] = ()
) -> ObjectGraph:
    """Reads the SavedObjectGraph in `span` of `file`; what cannot be read is left out and told.

    Args:
        reader: The file.
        span: Where the object graph is.
        file: Its path, for the problems.
        problems: Where to tell.
        text: How much text the functions may have.
        keys: Keys of the checkpoint, whose variables are looked for.
    """
    functions: list[CallableFunction] = []
    variables: dict[str, SavedVariable] = {}
    root_class, losses = "", 0
    try:
        objects = SavedObjects.scanned(reader, span)
        root = objects.object_at(_ROOT)
        root_class = root.user_object.identifier
        losses = _losses(objects, root)
        functions.extend(_Functions(objects, root).described(text))
        variables |= find_variables(objects, keys)
    except CodecError as error:
        problems.fault("TFR103", file, error)
    return ObjectGraph(tuple(functions), root_class, losses, variables)


def _losses(objects: SavedObjects, root: SavedObject) -> int:
    """Returns how many functions Keras, or a program like it, lists as the regularisation losses of the root."""
    lists = (child.node_id for child in root.children if child.local_name == _LOSSES)
    return sum(len(objects.object_at(node).children) for node in islice(lists, 1))


@dataclass(frozen=True, slots=True)
class _Offered:
    """A function of the root: the names of its traces, and those of its positional arguments."""

    traces: tuple[str, ...]
    arguments: tuple[str, ...]


class _Functions:
    """The functions of a root object."""

    def __init__(self, objects: SavedObjects, root: SavedObject) -> None:
        self._objects = objects
        by_node: dict[int, _Offered | None] = {}
        self._by_name: dict[str, _Offered] = {}
        for child in root.children:
            if child.node_id not in by_node:
                by_node[child.node_id] = _offered(objects.object_at(child.node_id))
            if (found := by_node[child.node_id]) is not None:
                self._by_name[child.local_name] = found
        self._places = objects.trace_places({trace for found in self._by_name.values() for trace in found.traces})
        self._known: dict[tuple[str, tuple[str, ...]], tuple[ConcreteFunction, int]] = {}

    def described(self, text: Allowance) -> Iterator[CallableFunction]:
        """Yields the functions, sorted by name, as long as there is room for their text."""
        for name in sorted(self._by_name, key=str.encode):
            offered = self._by_name[name]
            text.take(len(name.encode()) + _BESIDE_TEXT)
            traces = []
            for trace in offered.traces:
                if trace in self._places:
                    concrete, size = self._concrete(trace, offered.arguments)
                    text.take(size)
                    traces.append(concrete)
            yield CallableFunction(name, tuple(traces))

    def _concrete(self, trace: str, arguments: tuple[str, ...]) -> tuple[ConcreteFunction, int]:
        """Returns a trace, and how much text it is."""
        known = self._known.get((trace, arguments))
        if known is None:
            concrete = _concrete(trace, self._objects.trace_at(self._places[trace], trace), arguments)
            known = self._known[trace, arguments] = concrete, _text_bytes(concrete)
        return known


def _offered(found: SavedObject) -> _Offered | None:
    """Returns what an object offers to callers; None if it is no function."""
    kind = found.WhichOneof("kind")
    if kind == "function":
        return _Offered(tuple(found.function.concrete_functions), _argument_names(found.function.function_spec))
    if kind == "bare_concrete_function":
        bare = found.bare_concrete_function
        return _Offered((bare.concrete_function_name,), _argument_names(bare.function_spec))
    return None


def _concrete(name: str, trace: SavedConcreteFunction, names: tuple[str, ...]) -> ConcreteFunction:
    """Returns a trace: its signature is a pair of the positional arguments and the keyword arguments."""
    members = members_of(trace.canonicalized_input_signature)
    positional = members_of(members[0]) if members else []
    keywords = dict(members[1].dict_value.fields) if len(members) > 1 else {}
    arguments = (
        Argument(tensor_name_of(value) or (names[at] if at < len(names) else ""), text_of(value)[:_MAX_VALUE_CHARACTERS])
        for at, value in enumerate(positional)
    )
    named = (Argument(key, text_of(keywords[key])[:_MAX_VALUE_CHARACTERS]) for key in sorted(keywords, key=str.encode))
    return ConcreteFunction(name, tuple(arguments), tuple(named))


def _text_bytes(concrete: ConcreteFunction) -> int:
    arguments = (*concrete.arguments, *concrete.keyword_arguments)
    texts = (concrete.name, *(text for argument in arguments for text in (argument.name, argument.value)))
    return sum(len(text.encode()) for text in texts) + _BESIDE_TEXT * (1 + len(arguments))


def _argument_names(spec: FunctionSpec) -> tuple[str, ...]:
    """Returns the names of the positional arguments, without a method's `self`."""
    fields = {pair.key: pair.value for pair in spec.fullargspec.named_tuple_value.values}
    names = tuple(name.string_value for name in members_of(fields["args"])) if "args" in fields else ()
    return names[1:] if spec.is_method or names[:1] == ("self",) else names
