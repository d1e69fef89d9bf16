"""SavedModels beyond their signatures: composite tensors, objects, Keras' metadata, the split form, what lies beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfreg.core.codecs.text_format import binary_of
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import TensorSpec
from tfreg.core.trees import BytesReader, LocalTree, MemoryTree
from tfreg.wire.meta_graph_pb2 import TensorInfo
from tfreg.wire.saved_model_pb2 import SavedModel

MODELS = Path(__file__).parents[2] / "fixtures" / "models"


def files_of(name: str) -> dict[str, bytes]:
    tree = LocalTree(MODELS / name)
    return {file.path: (MODELS / name / file.path).read_bytes() for file in tree.files()}


def inspected(files: dict[str, bytes] | str) -> Inspection:
    tree = LocalTree(MODELS / files) if isinstance(files, str) else MemoryTree(files)
    return recognise(tree).inspect(tree)


def composite(text: str) -> TensorSpec:
    """The input of a signature whose TensorInfo is given as text."""
    info = TensorInfo.FromString(binary_of(BytesReader(text.encode()), TensorInfo, 10_000))
    model = SavedModel(saved_model_schema_version=1)
    model.meta_graphs.add().signature_def["s"].inputs["x"].CopyFrom(info)
    (signature,) = inspected({"saved_model.pb": model.SerializeToString()}).meta_graphs[0].signatures
    return signature.inputs[0]


class TestCompositeTensors:
    def test_a_ragged_tensor_has_its_dtype_and_names_for_its_components(self):
        (signature,) = inspected("saved_model_composite").meta_graphs[0].signatures
        (words,) = signature.inputs
        assert (words.encoding, words.dtype, words.shape, words.ref) == ("RaggedTensorSpec", "int32", None, None)
        assert [(part.key, str(part.ref), part.dtype) for part in words.components] == [
            ("flat_values", "words/flat_values:0", "int32"),
            ("row_splits_0", "words/row_splits_0:0", "int64"),
        ]

    def test_other_type_specs_name_their_components_as_tensorflow_does(self):
        spec = composite("""
            composite_tensor {
              type_spec { type_spec_class: INDEXED_SLICES_SPEC type_spec_class_name: "IndexedSlicesSpec" }
              components { name: "v:0" } components { name: "i:0" }
            }""")
        assert [part.key for part in spec.components] == ["values", "indices"]

    def test_a_type_of_the_authors_own_has_numbers(self):
        spec = composite("""
            composite_tensor {
              type_spec { type_spec_class: EXTENSION_TYPE_SPEC type_spec_class_name: "Masked.Spec" }
              components { name: "a:0" } components { name: "b:0" }
            }""")
        assert (spec.encoding, [part.key for part in spec.components]) == ("Masked.Spec", ["0", "1"])


class TestObjects:
    def test_variables_know_whether_they_are_trained(self):
        tensors = {tensor.name: tensor for tensor in inspected("saved_model_losses").tensors}
        assert tensors["kernel/.ATTRIBUTES/VARIABLE_VALUE"].trainable is True
        assert tensors["average/.ATTRIBUTES/VARIABLE_VALUE"].trainable is False

    def test_a_variable_of_a_list_is_called_by_its_own_name(self):
        tensors = {tensor.name: tensor for tensor in inspected("tf2_keras_export_named").tensors}
        assert tensors["variables/0/.ATTRIBUTES/VARIABLE_VALUE"].path == "dense_1/kernel"
        assert tensors["variables/9/.ATTRIBUTES/VARIABLE_VALUE"].trainable is False

    def test_losses_and_debug_info_are_facts(self):
        facts = inspected("saved_model_losses").facts
        assert (facts["object_graph.regularization_losses"], facts["debug_info"]) == ("1", "yes")

    def test_children_that_lead_in_circles_end(self):
        files = files_of("tf2_module_signatures")
        model = SavedModel.FromString(files["saved_model.pb"])
        root = model.meta_graphs[0].object_graph_def.nodes[0]
        for child in root.children:
            child.node_id = 0
        inspection = inspected({**files, "saved_model.pb": model.SerializeToString()})
        assert {tensor.trainable for tensor in inspection.tensors if tensor.file.startswith("variables/")} <= {None, True, False}


class TestKerasMetadata:
    def test_a_functional_model_has_its_layers(self):
        keras = inspected("keras_2_two_inputs_2_15_saved_model").keras
        assert keras is not None
        assert (keras.class_name, keras.optimizer, keras.custom_objects) == ("Functional", "Adam", ())
        assert [(spec.key, spec.shape) for spec in keras.inputs] == [("x", (None, 8, 8, 3)), ("seq", (None, 6))]
        assert ("conv", "Conv2D", ("x",)) in [(layer.name, layer.class_name, layer.inputs) for layer in keras.layers]

    def test_a_model_of_ones_own_class_has_the_layers_that_were_saved(self):
        inspection = inspected("keras_2_subclassed_2_15_saved_model")
        assert inspection.keras is not None
        assert [layer.name for layer in inspection.keras.layers] == ["first", "blocks/0", "blocks/1"]
        assert "TFR111" not in {problem.code for problem in inspection.problems}
        assert inspection.facts["keras.version"] == "2.15.0"

    def test_a_lambda_layer_is_unsafe(self):
        (problem,) = inspected("keras_2_lambda_2_15_saved_model").problems
        assert (problem.code, problem.place.file, problem.place.operation) == ("TFR403", "keras_metadata.pb", "doubled")

    @pytest.mark.parametrize("content", [b"", b"\x0a\x02\x2a\x00", b"\xff\xff", b'\x0a\x10\x1a\x04root*\x08{"a": 1}'])
    def test_a_damaged_one_leaves_the_rest(self, content):
        files = files_of("keras_2_lambda_2_15_saved_model")
        inspection = inspected({**files, "keras_metadata.pb": content})
        assert inspection.meta_graphs[0].signatures

    def test_json_nested_a_hundred_thousand_deep_is_told(self):
        text = b"[" * 100_000
        entry = b"\x1a\x04root\x2a" + bytes([len(text) & 127 | 128, (len(text) >> 7) & 127 | 128, len(text) >> 14]) + text
        node = b"\x0a" + bytes([len(entry) & 127 | 128, (len(entry) >> 7) & 127 | 128, len(entry) >> 14]) + entry
        files = files_of("keras_2_lambda_2_15_saved_model")
        codes = {problem.code for problem in inspected({**files, "keras_metadata.pb": node}).problems}
        assert "TFR103" in codes or "TFR104" in codes


class TestTheSplitForm:
    def test_it_is_recognised_and_said_to_be_unread(self):
        inspection = inspected({"saved_model.cpb": b"anything", "fingerprint.pb": b""})
        assert inspection.format == "saved_model"
        assert [problem.code for problem in inspection.problems] == ["TFR109"]
        assert inspection.facts["fingerprint.not_verified"]

    def test_its_graph_cannot_be_read(self):
        tree = MemoryTree({"saved_model.cpb": b"anything"})
        with pytest.raises(GraphUnreadableError, match="split form"):
            recognise(tree).graph(tree, 0)

    def test_a_plain_one_beside_it_counts(self):
        assert inspected({**files_of("tf1_sparse"), "saved_model.cpb": b"x"}).meta_graphs
