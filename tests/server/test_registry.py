"""Models, versions, aliases: what a caller sees change."""

from tfreg.v1 import artifacts_pb2, bindings_pb2, registry_pb2
from tfreg.v1.registry_pb2 import AliasMove, DeleteVersionRequest, ListModelsRequest, ListVersionsRequest


def _variant(files, number):
    return {**files, "assets.extra/note": str(number).encode() + b"!"}


def test_lists_come_in_pages(caller, frozen) -> None:
    for name in ("b/two", "a/one", "b/one", "c"):
        caller.push(name, frozen)
    first = caller.registry.ListModels(ListModelsRequest(page_size=3))
    assert [model.name for model in first.models] == ["a/one", "b/one", "b/two"]
    second = caller.registry.ListModels(ListModelsRequest(page_size=3, page_token=first.next_page_token))
    assert ([model.name for model in second.models], second.next_page_token) == (["c"], "")
    assert [model.name for model in caller.registry.ListModels(ListModelsRequest(prefix="b/")).models] == ["b/one", "b/two"]


def test_versions_are_listed_newest_first(caller, saved_model) -> None:
    for number in range(5):
        caller.push("m", _variant(saved_model, number))
    caller.registry.DeleteVersion(DeleteVersionRequest(model="m", version=3))
    first = caller.registry.ListVersions(ListVersionsRequest(model="m", page_size=2))
    assert [version.number for version in first.versions] == [5, 4]
    rest = caller.registry.ListVersions(ListVersionsRequest(model="m", page_token=first.next_page_token))
    assert [version.number for version in rest.versions] == [2, 1]
    every = caller.registry.ListVersions(ListVersionsRequest(model="m", include_deleted=True))
    assert [version.number for version in every.versions if version.HasField("deleted_at")] == [3]


def test_a_deleted_version_can_come_back_and_its_number_is_never_given_again(caller, saved_model) -> None:
    caller.push("m", _variant(saved_model, 1))
    caller.push("m", _variant(saved_model, 2))
    caller.registry.DeleteVersion(DeleteVersionRequest(model="m", version=2))
    error = caller.failure(caller.pull, "m:2")
    assert (error.reason, error.metadata["deleted"]) == ("VERSION_NOT_FOUND", "true")
    assert caller.pull("m") == _variant(saved_model, 1)
    assert caller.push("m", _variant(saved_model, 3)).version.number == 3
    caller.registry.UndeleteVersion(registry_pb2.UndeleteVersionRequest(model="m", version=2))
    assert caller.pull("m:2") == _variant(saved_model, 2)


def test_aliases_move_at_once_and_their_moves_are_kept(caller, saved_model) -> None:
    caller.push("m", _variant(saved_model, 1), alias_moves=[AliasMove(alias="prod"), AliasMove(alias="canary")])
    caller.push("m", _variant(saved_model, 2))
    moves = [AliasMove(alias="prod", version=2, expected_version=1), AliasMove(alias="canary")]
    model = caller.registry.SetAliases(registry_pb2.SetAliasesRequest(model="m", moves=moves)).model
    assert dict(model.aliases) == {"prod": 2}
    request = registry_pb2.ListAliasMovesRequest(model="m", alias="prod")
    told = [(move.from_version, move.to_version) for move in caller.registry.ListAliasMoves(request).moves]
    assert told == [(1, 2), (0, 1)]


def test_pages_of_moves_lose_none(caller, saved_model) -> None:
    caller.push("m", saved_model, alias_moves=[AliasMove(alias=f"a{index}") for index in range(5)])
    caller.registry.SetAliases(
        registry_pb2.SetAliasesRequest(model="m", moves=[AliasMove(alias=f"a{index}") for index in range(3)])
    )
    seen, token = [], ""
    while True:
        page = caller.registry.ListAliasMoves(registry_pb2.ListAliasMovesRequest(model="m", page_size=2, page_token=token))
        seen += [(move.alias, move.to_version) for move in page.moves]
        token = page.next_page_token
        if not token:
            break
    assert sorted(seen) == sorted([(f"a{index}", 1) for index in range(5)] + [(f"a{index}", 0) for index in range(3)])


def test_an_inspection_counts_the_tensors_that_pages_list(caller, saved_model) -> None:
    caller.push("m", saved_model)
    found = caller.artifacts.Inspect(artifacts_pb2.InspectRequest(reference="m")).inspection
    assert [list(meta_graph.tags) for meta_graph in found.meta_graphs] == [["serve"]]
    tensors, token = [], ""
    while True:
        request = artifacts_pb2.ListTensorsRequest(reference="m", page_size=1, page_token=token)
        page = caller.artifacts.ListTensors(request)
        tensors += page.tensors
        token = page.next_page_token
        if not token:
            break
    assert len(tensors) == found.tensor_count > 1
    assert sum(tensor.size_bytes for tensor in tensors) == found.tensor_size_bytes
    assert [tensor.name for tensor in tensors] == sorted(tensor.name for tensor in tensors)


def test_a_binding_is_pinned_by_its_revision_and_asked_again_it_is_unchanged(caller, saved_model) -> None:
    caller.push("m", saved_model, alias_moves=[AliasMove(alias="prod")])
    ask = caller.bindings.Resolve
    first = ask(bindings_pb2.ResolveRequest(reference="m@prod")).binding
    assert (first.version, first.signature, list(first.tags)) == (1, "serving_default", ["serve"])
    assert first.feeds
    assert first.fetches
    assert ask(bindings_pb2.ResolveRequest(reference="m@prod")).binding == first
    again = ask(bindings_pb2.ResolveRequest(reference="m@prod", known_revision=first.revision))
    assert again.unchanged
    assert not again.HasField("binding")


def test_an_answer_changes_with_the_model_at_once(caller, saved_model) -> None:
    caller.push("m", _variant(saved_model, 1), alias_moves=[AliasMove(alias="prod")])
    question = bindings_pb2.ResolveRequest(reference="m@prod")
    first = caller.bindings.Resolve(question).binding
    question.known_revision = first.revision
    assert caller.bindings.Resolve(question).unchanged
    caller.push("m", _variant(saved_model, 2), alias_moves=[AliasMove(alias="prod")])
    second = caller.bindings.Resolve(question)
    assert not second.unchanged
    assert (second.binding.version, second.binding.revision != first.revision) == (2, True)


def test_different_questions_have_different_revisions(caller, saved_model) -> None:
    caller.push("m", saved_model)
    whole = caller.bindings.Resolve(bindings_pb2.ResolveRequest(reference="m")).binding
    key = whole.fetches[0].key
    part = caller.bindings.Resolve(bindings_pb2.ResolveRequest(reference="m", outputs=[key])).binding
    assert part.revision != whole.revision


def test_wrong_names_are_refused_with_the_ones_that_exist(caller, saved_model) -> None:
    caller.push("m", saved_model)
    ask = caller.bindings.Resolve
    cases = {
        "SIGNATURE_NOT_FOUND": bindings_pb2.ResolveRequest(reference="m", signature="serving"),
        "OUTPUT_NOT_FOUND": bindings_pb2.ResolveRequest(reference="m", outputs=["nothing"]),
        "TAG_SET_NOT_FOUND": bindings_pb2.ResolveRequest(reference="m", tags=["train"]),
    }
    for reason, request in cases.items():
        error = caller.failure(ask, request)
        assert (error.reason, bool(error.metadata["existing"])) == (reason, True)
