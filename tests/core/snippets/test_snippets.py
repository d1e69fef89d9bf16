"""The lines to paste: they compile, they run, and no name breaks out of them."""

import ast
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tfreg.core import snippets
from tfreg.core.bindings import Binding, BindingQuery, Feed, FeedUse
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Targets
from tfreg.core.resolving.resolve import resolve
from tfreg.core.snippets.variables import camel, slots_of
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
JARS = Path(__file__).parents[3] / "examples" / "digits" / "java" / "target" / "lib"
"""Where `make install` puts what the example needs, TensorFlow Java among it."""


def spec(key: str, name: str, dtype: str = "float32") -> TensorSpec:
    return TensorSpec(key, TensorRef.parse(name), dtype, (None, 4))


def binding(feeds: tuple[Feed, ...] = (), fetches: tuple[TensorSpec, ...] = (), tags: tuple[str, ...] = ("serve",)) -> Binding:
    return Binding(
        "saved_model" if tags else "frozen_graph", tags, "serving_default", "", feeds, fetches, Targets(("init/fill",))
    )


ALL = binding(
    (
        Feed(spec("input_ids", "ids_1:0", "int32"), FeedUse.REQUIRED),
        Feed(spec("keep", "keep:0"), FeedUse.OPTIONAL),
        Feed(spec("labels", "labels:0", "int64"), FeedUse.UNUSED),
        Feed(TensorSpec("sp", None, components=(spec("values", "sp/v:0"), spec("indices", "sp/i:0", "int64"))), FeedUse.REQUIRED),
        Feed(spec("", "scope/step:0"), FeedUse.REQUIRED),
    ),
    (spec("prob", "prob:0"), spec("class", "split:1", "uint32"), spec("probability", "prob:0"), spec("session", "s:0", "string")),
)
HOSTILE = binding(
    (Feed(spec('a"\n;System.exit(1);//\\u000a*/', 'x"\r\n\u2028;\\'), FeedUse.REQUIRED),),
    (spec('\nimport os\n"""', "y\x9b\x1b[31m:0"),),
    ('serve"\n',),
)
WARNED = replace(
    HOSTILE,
    diagnostics=(
        Diagnostic(
            "TFR204", Severity.WARNING, "'x\\u000aSystem.exit(1);\nimport os' is a composite tensor.", "Use\r\n\u2028its parts."
        ),
        Diagnostic("TFR205", Severity.INFO, "The keys are one tensor."),
    ),
)


def test_java_lines_of_a_binding(golden: Callable[[str, str], None]) -> None:
    golden("snippets/all.java.txt", snippets.java(ALL))


def test_python_lines_of_a_binding(golden: Callable[[str, str], None]) -> None:
    golden("snippets/all.py.txt", snippets.python(ALL))


def test_each_tensor_is_fetched_once() -> None:
    assert snippets.java(ALL).count('.fetch("prob", 0)') == 1
    assert snippets.python(ALL).count('"prob:0"') == 1


def test_java_is_given_operations_without_an_index_in_their_name() -> None:
    assert '.fetch("split", 1)' in snippets.java(ALL)
    assert ":0" not in snippets.java(ALL)


def test_a_graph_that_stands_alone_has_its_tables_filled_first() -> None:
    frozen = binding(fetches=(spec("y", "y:0"),), tags=())
    assert '.addTarget("init/fill").run()' in snippets.java(frozen)
    assert 'session.run(["init/fill"])' in snippets.python(frozen)
    assert "init/fill" not in snippets.java(ALL) + snippets.python(ALL)


def test_a_graph_that_stands_alone_can_be_imported_by_tensorflow_1_15_too() -> None:
    assert "1.15: graph.importGraphDef(Files.readAllBytes(path))" in snippets.java(binding(fetches=(spec("y", "y:0"),), tags=()))
    assert "1.15" not in snippets.java(ALL)


def test_variables_differ_and_are_no_keywords() -> None:
    feeds, fetches = slots_of(
        binding((Feed(spec("Input-IDs", "a"), FeedUse.REQUIRED), Feed(spec("inputIDs", "b"), FeedUse.REQUIRED)), ALL.fetches)
    )
    assert [slot.variable for slot in feeds] == ["input_ids", "input_ids_2"]
    assert [camel(slot.variable) for slot in fetches] == ["prob", "class2", "session2"]


def test_a_graph_that_stands_alone_may_be_text() -> None:
    frozen = binding(fetches=(spec("y", "y:0"),), tags=())
    assert "text_format.Parse(content, graph_def)" in snippets.python(frozen)
    assert "TextFormat.merge" in snippets.java(frozen)
    assert "text_format" not in snippets.python(ALL)
    assert "TextFormat" not in snippets.java(ALL)


def test_warnings_stand_above_the_lines_and_notes_do_not() -> None:
    for mark, lines in (("#", snippets.python(WARNED)), ("//", snippets.java(WARNED))):
        warning, hint, *rest = lines.splitlines()
        assert warning.startswith(f"{mark} warning TFR204: 'x")
        assert hint.startswith(f"{mark}   next: Use")
        assert "TFR205" not in "".join(rest)


@pytest.mark.parametrize("hostile", [HOSTILE, WARNED])
def test_no_name_can_break_out_of_a_line(hostile: Binding) -> None:
    python, java = snippets.python(hostile), snippets.java(hostile)
    assert [type(node).__name__ for node in ast.parse(python).body] == ["Import", "With"]
    assert (python + java).replace("\n", "").isprintable()
    assert java.isascii()
    warnings = 2 if hostile.diagnostics else 0
    assert len(java.splitlines()) == warnings + len(snippets.java(binding(HOSTILE.feeds, HOSTILE.fetches)).splitlines())
    assert not any(line.lstrip().startswith((";", "import")) for line in java.splitlines())


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "name", ["tf1_saved_model", "tf1_placeholder_with_default", "tf2_unused_inputs", "frozen_tf1.pb", "frozen_tf1.pbtxt"]
)
def test_python_lines_run(name: str) -> None:
    np = pytest.importorskip("numpy")
    tree = LocalTree(MODELS / name)
    format_ = recognise(tree)
    query = BindingQuery(signature="pure" if "unused" in name else "")
    found = resolve(format_.inspect(tree), query, lambda index: format_.graph(tree, index))
    feeds, fetches = slots_of(found)
    values = {
        slot.variable: np.ones([size or 2 for size in slot.spec.shape or ()], slot.spec.dtype)
        for slot in feeds
        if slot.use is FeedUse.REQUIRED
    }
    names = {"path": str(MODELS / name), **values}
    exec(compile(snippets.python(found), name, "exec"), names)
    assert all(slot.variable in names for slot in fetches)


@pytest.mark.java
@pytest.mark.parametrize("chosen", [ALL, HOSTILE, WARNED, replace(ALL, tags=())])
def test_java_lines_compile(tmp_path: Path, chosen: Binding) -> None:
    jars = sorted(map(str, JARS.glob("*.jar")))
    if shutil.which("javac") is None or not any("tensorflow-core-api" in jar for jar in jars):
        pytest.skip("needs a JDK, and TensorFlow Java from make install")
    java = snippets.java(chosen)
    imports = next(line for line in java.splitlines() if "Imports: " in line).removeprefix("// Imports: ").split(", ")
    parameters = ["org.tensorflow.Session session"]
    parameters += [f"org.tensorflow.Tensor {camel(slot.variable)}" for slot in slots_of(chosen)[0]]
    program = tmp_path / "Pasted.java"
    program.write_text(
        "\n".join(f"import {name};" for name in imports)
        + f"\nclass Pasted {{\n static void run({', '.join(parameters)}) {{\n{java}\n }}\n}}\n"
    )
    subprocess.run(
        ["javac", "-proc:none", "-cp", os.pathsep.join(jars), "-d", str(tmp_path), str(program)], check=True, timeout=120
    )


def test_a_frozen_graph_for_which_tags_were_declared_is_still_imported() -> None:
    tagged = replace(ALL, format="frozen_graph")
    assert tagged.tags
    assert "saved_model.load" not in snippets.python(tagged)
    assert "SavedModelBundle" not in snippets.java(tagged)
    assert "init/fill" in snippets.java(tagged)
