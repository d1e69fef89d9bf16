"""Models within models, frozen layers, shared layers: weights go from either layout to the other and back as Keras itself loads them."""

import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]


def _block(keras: ModuleType, name: str | None = None, frozen: bool = False) -> Any:
    layers = keras.layers
    taken = keras.Input((6,))
    inner = layers.BatchNormalization()(layers.Dense(6, trainable=not frozen)(taken))
    return keras.Model(taken, layers.Dense(6)(inner), name=name)


def functional_in_functional(keras: ModuleType) -> Any:
    taken = keras.Input((6,))
    given = _block(keras)(keras.layers.Dense(6)(taken))
    return keras.Model(taken, keras.layers.Dense(2)(_block(keras)(given)))


def frozen_first(keras: ModuleType) -> Any:
    taken = keras.Input((6,))
    return keras.Model(taken, keras.layers.Dense(2, name="last")(_block(keras, "inside", frozen=True)(taken)))


def frozen_whole(keras: ModuleType) -> Any:
    taken = keras.Input((6,))
    block = _block(keras, "inside")
    block.trainable = False
    return keras.Model(taken, keras.layers.Dense(2, name="last")(block(taken)))


def sequential_in_sequential(keras: ModuleType) -> Any:
    layers = keras.layers
    inner = keras.Sequential([layers.Dense(6), layers.BatchNormalization(), layers.Dense(6)])
    return keras.Sequential([keras.Input((6,)), layers.Dense(6), inner, layers.Dropout(0.5), inner.__class__([layers.Dense(2)])])


def three_deep(keras: ModuleType) -> Any:
    taken = keras.Input((6,))
    middle = keras.Model(taken, keras.layers.Dense(6)(_block(keras, frozen=True)(taken)))
    return keras.Sequential([keras.Input((6,)), middle, keras.layers.BatchNormalization(trainable=False), keras.layers.Dense(3)])


def shared_layer(keras: ModuleType) -> Any:
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    shared = keras.layers.Dense(6)
    joined = keras.layers.Concatenate()([shared(left), shared(right)])
    return keras.Model([left, right], keras.layers.Dense(2)(joined))


def over_time(keras: ModuleType) -> Any:
    layers = keras.layers
    each = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.BatchNormalization()])
    taken = keras.Input((5, 6))
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.TimeDistributed(each)(taken))
    return keras.Model(taken, layers.GRU(2)(both))


def others_before(keras: ModuleType) -> Any:
    """Layers with numbers in their names other than those of their groups."""
    for _ in range(2):
        keras.layers.Dense(1)
    taken = keras.Input((6,))
    first, second = keras.layers.Dense(6), keras.layers.Dense(6)
    return keras.Model(taken, first(second(taken)))


MODELS = [
    functional_in_functional,
    frozen_first,
    frozen_whole,
    sequential_in_sequential,
    three_deep,
    shared_layer,
    over_time,
    others_before,
]


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(request.param)


def numbered_values(model: Any) -> list[Any]:
    """Gives each element of a model another value."""
    import numpy as np

    start, found = 0, []
    for weight in model.get_weights():
        found.append((start + np.arange(weight.size)).reshape(weight.shape).astype(weight.dtype))
        start += weight.size
    model.set_weights(found)
    return found


@pytest.mark.parametrize("make", MODELS)
def test_weights_go_from_layout_to_layout(
    keras: ModuleType, make: Callable, converted: Callable, saved: Callable, tmp_path: Path
) -> None:
    model = make(keras)
    expected = [value.tobytes() for value in numbered_values(model)]
    config = tmp_path / "config" / "model.json"
    config.parent.mkdir()
    config.write_text(model.to_json())
    (tmp_path / "given").mkdir()
    numbered, whole = tmp_path / "given" / "a.weights.h5", tmp_path / "given" / "b.h5"
    model.save_weights(numbered)
    model.save(whole)
    for weights, target in ((numbered, "keras_weights_legacy"), (whole, "keras_weights")):
        other = keras.models.model_from_json(model.to_json())
        other.load_weights(saved(converted(weights, target, architecture=config)))
        assert [value.tobytes() for value in other.get_weights()] == expected, target
    for weights, target in ((whole, "keras_v3"), (numbered, "keras_h5")):
        other = keras.models.load_model(saved(converted(config, target, weights=weights)), compile=False)
        assert [value.tobytes() for value in other.get_weights()] == expected, target
