"""What became of each logical key."""

from __future__ import annotations

import pytest

from tfreg.core.conversions.name_map import Changes, name_map
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.conversions.results import MappedName
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.inspections import Inspection, KerasModel, MetaGraph, Signature
from tfreg.core.tensors import TensorRef, TensorSpec


def spec(key: str, tensor: str = "", index: int | None = None) -> TensorSpec:
    return TensorSpec(key, TensorRef.parse(tensor) if tensor else None, "float32", (None,), tensor_index=index)


def signed(*signatures: Signature, kind: str = "saved_model") -> Inspection:
    return Inspection(kind, (MetaGraph(("serve",), signatures, ()),))


def signature(inputs: list[TensorSpec], outputs: list[TensorSpec], key: str = "serving_default") -> Signature:
    return Signature(key, "", tuple(inputs), tuple(outputs))


def mapped(before: Inspection, after: Inspection, changes: Changes | None = None, **options: object) -> dict[str, MappedName]:
    found = name_map(before, after, ConversionOptions(**options), changes or Changes())  # type: ignore[arg-type]
    return {name.key: name for name in found}


SOURCE = signed(signature([spec("x", "serving_default_x:0"), spec("label_ids", "label_ids:0")], [spec("y", "Call:0")]))


def test_a_key_is_found_by_its_name() -> None:
    names = mapped(
        SOURCE,
        signed(signature([spec("x", "x:0")], [spec("y", "Identity:0")])),
        Changes(pruned={"label_ids": "no output depends on it"}),
    )
    assert names["x"].before == TensorRef("serving_default_x")
    assert names["x"].after == TensorRef("x")
    assert names["y"].after == TensorRef("Identity")
    assert names["y"].is_output


def test_a_pruned_key_is_told_with_the_reason() -> None:
    after = signed(signature([spec("x", "x:0")], [spec("y", "Identity:0")]))
    names = mapped(SOURCE, after, Changes(pruned={"label_ids": "no output depends on it"}))
    assert names["label_ids"].pruned == "no output depends on it"
    assert names["label_ids"].after is None


def test_a_key_that_is_lost_without_a_reason_refuses_the_conversion() -> None:
    with pytest.raises(ConversionRefusedError, match="would lose 'label_ids'"):
        mapped(SOURCE, signed(signature([spec("x", "x:0")], [spec("y", "Identity:0")])))


def test_a_key_that_was_not_asked_for_is_pruned() -> None:
    after = signed(signature([spec("x", "x:0")], [spec("y", "Identity:0")]))
    names = mapped(SOURCE, after, inputs=(NamedTensor("x"),))
    assert names["label_ids"].pruned == "it is not among those that were asked for"


def test_a_key_of_another_name_is_found_by_its_tensor() -> None:
    after = signed(signature([spec("image", "serving_default_x:0")], [spec("score", "other:0")], key="classify"))
    names = mapped(
        signed(signature([spec("x", "serving_default_x:0")], [spec("y", "Call:0")])), after, Changes({"Call:0": "other:0"})
    )
    assert (names["x"].new_key, names["x"].new_signature) == ("image", "classify")
    assert names["y"].new_key == "score"


def test_a_tflite_model_is_named_by_index() -> None:
    after = signed(signature([spec("x", index=3)], [spec("y", index=7)]), kind="tflite")
    names = mapped(signed(signature([spec("x", "x:0")], [spec("y", "y:0")])), after)
    assert (names["x"].tensor_index, names["y"].tensor_index) == (3, 7)


def test_a_keras_models_names_become_those_of_its_signature() -> None:
    before = Inspection("keras_v3", keras=KerasModel("m", "Functional", (spec("image"),), (spec("prob"),)))
    names = mapped(before, signed(signature([spec("image", "serving_default_image:0")], [spec("prob", "Call:0")])))
    assert names["image"].before is None
    assert names["prob"].after == TensorRef("Call")


def test_all_signatures_that_the_result_has_are_mapped() -> None:
    two = signed(signature([spec("x", "x:0")], [spec("y", "y:0")], "a"), signature([spec("x", "x:0")], [spec("z", "z:0")], "b"))
    assert {name.signature for name in name_map(two, two, ConversionOptions(), Changes())} == {"a", "b"}


def test_a_source_without_signatures_has_the_names_that_were_given() -> None:
    names = mapped(
        Inspection("frozen_graph", (MetaGraph((), (), ()),)), signed(signature([spec("x", "x:0")], [spec("y", "y:0")]))
    )
    assert names["x"].before == names["x"].after == TensorRef("x")


def test_mere_weights_have_no_names() -> None:
    assert name_map(SOURCE, Inspection("npz"), ConversionOptions(), Changes()) == ()


def test_names_that_change_twice_are_followed() -> None:
    changes = Changes({"a:0": "b:0"}).then({"b:0": "c:0", "x:0": "y:0"}, {})
    assert changes.renamed == {"a:0": "c:0", "b:0": "c:0", "x:0": "y:0"}


def test_a_renamed_tensor_of_a_source_without_signatures_is_told_by_its_name_in_the_source() -> None:
    after = signed(signature([spec("x", "x:0")], [spec("p", "out:0")]))
    found = name_map(after, after, ConversionOptions(), Changes({"prob:0": "out:0"}), {"prob:0": "out:0"})
    assert {name.key: (str(name.before), str(name.after)) for name in found} == {"x": ("x:0", "x:0"), "p": ("prob:0", "out:0")}


def test_a_tensor_that_was_asked_for_beyond_the_signature_is_told_under_its_new_key() -> None:
    before = signed(signature([spec("x", "x:0")], [spec("y", "y:0")]))
    after = signed(signature([spec("x", "x:0")], [spec("y", "y:0"), spec("logits", "renamed:0")]))
    asked = (NamedTensor("y"), NamedTensor("fc:0", "logits"))
    names = mapped(before, after, Changes({"fc:0": "renamed:0"}), outputs=asked)
    assert (names["logits"].before, names["logits"].after) == (TensorRef("fc"), TensorRef("renamed"))
