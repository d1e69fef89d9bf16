"""The table of layers against Keras: of each layer its variables, their order, shapes and places in files, as Keras 2 and 3 have them."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfreg.core.rewrites.keras.architecture import architecture_of
from tfreg.core.rewrites.keras.layers import LAYERS, WRITTEN_AS
from tfreg.core.rewrites.keras.slots import in_legacy_order, slots_of, unknown_in
from tfreg.core.trees import MemoryTree

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]

FLAT, SEQUENCE = (4,), (5, 4)
ROWS = [(9, 4), (9, 9, 4), (9, 9, 9, 4)]
CASES: list[tuple[Callable[[Any], Any], tuple[int, ...]]] = [
    (lambda layers: layers.Dense(3), FLAT),
    (lambda layers: layers.Dense(3, use_bias=False), SEQUENCE),
    (lambda layers: layers.EinsumDense("ab,bc->ac", output_shape=3, bias_axes="c"), FLAT),
    (lambda layers: layers.EinsumDense("ab,bc->ac", output_shape=3), FLAT),
    (lambda layers: layers.Embedding(5, 3), FLAT),
    *((lambda layers, n=n: getattr(layers, f"Conv{n}D")(6, 3), ROWS[n - 1]) for n in (1, 2, 3)),
    *((lambda layers, n=n: getattr(layers, f"Conv{n}DTranspose")(6, 3), ROWS[n - 1]) for n in (1, 2, 3)),
    *((lambda layers, n=n: getattr(layers, f"DepthwiseConv{n}D")(3, depth_multiplier=2), ROWS[n - 1]) for n in (1, 2)),
    *((lambda layers, n=n: getattr(layers, f"SeparableConv{n}D")(6, 3, depth_multiplier=2), ROWS[n - 1]) for n in (1, 2)),
    *((lambda layers, n=n: getattr(layers, f"LocallyConnected{n}D")(6, 3), ROWS[n - 1]) for n in (1, 2)),
    *((lambda layers, n=n: getattr(layers, f"ConvLSTM{n}D")(6, 3), (5, *ROWS[n - 1])) for n in (1, 2)),
    (lambda layers: layers.Conv2D(6, 3, groups=2), ROWS[1]),
    (lambda layers: layers.BatchNormalization(), FLAT),
    (lambda layers: layers.BatchNormalization(center=False, axis=1), SEQUENCE),
    (lambda layers: layers.BatchNormalization(scale=False, trainable=False), FLAT),
    (lambda layers: layers.BatchNormalization(renorm=True), FLAT),
    (lambda layers: layers.LayerNormalization(), SEQUENCE),
    (lambda layers: layers.LayerNormalization(axis=[1, 2], center=False), SEQUENCE),
    (lambda layers: layers.GroupNormalization(2), SEQUENCE),
    (lambda layers: layers.RMSNormalization(), FLAT),
    (lambda layers: layers.UnitNormalization(), FLAT),
    (lambda layers: layers.PReLU(shared_axes=[1]), SEQUENCE),
    (lambda layers: layers.SimpleRNN(3), SEQUENCE),
    (lambda layers: layers.GRU(3), SEQUENCE),
    (lambda layers: layers.GRU(3, reset_after=False), SEQUENCE),
    (lambda layers: layers.LSTM(3, use_bias=False, dropout=0.5), SEQUENCE),
    (lambda layers: layers.RNN(layers.LSTMCell(3)), SEQUENCE),
    (lambda layers: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]), SEQUENCE),
    (lambda layers: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.LSTMCell(2)])), SEQUENCE),
    (lambda layers: layers.Bidirectional(layers.LSTM(3)), SEQUENCE),
    (lambda layers: layers.Bidirectional(layers.LSTM(3), backward_layer=layers.GRU(3, go_backwards=True)), SEQUENCE),
    (lambda layers: layers.Bidirectional(layers.RNN(layers.GRUCell(3))), SEQUENCE),
    (lambda layers: layers.TimeDistributed(layers.Dense(3)), SEQUENCE),
    (lambda layers: layers.TimeDistributed(layers.BatchNormalization()), SEQUENCE),
    (lambda layers: layers.AdditiveAttention(), SEQUENCE),
    (lambda layers: layers.Attention(use_scale=True, score_mode="concat"), SEQUENCE),
    (lambda layers: layers.MultiHeadAttention(2, 3, value_dim=5, output_shape=9), SEQUENCE),
    (lambda layers: layers.MultiHeadAttention(2, 3, use_bias=False), SEQUENCE),
    (lambda layers: layers.GroupQueryAttention(3, 4, 2), SEQUENCE),
    (lambda layers: layers.Normalization(), FLAT),
    (lambda layers: layers.Normalization(mean=1.0, variance=2.0), FLAT),
    (lambda layers: layers.Discretization(bin_boundaries=[1.0, 2.0]), FLAT),
    (lambda layers: layers.Dropout(0.5), FLAT),
    (lambda layers: layers.GaussianNoise(0.5), FLAT),
    (lambda layers: layers.RandomFlip(), (9, 9, 3)),
    (lambda layers: layers.Rescaling(2.0), FLAT),
    (lambda layers: layers.STFTSpectrogram(), (1000, 1)),
    (lambda layers: layers.STFTSpectrogram(mode="real"), (1000, 1)),
    (lambda layers: layers.ReversibleEmbedding(5, 3), FLAT),
    (lambda layers: layers.ReversibleEmbedding(5, 3, tie_weights=False), FLAT),
]
NOT_IN = {
    "keras": {"LocallyConnected1D", "LocallyConnected2D"},
    "tf_keras": {"RMSNormalization", "GroupQueryAttention", "STFTSpectrogram", "ReversibleEmbedding", "renorm"},
}
PAIRS = ("AdditiveAttention", "Attention", "MultiHeadAttention", "GroupQueryAttention")


def imported(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


def model_with(keras: ModuleType, make: Callable[[Any], Any], shape: tuple[int, ...]) -> Any:
    """A model of one layer, after a stateless one and before another with weights."""
    layer = make(keras.layers)
    taken = keras.Input(shape)
    name = type(layer).__name__
    if name == "MultiHeadAttention" or (name.startswith("Group") and name.endswith("Attention")):
        given = layer(taken, taken)
    else:
        given = layer([taken, taken]) if name in PAIRS else layer(taken)
    return keras.Model(taken, given)


def _classes(make: Callable) -> list[str]:
    """The classes that a case names, and flags that only one Keras has."""
    named: list[str] = []

    class Layers:
        def __getattr__(self, name: str) -> Callable:
            named.extend({name, WRITTEN_AS.get(name, name)})
            if name in ("SimpleRNN", "GRU", "LSTM", "ConvLSTM1D"):
                named.append(f"{name.removesuffix('1D')}Cell")
            return lambda *_, **flags: named.extend({"renorm"} & flags.keys())

    make(Layers())
    return named


OF_EACH = [(name, make, shape) for name, absent in NOT_IN.items() for make, shape in CASES if not absent & set(_classes(make))]


@pytest.mark.parametrize(
    ("name", "make", "shape"),
    OF_EACH,
    ids=[f"{name}-{number}-{min(_classes(make), key=len)}" for number, (name, make, _) in enumerate(OF_EACH)],
)
def test_a_layer_s_variables_are_those_that_keras_has(
    name: str, make: Callable, shape: tuple[int, ...], opened: Callable, tmp_path: Path
) -> None:
    import h5py

    keras = imported(name)
    model = model_with(keras, make, shape)
    architecture = architecture_of(opened(MemoryTree({"model.json": model.to_json().encode()})))
    assert not list(unknown_in(architecture.root))
    slots = slots_of(architecture.root)
    model.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5") as file:
        numbered: dict[str, tuple[int, ...]] = {}
        file.visititems(lambda path, found: numbered.update({path: found.shape}) if isinstance(found, h5py.Dataset) else None)
    in_file = {slot.numbered: slot.place for slot in slots}
    assert in_file.keys() == numbered.keys()
    for path, place in in_file.items():
        assert _fits(place.shape, numbered[path]), path
    trained = [weight for layer in model.layers for weight in layer.trainable_weights]
    weights = [weight for layer in model.layers for weight in (*layer.trainable_weights, *layer.non_trainable_weights)]
    in_order = in_legacy_order(slots, architecture.root)
    assert [slot.place.name.rpartition("/")[2] for slot in in_order] == [_last_name(weight) for weight in weights]
    assert [slot.place.trainable for slot in in_order] == [any(weight is one for one in trained) for weight in weights]
    assert all(_fits(slot.place.shape, tuple(weight.shape)) for slot, weight in zip(in_order, weights, strict=True))
    assert [_last_name(weight) for weight in model.weights] == [slot.place.name.rpartition("/")[2] for slot in slots]


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
def test_most_shapes_are_known(name: str, opened: Callable) -> None:
    known = total = 0
    for own, make, shape in OF_EACH:
        if own == name:
            text = model_with(imported(name), make, shape).to_json()
            slots = slots_of(architecture_of(opened(MemoryTree({"model.json": text.encode()}))).root)
            total += len(slots)
            known += sum(slot.place.is_definite for slot in slots)
    assert known > 0.7 * total


def test_each_row_is_tried() -> None:
    tried = json.dumps([_classes(make) for make, _ in CASES])
    missing = [row.classes for row in LAYERS if not any(name in tried for name in row.classes)]
    assert missing == [("_Projection",), ("CuDNNGRU",), ("CuDNNLSTM",)]  # the first is no class; the others need another machine


def _fits(known: Any, shape: tuple[int, ...]) -> bool:
    return known is None or (len(known) == len(shape) and all(a is None or a == b for a, b in zip(known, shape, strict=True)))


def _last_name(weight: Any) -> str:
    return getattr(weight, "path", weight.name).rpartition("/")[2].removesuffix(":0")
