"""Tensors are matched by path, then by name, then by content."""

from __future__ import annotations

import time

from tfreg.core.comparing.compare import finder
from tfreg.core.comparing.difference import TensorChange
from tfreg.core.comparing.tensors import StoredValues, TensorChanges, tensor_changes
from tfreg.core.digests import Digest, digest_of
from tfreg.core.tensors import Part, StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.core.values.lookup import Found
from tfreg.core.values.reading import Values


def tensor(name: str, content: str = "", *, shape: tuple[int, ...] = (2,), path: str = "") -> StoredTensor:
    return StoredTensor(name, "float32", shape, "file", 0, 8, path=path, digest=digest_of(content.encode()) if content else "")


def digest(found: Found) -> Digest | None:
    return Digest(found.tensors[0].digest) if found.tensors and found.tensors[0].digest else None


def changes(before: list[StoredTensor], after: list[StoredTensor], *, same_format: bool = True) -> TensorChanges:
    return tensor_changes(StoredValues.of(before, digest), StoredValues.of(after, digest), same_format=same_format)


def told(found: list[TensorChange]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.before.name if one.before else "", one.after.name if one.after else "") for one in found]


def test_a_tensor_of_the_same_name_is_equal_or_changed() -> None:
    found = changes([tensor("a", "1"), tensor("b", "1")], [tensor("a", "1"), tensor("b", "2")])
    assert told(found.changes) == [("changed", "b", "b")]
    assert found.equal_count == 1


def test_another_shape_is_a_change_whatever_the_content() -> None:
    assert told(changes([tensor("a", "1")], [tensor("a", "1", shape=(1, 2))]).changes) == [("changed", "a", "a")]


def test_the_same_content_under_another_name_was_renamed() -> None:
    found = changes([tensor("a", "1")], [tensor("z", "1")])
    assert told(found.changes) == [("renamed", "a", "z")]
    assert found.equal_count == 1


def test_a_variable_is_found_by_its_path_even_if_it_was_trained_on() -> None:
    found = changes([tensor("v/3", "1", path="dense/kernel")], [tensor("v/7", "2", path="dense/kernel")])
    assert told(found.changes) == [("changed", "v/3", "v/7")]


def export(order: list[str], contents: dict[str, str]) -> list[StoredTensor]:
    """As Keras exports a model: each variable under two keys, of which one counts in an order that is never the same."""
    keys = sorted(contents)
    every = [tensor(f"_all_variables/{number}", contents[path], path=path) for number, path in enumerate(order)]
    return every + [tensor(f"variables/{keys.index(path)}", contents[path], path=path) for path in keys]


def test_two_exports_are_matched_by_path_however_they_number_their_variables() -> None:
    was = {"conv/kernel": "1", "conv/bias": "2", "scores/kernel": "3", "scores/bias": "4"}
    tuned = was | {"scores/kernel": "5", "scores/bias": "6"}
    found = changes(export(list(was), was), export(list(reversed(was)), tuned))
    assert {one.after.path for one in found.changes if one.after} == {"scores/kernel", "scores/bias"}
    assert ([one.kind for one in found.changes], found.equal_count) == (["changed", "changed"], 2)


def test_values_of_one_path_that_differ_are_matched_by_name() -> None:
    before = [tensor("a", "1", path="p"), tensor("b", "2", path="p")]
    after = [tensor("a", "1", path="p"), tensor("b", "3", path="p")]
    assert told(changes(before, after).changes) == [("changed", "b", "b")]


def test_a_key_that_means_another_variable_now_does_not_match() -> None:
    before = [tensor("v/0", "1", path="a"), tensor("v/1", "2", path="b")]
    after = [tensor("v/0", "2", path="c"), tensor("v/1", "3", path="d")]
    found = changes(before, after)
    assert told(found.changes) == [("removed", "v/0", ""), ("renamed", "v/1", "v/0"), ("added", "", "v/1")]


def test_a_key_whose_path_was_renamed_still_matches() -> None:
    found = changes([tensor("v/6", "1", path="seed/state")], [tensor("v/6", "2", path="seed_1/state")])
    assert told(found.changes) == [("changed", "v/6", "v/6")]


def test_what_is_left_was_added_or_removed() -> None:
    found = changes([tensor("a", "1")], [tensor("b", "2")])
    assert told(found.changes) == [("removed", "a", ""), ("added", "", "b")]


def test_copies_count_within_a_format_and_not_between_two() -> None:
    before, after = [tensor("a", "1")], [tensor("a", "1"), tensor("copy", "1")]
    assert told(changes(before, after).changes) == [("added", "", "copy")]
    assert changes(before, after, same_format=False).changes == []
    assert changes(after, before, same_format=False).changes == []


def test_what_cannot_be_read_is_not_said_to_have_changed() -> None:
    found = changes([tensor("a")], [tensor("a", "1")])
    assert (found.changes, found.equal_count) == ([], 0)


def test_a_partitioned_variable_is_one_tensor() -> None:
    slices = [
        StoredTensor(f"v[{begin}]", "float32", (1, 2), "file", 0, 8, part=Part("v", (2, 2), (begin, 0))) for begin in range(2)
    ]
    (change,) = changes(slices, []).changes
    assert change.before
    assert (change.before.name, change.before.shape, change.before.size_bytes) == ("v", (2, 2), 16)


def test_a_value_that_is_not_listed_is_looked_for() -> None:
    hidden = tensor("bias", "1")
    after = StoredValues.of([], digest, lambda name: Found(name, "float32", (2,), (hidden,)) if name == "bias" else None)
    found = tensor_changes(StoredValues.of([tensor("bias", "1")], digest), after, same_format=False)
    assert (found.changes, found.equal_count) == ([], 1)


def test_names_that_only_the_other_side_has_are_looked_up_fast() -> None:
    tensors = [StoredTensor(f"model/layer_{number}/kernel", "uint8", (1,), "f", 0, 1) for number in range(2_000)]
    find = finder(Values(MemoryTree({"f": b"x"}), tensors))
    started = time.monotonic()
    assert not any(find(f"model/block_{number}/kernel") for number in range(2_000))
    assert time.monotonic() - started < 10


def test_single_texts_of_a_graph_are_no_tensors_to_compare() -> None:
    texts = [StoredTensor("Const", "string", (), "file", 0, 8, constant=True, digest=digest_of(text)) for text in (b"1", b"2")]
    assert changes(texts[:1], texts[1:]).changes == []
