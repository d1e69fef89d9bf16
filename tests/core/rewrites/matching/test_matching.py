"""How weights find their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.errors import RequestInvalidError, WeightsMismatchError
from tfreg.core.rewrites.matching import Place, match
from tfreg.core.rewrites.weights import Weight


def weight(name: str, *shape: int, dtype: str = "float32", path: str = "") -> Weight:
    return Weight(name, path or name, dtype, shape, ())


def place(name: str, *shape: int | None, dtype: str = "float32", path: str = "", others: tuple[str, ...] = ()) -> Place:
    return Place(name, path, dtype, shape, True, others)


def found(weights: list[Weight], places: list[Place], how: str = "", *, partial: bool = False, ordered: bool = False) -> dict:
    pairs, _ = match(weights, places, how, partial, ordered=ordered)
    return {filled.name: taken.name for taken, filled in pairs}


KERNEL, BIAS = place("dense/kernel", 3, 4), place("dense/bias", 4)


def test_equal_names_find_each_other():
    weights = [weight("dense/bias", 4), weight("dense/kernel", 3, 4)]
    pairs, matches = match(weights, [KERNEL, BIAS], "", False)
    assert [(taken.name, filled.name) for taken, filled in pairs] == [("dense/kernel",) * 2, ("dense/bias",) * 2]
    assert matches.by == "name"
    assert len(matches.matched) == 2


def test_the_number_of_an_output_is_no_part_of_a_name():
    assert found([weight("dense/kernel:0", 3, 4), weight("dense/bias:0", 4)], [KERNEL, BIAS])


def test_one_scope_before_all_names_is_passed_over():
    weights = [weight("model/dense/kernel", 3, 4), weight("model/dense/bias", 4)]
    assert found(weights, [KERNEL, BIAS]) == {"dense/kernel": "model/dense/kernel", "dense/bias": "model/dense/bias"}


def test_two_scopes_that_both_fit_are_no_match():
    weights = [
        weight(f"{scope}/dense/{name}", *shape) for scope in ("a", "b") for name, shape in (("kernel", (3, 4)), ("bias", (4,)))
    ]
    with pytest.raises(WeightsMismatchError) as caught:
        match(weights, [KERNEL, BIAS], "", False)
    assert "dense/kernel" in caught.value.message
    assert "--match" in caught.value.hint
    assert "--partial" in caught.value.hint


def test_the_scope_with_all_names_wins_over_one_with_some():
    weights = [weight("a/dense/kernel", 3, 4), weight("b/dense/kernel", 3, 4), weight("b/dense/bias", 4)]
    assert found(weights, [KERNEL, BIAS]) == {"dense/kernel": "b/dense/kernel", "dense/bias": "b/dense/bias"}


def test_a_scope_of_the_place_that_the_weight_lacks_is_passed_over_where_nothing_else_fits():
    places = [place("tower/low/kernel", 3), place("prob/kernel", 3)]
    assert found([weight("low/kernel", 3), weight("prob/kernel", 3)], places)["tower/low/kernel"] == "low/kernel"


def test_a_last_segment_alone_is_no_name():
    with pytest.raises(WeightsMismatchError):
        match([weight("kernel", 3)], [place("dense/kernel", 3), place("last/kernel", 3)], "name", False)


def test_cells_are_numbered_anew_in_each_program():
    places = [place("a/lstm_cell/kernel", 3), place("b/lstm_cell/kernel", 3)]
    weights = [weight("a/lstm_cell_7/kernel", 3), weight("b/lstm_cell_8/kernel", 3)]
    assert found(weights, places) == {"a/lstm_cell/kernel": "a/lstm_cell_7/kernel", "b/lstm_cell/kernel": "b/lstm_cell_8/kernel"}


def test_paths_are_tried_after_names():
    weights = [weight("x", 3, 4, path="layers/dense/vars/0"), weight("y", 4, path="layers/dense/vars/1")]
    places = [
        place("dense/kernel", 3, 4, others=("layers/dense/vars/0",)),
        place("dense/bias", 4, others=("layers/dense/vars/1",)),
    ]
    assert found(weights, places) == {"dense/kernel": "x", "dense/bias": "y"}
    with pytest.raises(WeightsMismatchError):
        match(weights, places, "name", False)


def test_order_is_gone_by_unasked_only_where_it_is_known_to_be_keras_s():
    weights = [weight("arr_0", 3, 4), weight("arr_1", 4)]
    assert found(weights, [KERNEL, BIAS], ordered=True) == {"dense/kernel": "arr_0", "dense/bias": "arr_1"}
    assert found(weights, [KERNEL, BIAS], "order") == {"dense/kernel": "arr_0", "dense/bias": "arr_1"}
    with pytest.raises(WeightsMismatchError):
        match(weights, [KERNEL, BIAS], "", False)


def test_in_order_no_weight_may_be_left_over():
    weights = [weight("arr_0", 3, 4), weight("arr_1", 4), weight("arr_2", 4)]
    with pytest.raises(WeightsMismatchError):
        match(weights, [KERNEL, BIAS], "", False, ordered=True)


def test_by_name_weights_may_be_left_over_and_are_listed():
    weights = [weight("dense/kernel", 3, 4), weight("dense/bias", 4), weight("other", 9)]
    _, matches = match(weights, [KERNEL, BIAS], "", False)
    assert matches.left_over == ("other",)


@pytest.mark.parametrize(
    "weights",
    [
        [weight("dense/kernel", 3, 5), weight("dense/bias", 4)],
        [weight("dense/kernel", 3, 4, dtype="float64"), weight("dense/bias", 4)],
        [weight("dense/kernel", 12), weight("dense/bias", 4)],
    ],
)
def test_a_clash_of_shape_or_dtype_is_an_error_unless_what_fits_is_enough(weights):
    with pytest.raises(WeightsMismatchError) as caught:
        match(weights, [KERNEL, BIAS], "name", False)
    assert "dense/kernel" in caught.value.metadata["misshaped"]
    pairs, matches = match(weights, [KERNEL, BIAS], "name", True)
    assert [filled.name for _, filled in pairs] == ["dense/bias"]
    assert len(matches.misshaped) == 1


def test_sizes_that_are_not_known_fit_any():
    assert found([weight("dense/kernel", 3, 4)], [place("dense/kernel", None, 4)])
    assert found([weight("dense/kernel", 3, 4)], [Place("dense/kernel")])


def test_a_place_without_a_weight_is_an_error_unless_what_fits_is_enough():
    with pytest.raises(WeightsMismatchError, match=r"without a weight: dense/bias"):
        match([weight("dense/kernel", 3, 4)], [KERNEL, BIAS], "", False)
    _, matches = match([weight("dense/kernel", 3, 4)], [KERNEL, BIAS], "", True)
    assert matches.missing == ("dense/bias",)


def test_of_many_mismatches_the_first_are_told():
    with pytest.raises(WeightsMismatchError) as caught:
        match([], [place(f"layer_{number}/kernel", 2) for number in range(9)], "", False)
    assert "layer_4/kernel and 4 more" in caught.value.message


def test_no_weights_fit_no_places():
    assert match([], [], "", False)[0] == []


def test_there_are_three_ways():
    with pytest.raises(RequestInvalidError):
        match([], [], "luck", False)


names = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(st.lists(names, max_size=12), st.lists(names, max_size=12))
def test_no_weight_fills_two_places(given_names, wanted):
    pairs, matches = match([weight(name, 1) for name in given_names], [place(name, 1) for name in wanted], "name", True)
    assert len({id(taken) for taken, _ in pairs}) == len(pairs) == len(matches.matched)
    assert len(matches.matched) + len(matches.missing) == len(wanted)
    assert len(matches.matched) + len(matches.left_over) == len(given_names)


@given(st.lists(names, max_size=12, unique=True), st.sampled_from(["", "root/", "a/b/"]), st.randoms())
def test_names_under_one_scope_always_find_their_places(wanted, scope, random):
    weights = [weight(f"{scope}{name}", 1) for name in wanted]
    random.shuffle(weights)
    taken = found(weights, [place(name, 1) for name in wanted], "name", partial=True)
    assert all(given_name == f"{scope}{name}" for name, given_name in taken.items()) or scope
    if not scope:
        assert len(taken) == len(wanted)


def test_of_an_order_that_does_not_fit_the_first_clash_is_told_and_what_to_leave_out():
    weights = [weight("a", 2), weight("b", 3)]
    places = [place("x", 3), place("y", 2)]
    with pytest.raises(
        WeightsMismatchError, match=r"the first that does not fit: x is float32\[3\], a is float32\[2\]\. "
    ) as refused:
        match(weights, places, "order", False)
    assert "Leave --match out" in refused.value.hint
