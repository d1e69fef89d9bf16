"""ListSameVersions and Compare: what a caller is told of two models."""

from tfreg.v1.artifacts_pb2 import CompareRequest
from tfreg.v1.registry_pb2 import (
    SAMENESS_BYTES,
    SAMENESS_MODEL,
    SAMENESS_WEIGHTS,
    DeleteVersionRequest,
    ListSameVersionsRequest,
)


def _same(caller, reference):
    found = caller.registry.ListSameVersions(ListSameVersionsRequest(reference=reference))
    return [(f"{one.version.model}:{one.version.number}", one.sameness) for one in found.versions]


def test_the_same_model_is_found_under_any_name_and_format(caller, saved_model, frozen) -> None:
    caller.push("a/one", saved_model)
    caller.push("b/frozen", frozen)
    caller.push("c/copy", saved_model)
    caller.push("c/copy", {**saved_model, "assets.extra/note": b"other bytes, same model"})
    assert _same(caller, "a/one") == [("b/frozen:1", SAMENESS_MODEL), ("c/copy:2", SAMENESS_MODEL), ("c/copy:1", SAMENESS_BYTES)]
    caller.registry.DeleteVersion(DeleteVersionRequest(model="c/copy", version=1))
    assert [name for name, _ in _same(caller, "b/frozen")] == ["a/one:1", "c/copy:2"]


def test_the_same_weights_are_told_as_such(caller, models) -> None:
    for name in ("same_keras_v3.keras", "same_keras_h5.h5"):
        caller.push(name.replace(".", "_"), {name: (models / name).read_bytes()})
    assert _same(caller, "same_keras_h5_h5") == [("same_keras_v3_keras:1", SAMENESS_WEIGHTS)]


def test_same_versions_come_in_pages_and_name_what_they_are_compared_with(caller, frozen) -> None:
    for name in ("a", "b", "c", "d", "e"):
        caller.push(name, frozen)
    names, token = [], ""
    while True:
        page = caller.registry.ListSameVersions(ListSameVersionsRequest(reference="c", page_size=2, page_token=token))
        assert page.version.model == "c"
        names += [one.version.model for one in page.versions]
        token = page.next_page_token
        if not token:
            break
    assert names == ["a", "b", "d", "e"]


def test_a_strange_token_is_refused(caller, frozen) -> None:
    caller.push("a", frozen)
    request = ListSameVersionsRequest(reference="a", page_token="nonsense")
    assert caller.failure(caller.registry.ListSameVersions, request).reason == "PAGE_TOKEN_INVALID"


def test_compare_tells_interface_tensors_ops_and_facts(caller, saved_model, frozen) -> None:
    caller.push("was", saved_model)
    caller.push("is", frozen)
    found = caller.artifacts.Compare(CompareRequest(before="was", after="is"))
    assert found.breaking
    assert [change.rule for change in found.interface_changes] == ["SIGNATURE_REMOVED", "SIGNATURE_REMOVED"]
    assert list(found.equal_fingerprints) == ["model", "program", "weights"]
    assert (found.equal_tensor_count, len(found.tensor_changes)) == (5, 0)
    assert found.op_changes["VariableV2"] == -5
    assert {fact.name: (fact.before, fact.after) for fact in found.fact_changes}["format"] == ("saved_model", "frozen_graph")


def test_compare_reads_how_much_changed_if_it_is_asked_to(caller, models) -> None:
    for name in ("checkpoint_v1", "checkpoint_no_state"):
        files = {path.name: path.read_bytes() for path in (models / name).iterdir() if "graph" not in path.name}
        caller.push(name, files, allow_broken=True)
    request = CompareRequest(before="checkpoint_v1", after="checkpoint_no_state", with_max_abs_difference=True)
    changes = caller.artifacts.Compare(request).tensor_changes
    changed = [one for one in changes if one.HasField("max_abs_difference")]
    assert changed
    assert all(one.max_abs_difference > 0 for one in changed)
    request.with_max_abs_difference = False
    assert not any(one.HasField("max_abs_difference") for one in caller.artifacts.Compare(request).tensor_changes)


def test_what_is_not_there_is_told(caller, frozen) -> None:
    caller.push("m", frozen)
    assert caller.failure(caller.artifacts.Compare, CompareRequest(before="m", after="n")).reason == "MODEL_NOT_FOUND"
    assert caller.failure(caller.registry.ListSameVersions, ListSameVersionsRequest(reference="n")).reason == "MODEL_NOT_FOUND"
