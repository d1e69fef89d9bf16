"""Graphs written as text, so that tests read like the graphs they are about.

    x = Placeholder dtype=float32 shape=[?,4]
    y = PartitionedCall(x, unused, ^after) f=@double Tout=[float32]
    def double(a, b) -> (result=mul:z:0) !print
        mul = Mul(a, a)
        print = PrintV2(mul:z:0)

Attribute values: `@f` a function, `true`, `7`, `"text"`, a dtype's name, `[?,4]` a shape under `shape`, and lists of these.
"""

import re
from collections.abc import Callable

import pytest
from hypothesis import settings

from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reading import graph_of
from tfreg.wire import tensor_pb2
from tfreg.wire.graph_pb2 import AttrValue, FunctionDef, GraphDef, NodeDef

settings.register_profile("tfreg", deadline=None)  # machines differ, and some are busy
settings.load_profile("tfreg")

_NODE = re.compile(r"(?P<name>\S+) = (?P<op>\w+)(?:\((?P<inputs>[^)]*)\))?(?P<attrs>.*)")
_FUNCTION = re.compile(r"def (?P<name>\w+)\((?P<args>[^)]*)\) -> \((?P<ret>[^)]*)\)(?P<effects>[^#]*)(?P<attrs>#.*)?")
_DTYPES = {
    "float32": "DT_FLOAT",
    "int32": "DT_INT32",
    "int64": "DT_INT64",
    "string": "DT_STRING",
    "bool": "DT_BOOL",
    "resource": "DT_RESOURCE",
}


def _scalar(value: AttrValue, text: str) -> None:
    if text.startswith("@"):
        value.func.name = text[1:]
    elif text in ("true", "false"):
        value.b = text == "true"
    elif text.startswith('"'):
        value.s = text.strip('"').encode()
    elif text in _DTYPES:
        value.type = tensor_pb2.DataType.Value(_DTYPES[text])
    else:
        value.i = int(text)


def _shape(shape: tensor_pb2.TensorShapeProto, text: str) -> None:
    if text == "?":
        shape.unknown_rank = True
        return
    for size in filter(None, text.strip("[]").split(",")):
        shape.dim.add(size=-1 if size == "?" else int(size))


def _attr(value: AttrValue, name: str, text: str) -> None:
    if name == "shape":
        _shape(value.shape, text)
    elif name in ("_output_shapes", "output_shapes"):
        for one in text.strip("()").split(";"):
            _shape(value.list.shape.add(), one)
    elif text.startswith("["):
        value.list.SetInParent()
        for part in filter(None, text.strip("[]").split(",")):
            one = AttrValue()
            _scalar(one, part)
            kind = one.WhichOneof("value")
            if kind == "func":
                value.list.func.add().CopyFrom(one.func)
            else:
                getattr(value.list, kind).append(getattr(one, kind))
    else:
        _scalar(value, text)


def _node(node: NodeDef, line: str) -> None:
    match = _NODE.fullmatch(line)
    assert match, line
    node.name, node.op = match["name"], match["op"]
    node.input.extend(_names(match["inputs"]))
    for attr in match["attrs"].split():
        name, _, text = attr.partition("=")
        _attr(node.attr[name], name, text)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _function(function: FunctionDef, line: str) -> None:
    match = _FUNCTION.fullmatch(line)
    assert match, line
    function.signature.name = match["name"]
    for name in _names(match["args"]):
        function.signature.input_arg.add(name=name, type=tensor_pb2.DT_FLOAT)
    for pair in _names(match["ret"]):
        name, _, tensor = pair.partition("=")
        function.signature.output_arg.add(name=name, type=tensor_pb2.DT_FLOAT)
        function.ret[name] = tensor
    for name in match["effects"].replace("!", " ").split():
        function.control_ret[name] = name
    for attr in (match["attrs"] or "").lstrip("#").split():
        name, _, text = attr.partition("=")
        _attr(function.attr[name], name, text)


def parse_graph_def(text: str) -> GraphDef:
    """Reads the text form above."""
    graph = GraphDef()
    function, base = None, _base(text)
    for line in filter(str.strip, text.splitlines()):
        if line.strip().startswith("def "):
            function = graph.library.function.add()
            _function(function, line.strip())
        elif function is not None and _indent(line) > base:
            _node(function.node_def.add(), line.strip())
        else:
            function = None
            _node(graph.node.add(), line.strip())
    return graph


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _base(text: str) -> int:
    return min(_indent(line) for line in text.splitlines() if line.strip())


@pytest.fixture(scope="session")
def graph_def() -> Callable[[str], GraphDef]:
    return parse_graph_def


@pytest.fixture(scope="session")
def graph() -> Callable[[str], Graph]:
    return lambda text: graph_of(parse_graph_def(text))
