import pytest

from tfreg.core.resolving.nearest import MAX_LISTED, MAX_LISTED_CHARACTERS, did_you_mean, listed, nearest, repaired

MANY = [f"block_{i // 100}/layer_{i % 100}/relu" for i in range(100_000)] + ["fc3_layer/kernel", "loss/pred_prob", "fc3"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x:0", "x"),
        ("x_1", "x"),
        ("x_1:0", "x"),
        ("import/x:0", "x"),
        ("import/x_1:0", "x"),
        ("y", "import/y"),
        ("y_2:0", "import/y"),
        ("z", "z_1"),
        ("z:0", "z_1"),
        ("import/z", "z_1"),
        ("nothing", ""),
    ],
)
def test_a_name_is_repaired_by_what_imports_exports_and_sessions_add(wrong: str, right: str) -> None:
    assert repaired(wrong, ["x", "import/y", "z_1"].__contains__) == right


def test_of_several_repairs_the_better_one_is_taken() -> None:
    assert repaired("x:0", ["x", "x_1"].__contains__, lambda name: name == "x_1") == "x_1"
    assert repaired("x:0", ["x", "x_1"].__contains__, lambda name: False) == "x"


@pytest.mark.parametrize(("wrong", "right"), [("probabilites", "probabilities"), ("PROB", "prob"), ("xyz", None)])
def test_the_nearest_of_few_names(wrong: str, right: str | None) -> None:
    assert (nearest(wrong, ["label", "prob", "probabilities"]) or (None,))[0] == right


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("fc3_layer/kernl", "fc3_layer/kernel"),
        ("pred_prob:0", "loss/pred_prob"),
        ("block_7/layer_9/rely", "block_7/layer_9/relu"),
        ("block_777/layer_42/reu", "block_777/layer_42/relu"),
        ("/", None),
        ("quite/unlike/anything", None),
    ],
)
def test_the_nearest_of_very_many_names(wrong: str, right: str | None) -> None:
    assert (nearest(wrong, MANY) or (None,))[0] == right


def test_long_lists_are_cut_and_say_so() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["x"] * 70).endswith(f"x, and {70 - MAX_LISTED} more")
    assert len(listed(["y" * 300] * 70)) <= MAX_LISTED_CHARACTERS + 20
    assert listed(["z" * 5000]) == "and 1 more"


def test_a_question_names_what_there_is_to_offer() -> None:
    assert did_you_mean(["a", "b"]) == " Did you mean 'a' or 'b'?"
    assert did_you_mean([]) == ""
