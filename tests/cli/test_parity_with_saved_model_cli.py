"""`tfreg show --all` tells all that TensorFlow's own `saved_model_cli show --all` tells, field by field, for every SavedModel fixture.

The truth is what that tool printed, kept as text; the parser below reads it back.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TRUTH = Path(__file__).parents[1] / "fixtures" / "truth"
MODELS = Path(__file__).parents[1] / "fixtures" / "models"
FIXTURES = sorted(path.name.removesuffix(".saved_model_cli.txt") for path in TRUTH.glob("*.saved_model_cli.txt"))

DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_INVALID": ""}


@dataclass
class ToldGraph:
    """What the tool tells of one MetaGraphDef."""

    signatures: dict[str, ToldSignature] = field(default_factory=dict)
    ops: set[str] = field(default_factory=set)


@dataclass
class ToldSignature:
    """Method, and (dtype, shape, name) by key."""

    method: str = ""
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    outputs: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class Told:
    """All that the tool tells: MetaGraphDefs by tag set, traces by function."""

    graphs: dict[frozenset[str], ToldGraph] = field(default_factory=dict)
    functions: dict[str, list[Any]] = field(default_factory=dict)


def parse(text: str) -> Told:
    """Reads the output of `saved_model_cli show --dir DIR --all`."""
    graphs_text, _, functions_text = text.partition("\nConcrete Functions:")
    told = Told(functions=dict(_functions(functions_text)))
    graph, signature, tensor = ToldGraph(), ToldSignature(), []
    for line in graphs_text.splitlines():
        word = line.strip()
        if found := re.match(r"MetaGraphDef with tag-set: '(.*)' contains", word):
            graph = told.graphs.setdefault(frozenset(found[1].split(", ")), ToldGraph())
        elif found := re.match(r"signature_def\['(.*)'\]:", word):
            signature = graph.signatures.setdefault(found[1], ToldSignature())
        elif found := re.match(r"(inputs|outputs)\['(.*)'\] tensor_info:", word):
            tensor = getattr(signature, found[1]).setdefault(found[2], [])
        elif found := re.match(r"dtype: (\w+)", word):
            tensor.append(DTYPES.get(found[1], found[1].removeprefix("DT_").lower()))
        elif found := re.match(r"shape: (.*)", word):
            tensor.append(_sizes(found[1]))
        elif found := re.match(r"name:\s?(.*)", word):
            tensor.append(found[1])
        elif found := re.match(r"Method name is:\s?(.*)", word):
            signature.method = found[1]
        elif found := re.match(r"The MetaGraph with tag set .* contains the following ops:\s*(.*)", word):
            graph.ops = set(ast.literal_eval(found[1])) if found[1].startswith("{'") else set()
    return told


def _sizes(text: str) -> list[int | None] | None:
    if text == "unknown_rank":
        return None
    return [None if size == "-1" else int(size) for size in text.strip("()").split(", ") if size]


def _functions(text: str) -> Any:
    for part in text.split("\n  Function Name: ")[1:]:
        name, *options = re.split(r"\n    Option #\d+", part)
        yield name.strip().strip("'"), sorted((_trace(option) for option in options), key=repr)


def _trace(text: str) -> Any:
    """Returns ([(name, type, value)], [keyword]) of one option; a name is told only for plain tensors."""
    arguments: list[Any] = []
    keywords: list[str] = []
    for kind, content in re.findall(r"^ {8}(Argument|Named Argument) #\d+\n((?: {10}.*\n?)*)", text, re.MULTILINE):
        lines = [line[10:] for line in content.splitlines()]
        if kind == "Named Argument":
            keywords.append(lines[0])
        elif lines[0].startswith("DType: "):
            value = lines[1].removeprefix("Value: ").replace("\b", "")
            arguments.append(("", lines[0].removeprefix("DType: "), canonical(value)))
        elif found := re.match(r"(.*?): (TensorSpec\(.*\))$", lines[0]):
            arguments.append((found[1], "TensorSpec", canonical(found[2])))
        else:
            arguments.append(("", "str", repr(lines[0])))
    return arguments, sorted(keywords)


def canonical(text: str) -> str:
    """Returns a value as Python writes it, with dictionaries sorted, whoever wrote `text`."""
    return _sorted(_parsed(text))


def _parsed(text: str) -> ast.expr:
    python = re.sub(r"<dtype: '(\w+)'>", r"tf.\1", text).replace("<unknown>", "unknown")
    return ast.parse(python, mode="eval").body


def _sorted(tree: ast.expr) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = sorted(zip(node.keys, node.values, strict=True), key=lambda pair: ast.unparse(pair[0] or pair[1]))
            node.keys, node.values = [key for key, _ in pairs], [value for _, value in pairs]
    return ast.unparse(tree)


# ---- the comparison ----


@pytest.fixture(scope="module", params=FIXTURES)
def fixture_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def told(fixture_name: str) -> Told:
    return parse((TRUTH / f"{fixture_name}.saved_model_cli.txt").read_text())


@pytest.fixture(scope="module")
def document(fixture_name: str) -> Any:
    from tfreg.cli.choosing import with_tags
    from tfreg.cli.showing import Sections, document
    from tfreg.cli.subjects import local_subject

    subject = local_subject(str(MODELS / fixture_name))
    return document(subject, with_tags(subject.inspection.meta_graphs, ""), Sections())


@pytest.fixture(scope="module")
def graphs(document: Any) -> dict[frozenset[str], Any]:
    return {frozenset(graph["tags"]): graph for graph in document["meta_graphs"]}


def test_it_has_the_same_tag_sets(told: Told, graphs: dict[frozenset[str], Any]) -> None:
    assert set(graphs) == set(told.graphs)


def test_it_has_the_same_signatures_with_the_same_methods(told: Told, graphs: dict[frozenset[str], Any]) -> None:
    for tags, graph in told.graphs.items():
        ours = {signature["key"]: signature["method_name"] for signature in graphs[tags]["signatures"]}
        assert ours == {key: signature.method for key, signature in graph.signatures.items()}


def test_every_tensor_of_every_signature_has_the_same_dtype_shape_and_name(told: Told, graphs: dict[frozenset[str], Any]) -> None:
    for tags, graph in told.graphs.items():
        for signature in graphs[tags]["signatures"]:
            for side in ("inputs", "outputs"):
                ours = {tensor["key"]: _told_of(tensor) for tensor in signature[side]}
                assert ours == getattr(graph.signatures[signature["key"]], side), (tags, signature["key"])


def _told_of(tensor: Any) -> list[Any]:
    if tensor["encoding"] not in ("", "sparse"):  # the tool does not look into a composite_tensor
        return ["", [], ""]
    """What the tool would print: nothing for the name of a composite tensor, and no index for an operation run as a target."""
    is_target = not tensor["dtype"] and not tensor["components"]
    return [tensor["dtype"], tensor["shape"], (tensor["operation"] if is_target else tensor["name"]) or ""]


def test_it_has_the_same_ops_and_those_in_functions_that_the_tool_does_not_follow(
    fixture_name: str, told: Told, graphs: dict[frozenset[str], Any]
) -> None:
    for tags, graph in told.graphs.items():
        ours = set(graphs[tags]["ops"])
        assert graph.ops <= ours
        assert ours - graph.ops <= _ops_out_of_the_tools_sight(MODELS / fixture_name, tags)


def _ops_out_of_the_tools_sight(model: Path, tags: frozenset[str]) -> set[str]:
    """Ops of functions that no call reaches: the tool follows PartitionedCall, but neither If and While nor Python's own entries."""
    from tfreg.wire.saved_model_pb2 import SavedModel

    if not (model / "saved_model.pb").exists():
        return set()
    saved = SavedModel.FromString((model / "saved_model.pb").read_bytes())
    (graph,) = (meta.graph_def for meta in saved.meta_graphs if frozenset(meta.meta_info_def.tags) == tags)
    unseen = {function.signature.name: function for function in graph.library.function}
    waiting = list(graph.node)
    while waiting:
        node = waiting.pop()
        called = {node.op, node.attr["f"].func.name if node.op.endswith("PartitionedCall") else ""}
        for name in called & set(unseen):
            waiting += unseen.pop(name).node_def
    return {node.op for function in unseen.values() for node in function.node_def}


def test_it_has_the_same_functions_with_the_same_traces_and_arguments(told: Told, document: Any) -> None:
    """The tool is silent about a trace without arguments."""
    ours = {
        function["name"]: sorted((told for told in map(_told_of_trace, function["concrete_functions"]) if any(told)), key=repr)
        for function in document["functions"]
    }
    assert ours == told.functions


def _told_of_trace(trace: Any) -> Any:
    arguments = [_told_of_argument(argument["name"], _parsed(argument["value"])) for argument in trace["arguments"]]
    return arguments, sorted(argument["name"] for argument in trace["keyword_arguments"])


def _told_of_argument(name: str, value: ast.expr) -> tuple[str, str, str]:  # noqa: PLR0911
    """What the tool would print: (name of a plain tensor, type, value); it writes every sequence as a list."""
    match value:
        case ast.Call(func=ast.Name(id="TensorSpec")):
            return name, "TensorSpec", _sorted(value)
        case ast.Call(func=ast.Name(id=kind)) if kind.endswith("Spec"):
            return "", kind, _sorted(value)
        case ast.Call(func=ast.Name(id=kind)):
            return "", kind, _sorted(ast.List([field.value for field in value.keywords]))
        case ast.List() | ast.Tuple():
            return "", type(value).__name__.lower(), _sorted(ast.List(value.elts))
        case ast.Dict():
            return "", "dict", _sorted(value)
        case ast.Attribute(value=ast.Name(id="tf")):
            return "", "DType", _sorted(value)
        case ast.Name(id="inf" | "nan"):
            return "", "float", _sorted(value)
    return "", type(ast.literal_eval(value)).__name__, _sorted(value)


def test_the_text_of_show_all_holds_every_name_that_the_tool_prints(fixture_name: str, told: Told, tfreg: Any) -> None:
    ran = tfreg("show", MODELS / fixture_name, "--all")
    assert ran.code == 0
    words = set(re.split(r"[\s,()=]+", ran.out))
    for graph in told.graphs.values():
        assert graph.ops <= words
        for key, signature in graph.signatures.items():
            names = {name for side in (signature.inputs, signature.outputs) for _, _, name in side.values() if ":" in name}
            assert {*signature.inputs, *signature.outputs, *names} <= words
            assert f"signature {key}" in ran.out
    assert set(told.functions) <= words
