"""A push and a pull, message by message."""

from tfreg.core.digests import digest_of
from tfreg.v1 import artifacts_pb2, blobs_pb2, registry_pb2


def test_what_is_pushed_is_pulled(caller, saved_model) -> None:
    made = caller.push("team/bert", saved_model)
    assert (made.created, made.version.number, made.version.format) == (True, 1, "saved_model")
    assert caller.pull("team/bert") == saved_model
    assert caller.pull("team/bert:1") == saved_model
    assert caller.pull(f"team/bert@{made.version.artifact_digest}") == saved_model


def test_the_same_artifact_is_the_same_version_and_needs_no_bytes(caller, frozen) -> None:
    first = caller.push("team/bert", frozen)
    content = frozen["graph.pb"]
    assert caller.lease(content[:10_000]).missing == []
    again = caller.registry.CreateVersion(
        registry_pb2.CreateVersionRequest(
            model="team/bert",
            manifest=artifacts_pb2.Manifest(
                files=[artifacts_pb2.ManifestFile(path="graph.pb", size_bytes=len(content), digest=digest_of(content))]
            ),
            layouts=caller.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference="team/bert")).layouts,
        )
    )
    assert (again.created, again.version.number) == (False, first.version.number)


def test_only_missing_blobs_are_asked_for_each_once(caller) -> None:
    known, new = b"a" * 100, b"b" * 100
    lease_id = caller.lease(known).lease_id
    assert caller.send(lease_id, known).size_bytes == 100
    assert caller.lease(new, known, new, lease_id=lease_id).missing == [digest_of(new)]


def test_a_stream_of_many_blobs_is_stored_whole(caller) -> None:
    contents = [bytes([index % 251]) * (index * 37 + 1) for index in range(600)]
    lease_id = caller.lease(*contents).lease_id
    answer = caller.send(lease_id, *contents)
    assert (answer.blob_count, answer.size_bytes) == (600, sum(map(len, contents)))
    assert caller.lease(*contents).missing == []
    assert caller.read(digest_of(contents[599])) == contents[599]


def test_parts_of_blobs_are_read_in_the_order_asked(caller) -> None:
    content = bytes(range(256)) * 10_000  # more than one message
    caller.send(caller.lease(content).lease_id, content)
    digest = digest_of(content)
    ranges = [
        blobs_pb2.BlobRange(digest=digest, offset_bytes=5, length_bytes=3),
        blobs_pb2.BlobRange(digest=digest),
        blobs_pb2.BlobRange(digest=digest, offset_bytes=len(content)),
    ]
    found = [b"", b"", b""]
    for response in caller.blobs.Read(blobs_pb2.ReadRequest(ranges=ranges)):
        found[response.range_index] += response.data
    assert found == [content[5:8], content, b""]


def test_aliases_move_with_the_commit(caller, frozen, saved_model) -> None:
    caller.push("team/bert", frozen, alias_moves=[registry_pb2.AliasMove(alias="prod", expected_version=0)])
    made = caller.push("team/bert", saved_model, alias_moves=[registry_pb2.AliasMove(alias="prod", expected_version=1)])
    assert list(made.version.aliases) == ["prod"]
    assert caller.pull("team/bert@prod") == saved_model


def test_attachments_and_labels_are_kept_with_the_version(caller, wire, frozen) -> None:
    labels = b"cat\ndog\n" * 3000
    lease_id = caller.upload({**frozen, "labels.txt": labels})
    attachment = registry_pb2.NewAttachment(
        attachment=artifacts_pb2.Attachment(role="labels", file=wire.manifest_file("labels.txt", labels)),
        layout=wire.file_layout("labels.txt", labels),
    )
    request = wire.creation("team/bert", frozen, lease_id=lease_id, attachments=[attachment], labels={"commit": "abc"})
    version = caller.registry.CreateVersion(request).version
    assert dict(version.labels) == {"commit": "abc"}
    assert [found.role for found in version.attachments] == ["labels"]
    stored = caller.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference="team/bert"))
    assert b"".join(caller._extent(extent) for extent in stored.attachment_layouts[0].extents) == labels


def test_bytes_in_the_layout_itself_are_part_of_the_file(caller, wire, frozen) -> None:
    content = frozen["graph.pb"]
    layout = artifacts_pb2.FileLayout(path="graph.pb", extents=[artifacts_pb2.Extent(inline=content[:100])])
    layout.extents.extend(wire.file_layout("graph.pb", content[100:]).extents)
    lease_id = caller.upload({"graph.pb": content[100:]})
    caller.registry.CreateVersion(wire.creation("team/bert", frozen, lease_id=lease_id, layouts=[layout]))
    assert caller.pull("team/bert") == frozen
