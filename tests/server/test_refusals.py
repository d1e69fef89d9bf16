"""Each call refuses what it must with the reason that the protos list, and changes nothing."""

import pytest

from tfreg.core.digests import digest_of
from tfreg.v1 import artifacts_pb2, bindings_pb2, blobs_pb2, registry_pb2

ABSENT = "sha256:" + "0" * 64


@pytest.fixture
def reason(caller):
    """The reason that a call fails with."""
    return lambda *args, **kwargs: caller.failure(*args, **kwargs).reason


# -- blobs --


@pytest.mark.parametrize(
    ("digest", "size_bytes", "expected"),
    [
        ("sha256:abc", 1, "DIGEST_INVALID"),
        (ABSENT, 16 * 1024 * 1024 + 1, "BLOB_TOO_LARGE"),
        (ABSENT, 0, "SIZE_MISMATCH"),
        (ABSENT, -1, "SIZE_MISMATCH"),
    ],
)
def test_find_missing_refuses_blobs_that_cannot_be(caller, reason, digest, size_bytes, expected) -> None:
    request = blobs_pb2.FindMissingRequest(blobs=[blobs_pb2.BlobRef(digest=digest, size_bytes=size_bytes)])
    assert reason(caller.blobs.FindMissing, request) == expected


def test_find_missing_refuses_more_blobs_than_the_limit(caller, reason) -> None:
    request = blobs_pb2.FindMissingRequest(blobs=[blobs_pb2.BlobRef(digest=ABSENT, size_bytes=1)] * 4097)
    assert reason(caller.blobs.FindMissing, request) == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("lease_id", ["unknown", "../../etc"])
def test_an_unknown_lease_is_refused_everywhere(caller, reason, wire, frozen, lease_id) -> None:
    assert reason(caller.blobs.FindMissing, blobs_pb2.FindMissingRequest(lease_id=lease_id)) == "LEASE_NOT_FOUND"
    assert reason(caller.send, lease_id, b"x") == "LEASE_NOT_FOUND"
    caller.upload(frozen)
    assert reason(caller.registry.CreateVersion, wire.creation("a", frozen, lease_id=lease_id)) == "LEASE_NOT_FOUND"


def _write(caller, *requests):
    lease_id = caller.lease(b"content").lease_id
    requests[0].lease_id = lease_id
    return lambda: caller.blobs.Write(iter(requests))


@pytest.mark.parametrize(
    ("sent", "announced_bytes", "expected"),
    [
        (b"CONTENT", 7, "DIGEST_MISMATCH"),
        (b"content!", 7, "SIZE_MISMATCH"),
        (b"conten", 7, "STREAM_INVALID"),
        (b"content", 17 * 1024 * 1024, "BLOB_TOO_LARGE"),
    ],
)
def test_bytes_that_are_not_what_was_announced_are_refused(caller, reason, sent, announced_bytes, expected) -> None:
    blob = blobs_pb2.BlobRef(digest=digest_of(b"content"), size_bytes=announced_bytes)
    assert reason(_write(caller, blobs_pb2.WriteRequest(blob=blob, data=sent))) == expected
    assert caller.lease(b"content").missing == [digest_of(b"content")]


def test_a_stream_that_makes_no_sense_is_refused(caller, reason, wire) -> None:
    assert reason(caller.blobs.Write, iter([])) == "STREAM_INVALID"
    assert reason(_write(caller, blobs_pb2.WriteRequest(data=b"content"))) == "STREAM_INVALID"
    half = blobs_pb2.WriteRequest(blob=wire.blob_ref(b"content"), data=b"con")
    assert (
        reason(_write(caller, half, blobs_pb2.WriteRequest(blob=wire.blob_ref(b"content"), data=b"content"))) == "STREAM_INVALID"
    )


def test_blobs_that_came_whole_before_a_bad_one_are_kept(caller, reason, wire) -> None:
    lease_id = caller.lease(b"good", b"bad").lease_id
    bad = blobs_pb2.WriteRequest(blob=wire.blob_ref(b"bad"), data=b"BAD")
    assert reason(caller.blobs.Write, iter([*wire.messages(lease_id, b"good"), bad])) == "DIGEST_MISMATCH"
    assert caller.lease(b"good", b"bad").missing == [digest_of(b"bad")]


def test_a_message_that_is_none_is_refused(caller, reason) -> None:
    raw = caller.channel.unary_unary("/tfreg.v1.BindingService/Resolve")
    assert reason(raw, b"\xff\xff\xff") == "REQUEST_INVALID"
    stream = caller.channel.stream_unary("/tfreg.v1.BlobService/Write")
    assert reason(stream, iter([b"\x1a\xff"])) == "REQUEST_INVALID"


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 8, "RANGE_INVALID"), (8, 0, "RANGE_INVALID"), (-1, 1, "RANGE_INVALID"), (3, -1, "RANGE_INVALID")],
)
def test_a_range_must_lie_within_its_blob(caller, reason, offset, length, expected) -> None:
    caller.send(caller.lease(b"content").lease_id, b"content")
    assert reason(caller.read, digest_of(b"content"), offset, length) == expected


def test_a_blob_that_is_not_there_is_not_found(caller, reason) -> None:
    assert reason(caller.read, ABSENT) == "BLOB_NOT_FOUND"


def test_a_blob_whose_bytes_are_gone_is_told_as_damaged(caller, stores, reason) -> None:
    caller.send(caller.lease(b"content").lease_id, b"content")
    stores.blobs.delete([digest_of(b"content")])
    assert reason(caller.read, digest_of(b"content")) == "BLOB_DAMAGED"


# -- commits --


def test_a_commit_without_its_blobs_names_what_is_missing(caller, wire, frozen) -> None:
    error = caller.failure(caller.registry.CreateVersion, wire.creation("team/bert", frozen))
    assert error.reason == "BLOB_MISSING"
    assert digest_of(wire.pieces(frozen["graph.pb"])[0]) in error.metadata["missing"]
    assert caller.failure(caller.pull, "team/bert").reason == "MODEL_NOT_FOUND"


def test_a_commit_with_a_false_file_digest_is_refused(caller, reason, wire, frozen) -> None:
    lease_id = caller.upload(frozen)
    request = wire.creation("team/bert", frozen, lease_id=lease_id)
    request.manifest.files[0].digest = digest_of(b"something else")
    assert reason(caller.registry.CreateVersion, request) == "DIGEST_MISMATCH"
    assert reason(caller.pull, "team/bert") == "MODEL_NOT_FOUND"


def test_a_commit_with_a_false_size_is_refused(caller, reason, wire, frozen) -> None:
    request = wire.creation("team/bert", frozen, lease_id=caller.upload(frozen))
    request.manifest.files[0].size_bytes += 1
    assert reason(caller.registry.CreateVersion, request) == "LAYOUT_INVALID"


def test_a_slice_that_passes_its_blob_is_refused(caller, wire, frozen) -> None:
    content = frozen["graph.pb"]
    lease_id = caller.upload(frozen)
    extent = artifacts_pb2.Extent(
        blob=artifacts_pb2.BlobSlice(digest=digest_of(wire.pieces(content)[0]), length_bytes=len(content))
    )
    layout = artifacts_pb2.FileLayout(path="graph.pb", extents=[extent])
    error = caller.failure(caller.registry.CreateVersion, wire.creation("a", frozen, lease_id=lease_id, layouts=[layout]))
    assert error.reason == "LAYOUT_INVALID"


@pytest.mark.parametrize(
    "path", ["../graph.pb", "/graph.pb", "a/../../graph.pb", "graph\0.pb", "x" * 300, "a\\graph.pb", "./graph.pb"]
)
def test_a_manifest_with_a_path_that_escapes_is_refused(caller, reason, wire, frozen, path) -> None:
    request = wire.creation("team/bert", {path: frozen["graph.pb"]}, lease_id=caller.upload(frozen))
    assert reason(caller.registry.CreateVersion, request) == "PATH_INVALID"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": "Team/Bert"}, "MODEL_NAME_INVALID"),
        ({"model": "a/b/c/d/e"}, "MODEL_NAME_INVALID"),
        ({"model": ""}, "MODEL_NAME_INVALID"),
        ({"alias_moves": [registry_pb2.AliasMove(alias="Prod")]}, "ALIAS_INVALID"),
        ({"alias_moves": [registry_pb2.AliasMove(alias="prod")] * 2}, "ALIAS_INVALID"),
        ({"manifest": artifacts_pb2.Manifest(), "layouts": []}, "MANIFEST_INVALID"),
        ({"layouts": []}, "LAYOUT_INVALID"),
        ({"labels": {"Commit": "x"}}, "LABEL_INVALID"),
        ({"labels": {"commit": "x\n"}}, "LABEL_INVALID"),
        ({"labels": {"commit": "x" * 1025}}, "LABEL_INVALID"),
        ({"labels": {f"k{index}": "" for index in range(65)}}, "LABEL_INVALID"),
        ({"format": "darknet"}, "FORMAT_UNKNOWN"),
        ({"format": "saved_model"}, "FORMAT_MISMATCH"),
        ({"expected_newest_version": 3}, "VERSION_CONFLICT"),
        ({"alias_moves": [registry_pb2.AliasMove(alias="prod", expected_version=3)]}, "ALIAS_CONFLICT"),
    ],
)
def test_a_commit_that_breaks_a_rule_is_refused(caller, reason, wire, frozen, fields, expected) -> None:  # noqa: PLR0917
    request = wire.creation("team/bert", frozen, lease_id=caller.upload(frozen), **fields)
    assert reason(caller.registry.CreateVersion, request) == expected
    assert reason(caller.pull, "team/bert") == "MODEL_NOT_FOUND"


@pytest.mark.parametrize(("role", "name"), [("Labels", "a.txt"), ("", "a.txt"), ("labels", "a/b.txt"), ("labels", "..")])
def test_an_attachment_needs_a_role_and_a_plain_name(caller, reason, wire, frozen, role, name) -> None:  # noqa: PLR0917
    content = b"cat\n"
    lease_id = caller.upload({**frozen, name: content})
    attachment = registry_pb2.NewAttachment(
        attachment=artifacts_pb2.Attachment(role=role, file=wire.manifest_file(name, content)),
        layout=wire.file_layout(name, content),
    )
    request = wire.creation("team/bert", frozen, lease_id=lease_id, attachments=[attachment])
    assert reason(caller.registry.CreateVersion, request) in {"ATTACHMENT_INVALID", "PATH_INVALID"}


@pytest.mark.parametrize("files", [{"notes.txt": b"no model"}, {"saved_model.txt": b""}, {"a.zip": b"PK\x03\x04"}])
def test_files_that_are_no_model_are_refused(caller, reason, files) -> None:
    assert reason(caller.push, "team/bert", files) == "NOT_A_MODEL"


def test_a_broken_model_is_refused_unless_it_is_allowed(caller, saved_model) -> None:
    broken = {**saved_model, "saved_model.pb": saved_model["saved_model.pb"][:20_000]}
    error = caller.failure(caller.push, "team/bert", broken)
    assert error.reason == "MODEL_BROKEN"
    assert error.metadata["codes"].startswith("TFR")
    made = caller.push("team/bert", broken, allow_broken=True)
    assert made.created
    assert made.problems


# -- references --


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("team/bert:", "REFERENCE_INVALID"),
        ("./team", "REFERENCE_INVALID"),
        ("team/brt", "MODEL_NOT_FOUND"),
        ("team/bert:7", "VERSION_NOT_FOUND"),
        ("team/bert@prd", "ALIAS_NOT_FOUND"),
        (f"team/bert@{ABSENT}", "ARTIFACT_NOT_FOUND"),
    ],
)
def test_a_reference_that_stands_for_nothing_is_refused_by_all_that_take_one(caller, reason, frozen, reference, expected) -> None:
    caller.push("team/bert", frozen, alias_moves=[registry_pb2.AliasMove(alias="prod")])
    assert reason(caller.registry.GetVersion, registry_pb2.GetVersionRequest(reference=reference)) == expected
    assert reason(caller.artifacts.GetArtifact, artifacts_pb2.GetArtifactRequest(reference=reference)) == expected
    assert reason(caller.artifacts.Inspect, artifacts_pb2.InspectRequest(reference=reference)) == expected
    assert reason(caller.artifacts.ListTensors, artifacts_pb2.ListTensorsRequest(reference=reference)) == expected
    assert reason(caller.bindings.Resolve, bindings_pb2.ResolveRequest(reference=reference)) == expected


def test_what_is_not_found_comes_with_what_there_is_and_the_nearest(caller, frozen) -> None:
    caller.push("team/bert", frozen, alias_moves=[registry_pb2.AliasMove(alias="prod")])
    error = caller.failure(caller.pull, "team/brt")
    assert (error.metadata["existing"], error.metadata["nearest"]) == ("team/bert", "team/bert")
    error = caller.failure(caller.pull, "team/bert@prd")
    assert (error.metadata["existing"], error.metadata["nearest"], error.hint) == ("prod", "prod", "Did you mean prod?")
    assert caller.failure(caller.pull, "team/bert:7").metadata["existing"] == "1"


@pytest.mark.parametrize("call", ["artifacts.GetArtifact", "artifacts.Inspect", "bindings.Resolve"])
def test_a_format_that_is_not_stored_is_told_with_the_one_that_is(caller, frozen, call) -> None:
    caller.push("team/bert", frozen)
    service, method = call.split(".")
    request = {
        "GetArtifact": artifacts_pb2.GetArtifactRequest,
        "Inspect": artifacts_pb2.InspectRequest,
        "Resolve": bindings_pb2.ResolveRequest,
    }[method]
    rpc = getattr(getattr(caller, service), method)
    error = caller.failure(rpc, request(reference="team/bert", formats=["saved_model"]))
    assert (error.reason, error.metadata["stored"]) == ("FORMAT_NOT_STORED", "frozen_graph")
    assert caller.failure(rpc, request(reference="team/bert", formats=["darknet"])).reason == "FORMAT_UNKNOWN"
    rpc(request(reference="team/bert", formats=["saved_model", "frozen_graph"]))


# -- models, aliases, deletion --


def test_calls_on_a_model_that_is_not_there_are_refused(caller, reason) -> None:
    for name, expected in (("team/none", "MODEL_NOT_FOUND"), ("Team", "MODEL_NAME_INVALID")):
        assert reason(caller.registry.GetModel, registry_pb2.GetModelRequest(model=name)) == expected
        assert reason(caller.registry.ListVersions, registry_pb2.ListVersionsRequest(model=name)) == expected
        assert reason(caller.registry.SetAliases, registry_pb2.SetAliasesRequest(model=name)) == expected
        assert reason(caller.registry.ListAliasMoves, registry_pb2.ListAliasMovesRequest(model=name)) == expected
        assert reason(caller.registry.DeleteVersion, registry_pb2.DeleteVersionRequest(model=name, version=1)) == expected
        assert reason(caller.registry.UndeleteVersion, registry_pb2.UndeleteVersionRequest(model=name, version=1)) == expected


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (registry_pb2.AliasMove(alias="prod", version=9), "VERSION_NOT_FOUND"),
        (registry_pb2.AliasMove(alias="prod", version=-1), "VERSION_NOT_FOUND"),
        (registry_pb2.AliasMove(alias="gone"), "ALIAS_NOT_FOUND"),
        (registry_pb2.AliasMove(alias="prod", version=1, expected_version=9), "ALIAS_CONFLICT"),
        (registry_pb2.AliasMove(alias="PROD", version=1), "ALIAS_INVALID"),
    ],
)
def test_moves_are_refused_as_a_whole(caller, reason, frozen, move, expected) -> None:
    caller.push("team/bert", frozen)
    good = registry_pb2.AliasMove(alias="canary", version=1)
    assert reason(caller.registry.SetAliases, registry_pb2.SetAliasesRequest(model="team/bert", moves=[good, move])) == expected
    assert not caller.registry.GetModel(registry_pb2.GetModelRequest(model="team/bert")).model.aliases


def test_a_version_that_an_alias_points_at_cannot_be_deleted(caller, reason, frozen) -> None:
    caller.push("team/bert", frozen, alias_moves=[registry_pb2.AliasMove(alias="prod")])
    request = registry_pb2.DeleteVersionRequest(model="team/bert", version=1)
    assert reason(caller.registry.DeleteVersion, request) == "VERSION_ALIASED"


def test_what_is_purged_cannot_come_back(caller, reason, frozen) -> None:
    caller.push("team/bert", frozen)
    caller.registry.DeleteVersion(registry_pb2.DeleteVersionRequest(model="team/bert", version=1, purge=True))
    request = registry_pb2.UndeleteVersionRequest(model="team/bert", version=1)
    assert reason(caller.registry.UndeleteVersion, request) == "VERSION_NOT_FOUND"


@pytest.mark.parametrize("token", ["x", "e30=", "\N{SNOWMAN}"])
def test_a_page_token_of_another_list_is_refused(caller, reason, frozen, token) -> None:
    caller.push("team/bert", frozen)
    registry = caller.registry
    assert reason(registry.ListModels, registry_pb2.ListModelsRequest(page_token=token)) == "PAGE_TOKEN_INVALID"
    assert (
        reason(registry.ListVersions, registry_pb2.ListVersionsRequest(model="team/bert", page_token=token))
        == "PAGE_TOKEN_INVALID"
    )
    request = artifacts_pb2.ListTensorsRequest(reference="team/bert", page_token=token)
    assert reason(caller.artifacts.ListTensors, request) == "PAGE_TOKEN_INVALID"
    moves = registry_pb2.ListAliasMovesRequest(model="team/bert", page_token=token)
    assert reason(registry.ListAliasMoves, moves) == "PAGE_TOKEN_INVALID"
