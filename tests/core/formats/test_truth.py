"""What tfreg reads of real models against what TensorFlow itself says of them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest

from tfreg.core.formats.registry import recognise
from tfreg.core.formats.variables import OBJECT_GRAPH
from tfreg.core.inspections import Inspection, MetaGraph
from tfreg.core.scanning.report import safety_report
from tfreg.core.tensors import StoredTensor, TensorSpec
from tfreg.core.trees import LocalTree
from tfreg.core.values.reading import read_value
from tfreg.core.values.selection import Selection
from tfreg.core.weights import is_weight

FIXTURES = Path(__file__).parents[2] / "fixtures"
TRUTHS = sorted((FIXTURES / "truth").glob("*.json"))
SIGNED = [path.stem for path in TRUTHS if json.loads(path.read_text())["format"] == "saved_model"]
FROZEN = [path.stem for path in TRUTHS if json.loads(path.read_text())["format"] == "frozen_graph"]


@cache
def truth(name: str) -> dict:
    return json.loads((FIXTURES / "truth" / f"{name}.json").read_text())


def tree(name: str) -> LocalTree:
    plain = FIXTURES / "models" / name
    candidates = (plain, plain.with_name(f"{name}.pb"), plain.with_name(name.removesuffix("_pbtxt") + ".pbtxt"))
    return LocalTree(next(path for path in candidates if path.exists()))


@cache
def inspection(name: str) -> Inspection:
    return recognise(tree(name)).inspect(tree(name))


def pairs(name: str) -> list[tuple[MetaGraph, dict]]:
    return list(zip(inspection(name).meta_graphs, truth(name)["meta_graphs"], strict=True))


def spec_truth(spec: TensorSpec) -> dict:
    if spec.encoding not in ("", "sparse"):
        parts = [{key: value for key, value in spec_truth(part).items() if key != "key"} for part in spec.components]
        return {"name": "", "composite_tensor": {"type": spec.encoding, "components": parts}}
    sparse = {part.key: str(part.ref) for part in spec.components} if spec.encoding == "sparse" else None
    return {
        "name": str(spec.ref) if spec.ref else "",
        "dtype": spec.dtype or "invalid",
        "shape": None if spec.shape is None else list(spec.shape),
        **({"coo_sparse": sparse} if sparse else {}),
    }


def with_index(entry: dict) -> dict:
    """TensorFlow names the initialiser's operation where it names tensors elsewhere."""
    name = entry["name"]
    if "composite_tensor" in entry:  # its dtype and shape stand in its type spec, which the truth does not tell
        return {key: value for key, value in entry.items() if key not in ("dtype", "shape")}
    return {**entry, "name": f"{name}:0" if name and ":" not in name else name}


def sha256(name: str, *tensors: StoredTensor) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        with tree(name).open(tensor.file) as reader:
            digest.update(reader.read_at(tensor.offset_bytes, tensor.size_bytes))
    return digest.hexdigest()


@pytest.mark.parametrize("name", SIGNED)
class TestSavedModels:
    def test_tag_sets_come_in_the_order_of_the_file(self, name):
        assert [list(meta_graph.tags) for meta_graph in inspection(name).meta_graphs] == truth(name)["tag_sets"]

    def test_signatures_are_equal_field_by_field(self, name):
        for ours, theirs in pairs(name):
            told = {
                signature.key: {
                    "method": signature.method_name,
                    "inputs": {spec.key: spec_truth(spec) for spec in signature.inputs},
                    "outputs": {spec.key: spec_truth(spec) for spec in signature.outputs},
                }
                for signature in ours.signatures
            }
            expected = {
                key: {
                    "method": signature["method"],
                    "inputs": {spec: with_index(entry) for spec, entry in signature["inputs"].items()},
                    "outputs": {spec: with_index(entry) for spec, entry in signature["outputs"].items()},
                }
                for key, signature in theirs["signatures"].items()
            }
            assert told == expected

    def test_only_initialisers_and_train_ops_are_internal(self, name):
        for ours, _ in pairs(name):
            assert {s.key for s in ours.signatures if s.internal} == {
                s.key for s in ours.signatures if s.key.startswith("__saved_model_")
            }

    def test_all_ops_that_saved_model_cli_lists_are_found(self, name):
        for ours, theirs in pairs(name):
            assert set(theirs["ops"]) <= set(ours.ops)

    def test_every_op_of_the_graph_and_its_functions_is_found_and_no_other(self, name):
        for ours, theirs in pairs(name):
            bodies = [theirs["nodes"], *(function["nodes"] for function in theirs["functions"].values())]
            used = {node[0] for body in bodies for node in body.values()} - theirs["functions"].keys()
            assert set(ours.ops) | {"_Arg", "_Retval", "Placeholder"} == used | {"_Arg", "_Retval", "Placeholder"}

    def test_nodes_functions_and_versions_are_counted(self, name):
        for ours, theirs in pairs(name):
            assert ours.node_count == len(theirs["nodes"])
            assert ours.function_count == len(theirs["functions"])
            assert ours.producer == theirs["versions"]["producer"]
            assert ours.tensorflow_version == theirs["tensorflow_version"]

    def test_what_a_loader_runs_is_what_tensorflow_runs(self, name):
        for ours, theirs in pairs(name):
            assert (ours.targets.init_operations[:1] or (None,))[0] == theirs["init_op"]
            saver = theirs["saver"] or {"restore": "", "filename": None}
            assert ours.targets.restore_operation == saver["restore"]
            assert (str(ours.targets.restore_filename) if ours.targets.restore_filename else None) == (saver["filename"] or None)

    def test_assets_are_found(self, name):
        for ours, theirs in pairs(name):
            assert [{"tensor": str(asset.ref), "file": asset.file_name} for asset in ours.assets] == theirs["assets"]

    def test_fingerprints_are_read(self, name):
        expected = truth(name)["fingerprint"] or {}
        facts = inspection(name).facts
        for field, value in expected.items():
            if field != "version":
                assert facts[f"fingerprint.{field}"] == value
        assert any(key.startswith("fingerprint.") for key in facts) == bool(expected)

    def test_variables_have_the_dtype_shape_and_bytes_that_tensorflow_reads(self, name):
        expected = dict(truth(name)["checkpoint"] or {})
        expected.pop(OBJECT_GRAPH, None)  # a tensor to TensorFlow, but no value of the model
        variables = [tensor for tensor in inspection(name).tensors if tensor.file.startswith("variables/")]
        whole = {tensor.name: tensor for tensor in variables if "[" not in tensor.name}
        assert {tensor.name.partition("[")[0] for tensor in variables} == expected.keys()
        for key, tensor in whole.items():
            assert (tensor.dtype, list(tensor.shape)) == (expected[key]["dtype"], expected[key]["shape"])
            if tensor.dtype != "string":
                assert sha256(name, tensor) == expected[key]["sha256"]

    def test_concrete_functions_have_the_arguments_that_tensorflow_prints(self, name):
        expected = truth(name)["concrete_functions"] or {}
        told = {
            function.name: sorted(
                (
                    [without_field_names(argument.value) for argument in trace.arguments],
                    {argument.name: argument.value for argument in trace.keyword_arguments},
                )
                for trace in function.concrete_functions
            )
            for function in inspection(name).functions
        }
        assert {key: json.dumps(value) for key, value in told.items()} == {
            key: json.dumps(
                sorted(([printed(arg) for arg in o["args"]], {k: printed(v) for k, v in o["kwargs"].items()}) for o in options)
            )
            for key, options in expected.items()
        }

    def test_a_good_model_has_no_problems_but_what_is_known(self, name):
        codes = {problem.code for problem in inspection(name).problems}
        told = {code for code in codes if code.startswith("TFR4")}
        assert codes - told <= {"TFR204"}
        assert safety_report(inspection(name).problems, inspection(name).format).is_unsafe == (
            "unsafe" in name or "lambda" in name
        )

    def test_variables_are_trainable_and_have_the_paths_that_tensorflow_says(self, name):
        variables = truth(name).get("variables") or []
        told = {path: variable for variable in variables for path in variable["paths"]}
        for tensor in inspection(name).tensors:
            variable = told.get(tensor.name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE"))
            if variable is not None and tensor.name.endswith("VARIABLE_VALUE"):
                assert tensor.trainable == variable["trainable"], tensor.name
                assert tensor.path in (*variable["paths"], variable["name"]), tensor.name

    def test_the_saver_is_the_one_of_the_saver_def(self, name):
        for ours, theirs in pairs(name):
            told = ours.saver and {
                "filename": str(ours.saver.filename),
                "save": str(ours.saver.save_tensor),
                "restore": ours.saver.restore_operation,
                "version": int(ours.saver.version[1:]),
            }
            assert told == (theirs.get("saver") or None)


def tf_name(text: str) -> str:
    return text.removeprefix("<dtype: '").removesuffix("'>")


def without_field_names(text: str) -> str:
    """The truth does not tell the names of a named tuple's fields."""
    return text.replace("first=", "").replace("second=", "")


def printed(spec: dict) -> str:  # noqa: PLR0911
    """The argument as Python prints it."""
    if "tensor" in spec:
        shape = "<unknown>" if spec["shape"] is None else str(tuple(spec["shape"]))
        return f"TensorSpec(shape={shape}, dtype=tf.{spec['dtype']}, name={spec['tensor']!r})"
    if spec.get("python") == "DType":
        return f"tf.{tf_name(spec['text'])}"
    if "python" in spec:
        return repr(spec["text"]) if spec["python"] == "str" else spec["text"]
    if "dict" in spec:
        return "{" + ", ".join(f"{key!r}: {printed(spec['dict'][key])}" for key in sorted(spec["dict"])) + "}"
    if "list" in spec:
        return "[" + ", ".join(map(printed, spec["list"])) + "]"
    ((kind, inner),) = spec.items()
    if kind != "tuple":
        return f"{kind}({', '.join(map(printed, inner))})"
    return f"({printed(inner[0])},)" if len(inner) == 1 else "(" + ", ".join(map(printed, inner)) + ")"


@pytest.mark.parametrize("name", FROZEN)
class TestFrozenGraphs:
    def test_a_frozen_graph_is_one_meta_graph_without_tags_and_signatures(self, name):
        (meta_graph,) = inspection(name).meta_graphs
        assert (meta_graph.tags, meta_graph.signatures) == ((), ())

    def test_every_op_of_the_graph_and_its_functions_is_found_and_no_other(self, name):
        (ours,), theirs = inspection(name).meta_graphs, truth(name)
        bodies = [theirs["nodes"], *(function["nodes"] for function in theirs["functions"].values())]
        used = {node[0] for body in bodies for node in body.values()} - theirs["functions"].keys()
        assert set(ours.ops) | {"_Arg", "_Retval", "Placeholder"} == used | {"_Arg", "_Retval", "Placeholder"}
        assert ours.node_count == len(theirs["nodes"])
        assert ours.function_count == len(theirs["functions"])
        assert ours.producer == theirs["versions"]["producer"]

    def test_its_weights_are_listed_and_have_the_values_that_tensorflow_reads(self, name):
        constants = truth(name)["constants"]
        tensors = {tensor.name: tensor for tensor in inspection(name).tensors}
        assert {key for key, one in constants.items() if is_weight(one["dtype"], one["shape"])} <= tensors.keys()
        for key, tensor in tensors.items():
            assert (tensor.dtype, list(tensor.shape)) == (constants[key]["dtype"], constants[key]["shape"])
            if tensor.dtype != "string":
                _, chunks = read_value(tree(name), tensors.values(), Selection(key))
                assert hashlib.sha256(b"".join(chunks)).hexdigest() == constants[key]["sha256"], key
