"""fingerprint.pb: its hashes are computed anew, and told where the model is no longer what they are of."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tfreg.core.formats.saved_model import SavedModelFormat
from tfreg.core.inspections import Inspection
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.wire.fingerprint_pb2 import FingerprintDef
from tfreg.wire.saved_model_pb2 import SavedModel

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
FINGERPRINTED = sorted(path.parent.name for path in MODELS.glob("*/fingerprint.pb"))
REPRODUCIBLE = ["graph_def_program_hash", "signature_def_hash", "saved_object_graph_hash", "checkpoint_hash"]
NAME = "tf2_module_signatures"


def files_of(name: str) -> dict[str, bytes]:
    tree = LocalTree(MODELS / name)
    return {file.path: (MODELS / name / file.path).read_bytes() for file in tree.files()}


def inspected(files: dict[str, bytes]) -> Inspection:
    return SavedModelFormat().inspect(MemoryTree(files))


def wrong(inspection: Inspection) -> list[str]:
    return inspection.facts.get("fingerprint.wrong", "").split(", ")


@pytest.mark.parametrize("name", FINGERPRINTED)
def test_what_releases_of_tensorflow_wrote_is_reproduced(name):
    inspection = inspected(files_of(name))
    assert inspection.facts["fingerprint.verified"].split(", ") == REPRODUCIBLE
    assert inspection.facts["fingerprint.not_verified"].startswith("saved_model_checksum: ")
    assert "TFR113" not in {problem.code for problem in inspection.problems}


@pytest.mark.parametrize("name", REPRODUCIBLE)
def test_a_hash_that_is_not_the_models_is_told(name):
    files = files_of(NAME)
    said = FingerprintDef.FromString(files["fingerprint.pb"])
    setattr(said, name, 7)
    inspection = inspected({**files, "fingerprint.pb": said.SerializeToString()})
    assert wrong(inspection) == [name]
    (problem,) = [problem for problem in inspection.problems if problem.code == "TFR113"]
    assert (problem.severity.value, problem.place.file) == ("warning", "fingerprint.pb")
    assert name in problem.message


def test_a_model_whose_parts_were_changed_is_told_part_by_part():
    files = files_of(NAME)
    model = SavedModel.FromString(files["saved_model.pb"])
    model.meta_graphs[0].signature_def["serving_default"].inputs["x"].name = "other:0"
    model.meta_graphs[0].graph_def.node.add(name="new", op="NoOp")
    changed = inspected({**files, "saved_model.pb": model.SerializeToString()})
    assert wrong(changed) == ["graph_def_program_hash", "signature_def_hash"]


def test_a_second_meta_graph_is_not_covered():
    files = files_of(NAME)
    files["saved_model.pb"] += SavedModel(meta_graphs=[{}]).SerializeToString()
    assert "fingerprint.wrong" not in inspected(files).facts


def test_a_damaged_model_is_not_said_to_be_changed():
    files = files_of(NAME)
    for cut in range(0, len(files["saved_model.pb"]) - 1, 499):
        inspection = inspected({**files, "saved_model.pb": files["saved_model.pb"][:cut]})
        assert "TFR113" not in {problem.code for problem in inspection.problems}, cut


def test_a_missing_checkpoint_is_told_as_missing_not_as_changed():
    files = {path: content for path, content in files_of(NAME).items() if not path.startswith("variables/")}
    inspection = inspected(files)
    assert "checkpoint_hash: the model has no variables/variables.index" in inspection.facts["fingerprint.not_verified"]
    assert "TFR113" not in {problem.code for problem in inspection.problems}


def test_a_program_of_many_megabytes_is_not_hashed():
    files = files_of(NAME)
    model = SavedModel.FromString(files["saved_model.pb"])
    model.meta_graphs[0].graph_def.node[0].attr["x"].s = bytes(300_000)
    for number in range(90_000):
        model.meta_graphs[0].graph_def.node.add(name=f"n{number}", op="NoOp")
    started = time.process_time()
    inspection = inspected({**files, "saved_model.pb": model.SerializeToString()})
    assert time.process_time() - started < 10
    assert "graph_def_program_hash: too large" in inspection.facts["fingerprint.not_verified"]


def test_functions_without_numbers_cannot_be_put_in_order():
    files = files_of(NAME)
    model = SavedModel.FromString(files["saved_model.pb"])
    model.meta_graphs[0].object_graph_def.concrete_functions["own_name"].SetInParent()
    facts = inspected({**files, "saved_model.pb": model.SerializeToString()}).facts
    assert "saved_object_graph_hash: the model has a function 'own_name' without a number" in facts["fingerprint.not_verified"]
