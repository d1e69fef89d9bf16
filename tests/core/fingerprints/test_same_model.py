"""One model in several forms, as TensorFlow wrote them: the same fingerprints, where the forms hold the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tfreg.core.fingerprints import FINGERPRINT_VERSION
from tfreg.core.fingerprints.computing import fingerprints_of
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.records import Fingerprints

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
TF1_FORMS = ("tf1_saved_model", "checkpoint_tf1", "frozen_tf1.pb", "frozen_tf1.pbtxt", "frozen_import_prefix.pb")
CHECKPOINT_FORMS = ("checkpoint_v1", "checkpoint_graph_pbtxt", "checkpoint_empty_prefix", "checkpoint_older_by_state")
KERAS_FORMS = (
    "same_keras_saved_model",
    "same_keras_frozen.pb",
    "same_keras_checkpoint",
    "same_keras_v3.keras",
    "same_keras_h5.h5",
    "same_keras_weights.weights.h5",
    "same_keras_sharded",
)


@cache
def fingerprints(name: str) -> Fingerprints:
    selected = select(*open_path(MODELS / name))
    return fingerprints_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


@pytest.mark.parametrize("form", TF1_FORMS)
def test_a_tf1_model_is_one_as_saved_model_checkpoint_and_frozen_graph(form: str) -> None:
    found, saved_model = fingerprints(form), fingerprints("tf1_saved_model")
    assert found.model
    assert (found.model, found.program, found.weights) == (saved_model.model, saved_model.program, saved_model.weights)


@pytest.mark.parametrize("form", CHECKPOINT_FORMS)
def test_a_checkpoint_is_one_in_both_versions_and_with_its_graph_in_any_form(form: str) -> None:
    found, one = fingerprints(form), fingerprints("checkpoint_v1")
    assert found.model
    assert (found.model, found.program, found.weights) == (one.model, one.program, one.weights)


@pytest.mark.parametrize("form", KERAS_FORMS)
def test_the_weights_of_a_keras_model_are_one_in_every_format(form: str) -> None:
    assert fingerprints(form).weights == fingerprints("same_keras_saved_model").weights != ""


def test_a_keras_model_is_one_as_saved_model_and_as_tensorflow_freezes_it() -> None:
    found, frozen = fingerprints("same_keras_saved_model"), fingerprints("same_keras_frozen.pb")
    assert found.model
    assert (found.model, found.program) == (frozen.model, frozen.program)


def test_a_checkpoint_of_a_later_step_has_the_same_program_and_other_weights() -> None:
    before, after = fingerprints("checkpoint_tf1"), fingerprints("checkpoint_training")
    assert before.program == after.program
    assert before.weights != after.weights
    assert before.model != after.model


def test_an_exported_estimator_has_the_weights_of_its_checkpoint() -> None:
    exported, trained = fingerprints("estimator_training_2_12_export"), fingerprints("estimator_training_2_12_model_dir")
    assert exported.weights == trained.weights != ""


def test_a_model_of_another_program_is_another_model() -> None:
    models = ("tf1_saved_model", "tf1_partitioned", "tf2_keras_export", "tf2_module_signatures", "estimator_2_12", "tf1_sparse")
    assert len({fingerprints(name).model for name in models}) == len(models)


def test_fingerprints_stay_what_they_are_until_their_version_grows(golden: Callable[[str, str], None]) -> None:
    names = (*TF1_FORMS, *CHECKPOINT_FORMS, *KERAS_FORMS, "estimator_2_12", "tf1_cond_while_v1", "tf1_cond_while_v2", "tf2_vocab")
    rows = [f"{name} {one.model} {one.program} {one.weights} {one.interface}" for name in names for one in (fingerprints(name),)]
    golden("fingerprints.txt", "\n".join((f"version {FINGERPRINT_VERSION}", *rows, "")))


def test_what_cannot_be_told_is_empty() -> None:
    assert fingerprints("tf2_no_signatures").program == ""
    assert fingerprints("tf2_no_signatures").interface == ""
    assert fingerprints("checkpoint_two_blocks") == Fingerprints()
    assert fingerprints("same_keras_v3.keras").model == ""
