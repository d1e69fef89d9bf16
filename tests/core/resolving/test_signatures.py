import pytest

from tfreg.core.errors import SignatureAmbiguousError, SignatureNotFoundError
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.signatures import choose_signature
from tfreg.core.tensors import TensorRef, TensorSpec

INIT = Signature("__saved_model_init_op", "", (), (TensorSpec("__saved_model_init_op", TensorRef("NoOp")),), internal=True)


def choose(keys: str, key: str = "") -> str:
    y = (TensorSpec("y", TensorRef("y")),)
    signatures = tuple(Signature(name, "", (), y) for name in keys.split())
    return choose_signature(MetaGraph(("serve",), (INIT, *signatures), ()), key).key


def test_serving_default_is_chosen_among_several() -> None:
    assert choose("classify predict serving_default") == "serving_default"


def test_else_the_only_callable_one() -> None:
    assert choose("predict") == "predict"


def test_else_the_choices_are_listed_without_initialisers() -> None:
    with pytest.raises(SignatureAmbiguousError) as error:
        choose("classify predict")
    assert error.value.metadata["existing"] == "classify, predict"


def test_a_named_one_is_chosen() -> None:
    assert choose("predict serving_default", "predict") == "predict"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("predict:0", "predict"),
        ("predict_1", "predict"),
        ("pred", ""),
        ("Predict", "predict"),
        ("servin_default", "serving_default"),
    ],
)
def test_a_wrong_key_gets_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(SignatureNotFoundError) as error:
        choose("predict serving_default", wrong)
    assert error.value.metadata["existing"] == "predict, serving_default"
    assert right in error.value.metadata["nearest"]
    assert not right or "Did you mean" in error.value.message


def test_initialisers_are_not_for_callers() -> None:
    with pytest.raises(SignatureNotFoundError, match="not for callers"):
        choose("predict", "__saved_model_init_op")
