"""A difference in one line."""

from __future__ import annotations

from tfreg.core.comparing.difference import Difference, FactChange, InterfaceChange, TensorChange, TensorChangeKind
from tfreg.core.comparing.verdict import verdict_of
from tfreg.core.tensors import StoredTensor

ELSEWHERE = (FactChange("format", "saved_model", "frozen_graph"),)
KERNEL = StoredTensor("dense/kernel", "float32", (2,), "file", 0, 8)
SEED = StoredTensor("seed", "int64", (2,), "file", 0, 16)
CHANGED = TensorChange(TensorChangeKind.CHANGED, KERNEL, KERNEL)
REMOVED = TensorChange(TensorChangeKind.REMOVED, KERNEL, None)


def test_the_same_model_is_told_with_its_format() -> None:
    assert verdict_of(Difference(equal_fingerprints=("bytes", "model"))) == "same files"
    assert verdict_of(Difference(equal_fingerprints=("model", "program", "weights"))) == "same model"
    same = Difference(equal_fingerprints=("model",), fact_changes=ELSEWHERE, tensor_changes=(REMOVED,))
    assert verdict_of(same) == "same model in another format"


def test_weights_that_changed_are_counted_without_seeds_and_counters() -> None:
    seed = TensorChange(TensorChangeKind.CHANGED, SEED, SEED)
    found = Difference(equal_fingerprints=("program",), tensor_changes=(CHANGED, CHANGED, seed))
    assert verdict_of(found) == "same program, other weights (2 tensors)"
    assert (
        verdict_of(Difference(equal_fingerprints=("program",), tensor_changes=(seed,))) == "same program, other values (1 tensor)"
    )


def test_another_program_with_the_same_weights() -> None:
    found = Difference(equal_fingerprints=("weights",), op_changes={"Relu": 1})
    assert verdict_of(found) == "other program, same weights"


def test_what_one_format_does_not_store_says_nothing_of_the_weights() -> None:
    found = Difference(tensor_changes=(REMOVED,), fact_changes=ELSEWHERE)
    assert verdict_of(found) == "weights not known to be the same, another format"


def test_the_interface_comes_last() -> None:
    def verdict(rule: str, *, breaking: bool = False) -> str:
        return verdict_of(Difference(breaking, (InterfaceChange(rule, breaking),), equal_fingerprints=("model",)))

    assert verdict("OUTPUT_REMOVED", breaking=True) == "same model; interface breaks"
    assert verdict("OUTPUT_ADDED") == "same model; interface changes"
    assert verdict("NOT_COMPARABLE") == "same model; interface not comparable"
