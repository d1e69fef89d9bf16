"""Facts and configuration that changed."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.comparing.difference import FactChange
from tfreg.core.comparing.facts import fact_changes
from tfreg.core.inspections import Inspection, KerasModel, Layer, MetaGraph

DENSE = Layer("dense", "Dense", parameter_count=10, output_shape=(None, 2))
KERAS = Inspection("keras_v3", keras=KerasModel("m", "Functional", layers=(DENSE,), optimizer="Adam", training={"loss": '"mse"'}))


def names(before: Inspection, after: Inspection) -> list[str]:
    return [change.name for change in fact_changes(before, after)]


def test_formats_versions_and_counts_are_facts() -> None:
    before = Inspection("saved_model", (MetaGraph((), (), (), "2.15.0", 1, 30),), facts={"checkpoint.shards": "1"})
    after = Inspection("saved_model", (MetaGraph((), (), (), "2.21.0", 1, 31),), facts={"checkpoint.shards": "2"})
    assert names(before, after) == ["checkpoint.shards", "node_count", "tensorflow_version"]


def test_a_layer_that_changed_is_told_with_what_it_was() -> None:
    model = KERAS.keras
    assert model
    after = replace(KERAS, keras=replace(model, layers=(replace(DENSE, trainable=False),), optimizer="SGD"))
    assert fact_changes(KERAS, after) == (
        FactChange(
            "keras.layer.dense",
            "class Dense; parameters 10; shape ['?', 2]",
            "class Dense; parameters 10; trainable no; shape ['?', 2]",
        ),
        FactChange("keras.optimizer", "Adam", "SGD"),
    )


def test_the_training_config_is_told() -> None:
    model = KERAS.keras
    assert model
    assert names(KERAS, replace(KERAS, keras=replace(model, training={"loss": '"mae"'}))) == ["keras.training.loss"]


def test_layers_are_only_counted_against_a_format_that_has_none() -> None:
    found = names(KERAS, Inspection("tflite"))
    assert "keras.layer_count" in found
    assert not any(name.startswith("keras.layer.") for name in found)


def test_what_differs_with_every_export_is_not_told() -> None:
    assert names(Inspection("f", facts={"fingerprint.x": "1"}), Inspection("f", facts={"fingerprint.x": "2"})) == []
