"""The lines to paste for models without a graph: TFLite by its interpreter, Keras by Keras."""

import ast
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.core import snippets
from tfreg.core.bindings import Binding, BindingQuery, Feed, FeedUse
from tfreg.core.formats.registry import recognise
from tfreg.core.resolving.resolve import resolve
from tfreg.core.tensors import Quantization, TensorSpec
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"


def binding(name: str, signature: str = "") -> Binding:
    tree = LocalTree(MODELS / name)
    found = recognise(tree)
    return resolve(found.inspect(tree), BindingQuery(signature), lambda index: found.graph(tree, index))


def made(format_: str, signature: str, *keys: str) -> Binding:
    specs = [TensorSpec(key, None, "int8", (None, 4), tensor_index=3, quantization=Quantization((0.5,), (7,))) for key in keys]
    return Binding(format_, (), signature, "", tuple(Feed(spec, FeedUse.REQUIRED) for spec in specs), tuple(specs))


NASTY = (
    'a"\n;System.exit(1);//\\u000a*/',
    'x"\r\n\u2028;\\',
    '\nimport os\n"""',
    "y\x9b\x1b[31m",
    "inputs",
    "interpreter",
    "result",
)
NAMED = {
    "signature": ("tflite_two_signatures.tflite", "classify"),
    "no_signature": ("tflite_frozen_v1.tflite", ""),
    "quantized": ("tflite_int8.tflite", ""),
}


@pytest.mark.parametrize("name", NAMED)
def test_lines_of_a_tflite_binding(name: str, golden: Callable[[str, str], None]) -> None:
    found = binding(*NAMED[name])
    golden(f"snippets/tflite_{name}.java.txt", snippets.java(found))
    golden(f"snippets/tflite_{name}.py.txt", snippets.python(found))


@pytest.mark.parametrize("format_", ["keras_v3", "keras_h5", "keras_json"])
def test_lines_of_a_keras_binding(format_: str, golden: Callable[[str, str], None]) -> None:
    golden(f"snippets/{format_}.java.txt", snippets.java(made(format_, "", "image", "mask")))
    golden(f"snippets/{format_}.py.txt", snippets.python(made(format_, "", "image")))


@pytest.mark.parametrize(("format_", "signature"), [("tflite", NASTY[0]), ("tflite", ""), ("keras_v3", ""), ("keras_json", "")])
def test_no_name_can_break_out_of_a_line(format_: str, signature: str) -> None:
    nasty, plain = made(format_, signature, *NASTY), made(format_, signature and "s", *"abcdefg")
    assert [type(node) for node in ast.parse(snippets.python(nasty)).body] == [
        type(node) for node in ast.parse(snippets.python(plain)).body
    ]
    assert len(snippets.java(nasty).splitlines()) == len(snippets.java(plain).splitlines())
    assert snippets.java(nasty).isascii()
    assert (snippets.python(nasty) + snippets.java(nasty)).replace("\n", "").isprintable()


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize("name", NAMED)
def test_python_lines_of_tflite_run(name: str) -> None:
    np = pytest.importorskip("numpy")
    file, signature = NAMED[name]
    found = binding(file, signature)
    values = {
        feed.tensor.key: np.zeros([size or 2 for size in feed.tensor.shape or ()], feed.tensor.dtype) for feed in found.feeds
    }
    names = {"path": MODELS / file, **values}
    exec(compile(snippets.python(found), name, "exec"), names)
    for fetch in found.fetches:
        assert names[fetch.key].dtype == fetch.dtype


@pytest.mark.tensorflow
def test_python_lines_of_keras_run() -> None:
    np = pytest.importorskip("numpy")
    found = binding("same_keras_v3.keras")
    values = {
        feed.tensor.key: np.zeros([size or 2 for size in feed.tensor.shape or ()], feed.tensor.dtype) for feed in found.feeds
    }
    names = {"path": MODELS / "same_keras_v3.keras", **values}
    exec(compile(snippets.python(found), "keras", "exec"), names)
    assert set(names["result"]) == {spec.key for spec in found.fetches}


INTERPRETER = """package org.tensorflow.lite;
public class Interpreter {
  public int getInputTensorCount() { return 0; }
  public int getInputIndex(String name) { return 0; }
  public int getOutputIndex(String name) { return 0; }
  public void runSignature(java.util.Map<String, Object> in, java.util.Map<String, Object> out, String key) {}
  public void runForMultipleInputsOutputs(Object[] in, java.util.Map<Integer, Object> out) {}
}
"""
"""The methods by which the lines use the interpreter, as its documentation declares them."""


@pytest.mark.java
@pytest.mark.parametrize("found", [made("tflite", NASTY[0], *NASTY), made("tflite", "", *NASTY)], ids=["signature", "none"])
def test_java_lines_of_tflite_compile(tmp_path: Path, found: Binding) -> None:
    if shutil.which("javac") is None:
        pytest.skip("needs a JDK")
    from tfreg.core.snippets.variables import camel, keyed_slots_of

    java = snippets.java(found)
    imports = next(line for line in java.splitlines() if "Imports: " in line).removeprefix("// Imports: ").split(", ")
    variables = [camel(slot.variable) for slots in keyed_slots_of(found) for slot in slots]
    parameters = ", ".join(["Interpreter interpreter", *(f"Object {variable}" for variable in variables)])
    (tmp_path / "Interpreter.java").write_text(INTERPRETER)
    (tmp_path / "Pasted.java").write_text(
        "\n".join(f"import {name};" for name in imports)
        + f"\nclass Pasted {{\n static void run({parameters}) {{\n{java}\n }}\n}}\n"
    )
    files = [str(tmp_path / "Interpreter.java"), str(tmp_path / "Pasted.java")]
    subprocess.run(["javac", "-proc:none", "-d", str(tmp_path), *files], check=True, timeout=120)
