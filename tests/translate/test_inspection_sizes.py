"""What a file can make an inspector say is limited such that the answer of Inspect always fits into one message."""

from __future__ import annotations

from tfreg.core.digests import digest_of
from tfreg.core.formats import limits
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import parse_model_name
from tfreg.core.records import Inspected, Limits
from tfreg.core.trees import MemoryTree
from tfreg.translate.inspections import inspected_to_proto
from tfreg.wire.saved_model_pb2 import SavedModel


def worst() -> SavedModel:
    """A SavedModel that reaches every limit: signatures, ops, functions, problems."""
    model = SavedModel(saved_model_schema_version=1)
    meta_graph = model.meta_graphs.add()
    for key in range(3):
        signature = meta_graph.signature_def[f"s{key}"]
        for number in range(14_000):
            signature.inputs[f"{key}{number}"].coo_sparse.SetInParent()
    signature = meta_graph.signature_def["ghosts"]
    for number in range(200):
        signature.inputs[str(number)].name = f"{number:03d}" + "\u00e9" * 1_000 + ":0"
    for number in range(10_000):
        meta_graph.graph_def.node.add(name="n", op=f"{number:05d}" * 50)
    objects = meta_graph.object_graph_def
    root, function = objects.nodes.add(), objects.nodes.add()
    function.function.concrete_functions.append("trace")
    for number in range(100):
        root.children.add(node_id=1, local_name=f"f{number}")
    arguments = objects.concrete_functions["trace"].canonicalized_input_signature.tuple_value.values.add().tuple_value
    for _ in range(5_000):
        arguments.values.add().tensor_spec_value.SetInParent()
    return model


def test_the_worst_inspection_fits_into_a_message() -> None:
    tree = MemoryTree({"saved_model.pb": worst().SerializeToString()})
    inspection = recognise(tree).inspect(tree)
    limited = " ".join(problem.message for problem in inspection.problems if problem.code == "TFR104")
    assert "tensors of signatures" in limited
    assert "names of ops" in limited
    assert "functions' text" in limited
    assert sum(problem.code != "TFR104" for problem in inspection.problems)
    digest = digest_of(b"")
    manifest = manifest_of([ManifestFile("saved_model.pb", 0, digest)])
    inspected = Inspected(parse_model_name("a/b"), 1, manifest.digest(), manifest, inspection, 0, 0)
    size_bytes = inspected_to_proto(inspected).ByteSize()
    assert limits.MAX_FUNCTIONS_TEXT_BYTES < size_bytes < Limits().max_message_bytes / 2


def test_tensors_that_claim_more_bytes_than_64_bits_count_are_told_by_the_largest_number() -> None:
    digest = digest_of(b"")
    manifest = manifest_of([ManifestFile("variables.index", 0, digest)])
    inspected = Inspected(parse_model_name("a/b"), 1, manifest.digest(), manifest, Inspection("tf2_checkpoint"), 3, 3 << 62)
    assert inspected_to_proto(inspected).inspection.tensor_size_bytes == (1 << 63) - 1
