"""What Keras 1 says of layers, in the words of Keras 2."""

import pytest

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.keras.first_keras import as_second_keras


def layer(class_name: str, **config: object) -> dict:
    return as_second_keras({"class_name": class_name, "config": {"name": "one", **config}})


def own(class_name: str, **config: object) -> dict:
    made = layer(class_name, **config)
    return {key: value for key, value in made["config"].items() if key != "name"}


def test_a_dense_layer_has_units_and_a_kernel():
    regularizer = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5}
    found = own(
        "Dense", output_dim=3, init="uniform", bias=True, W_regularizer=regularizer, b_constraint={"name": "MaxNorm", "m": 2}
    )
    assert found == {
        "units": 3,
        "use_bias": True,
        "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
        "bias_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2}},
    }


def test_a_convolution_has_filters_and_the_size_of_its_kernel():
    found = layer("Convolution2D", nb_filter=4, nb_row=3, nb_col=5, border_mode="same", subsample=[2, 2], dim_ordering="th")
    assert found["class_name"] == "Conv2D"
    assert found["config"] == {
        "name": "one",
        "filters": 4,
        "kernel_size": [3, 5],
        "padding": "same",
        "strides": [2, 2],
        "data_format": "channels_first",
    }


@pytest.mark.parametrize(
    ("class_name", "before", "after"),
    [
        ("Convolution1D", {"nb_filter": 4, "filter_length": 3}, {"filters": 4, "kernel_size": 3}),
        ("MaxPooling1D", {"pool_length": 2, "stride": 1}, {"pool_size": 2, "strides": 1}),
        ("Dropout", {"p": 0.5}, {"rate": 0.5}),
        ("GaussianNoise", {"sigma": 0.1}, {"stddev": 0.1}),
        ("Embedding", {"input_dim": 9, "output_dim": 4, "dropout": 0.0}, {"input_dim": 9, "output_dim": 4}),
        ("BatchNormalization", {"mode": 0, "epsilon": 0.1, "beta_init": "zero"}, {"epsilon": 0.1}),
        (
            "GRU",
            {"output_dim": 4, "inner_activation": "tanh"},
            {"units": 4, "recurrent_activation": "tanh", "reset_after": False},
        ),
        ("LSTM", {"output_dim": 4, "forget_bias_init": "one", "dropout_U": 0.1}, {"units": 4, "recurrent_dropout": 0.1}),
        ("Activation", {"activation": "relu"}, {"activation": "relu"}),
    ],
)
def test_arguments_have_the_names_of_keras_2(class_name: str, before: dict, after: dict):
    assert own(class_name, **before) == after


def test_models_and_wrappers_are_followed():
    dense = {"class_name": "Dense", "config": {"output_dim": 2}}
    model = {"class_name": "Model", "config": {"name": "m", "layers": [{**dense, "name": "d", "inbound_nodes": [[["x", 0, 0]]]}]}}
    (found,) = as_second_keras(model)["config"]["layers"]
    assert (found["config"], found["inbound_nodes"]) == ({"units": 2}, [[["x", 0, 0]]])
    assert as_second_keras({"class_name": "Sequential", "config": [dense]})["config"][0]["config"] == {"units": 2}
    assert own("TimeDistributed", layer=dense)["layer"]["config"] == {"units": 2}


def test_a_merge_is_the_layer_of_its_mode():
    assert layer("Merge", mode="concat", concat_axis=1) == {"class_name": "Concatenate", "config": {"name": "one", "axis": 1}}
    assert layer("Merge", mode="sum")["class_name"] == "Add"


@pytest.mark.parametrize(
    ("class_name", "config"), [("MaxoutDense", {}), ("Merge", {"mode": "lambda"}), ("BatchNormalization", {"mode": 1})]
)
def test_a_layer_that_only_keras_1_has_is_refused_by_name(class_name: str, config: dict):
    with pytest.raises(ConversionRefusedError, match="'one'"):
        layer(class_name, **config)
