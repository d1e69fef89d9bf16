"""No answer passes the largest message: pages are cut, and what a commit takes can be given back."""

from dataclasses import replace

import pytest

from tfreg.app.stores import Stores
from tfreg.core.digests import digest_of
from tfreg.core.manifests import MAX_FILES
from tfreg.core.records import MAX_ALIASES, Limits
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.attachments import MAX_ATTACHED_BYTES
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.v1 import artifacts_pb2, capabilities_pb2, conversions_pb2, registry_pb2

KIB = 1024
LIMITS = Limits()


@pytest.fixture
def small(serve):
    """A caller of a server whose messages are small."""
    return serve(Stores(MemoryBlobStore(), MemoryCatalog(), limits=replace(LIMITS, max_message_bytes=100 * KIB)))


def _pages(call, request, entries: str):
    """All pages of a list, each with its size."""
    while True:
        page = call(request)
        yield list(getattr(page, entries)), page.ByteSize()
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def test_pages_of_large_versions_are_cut_and_lose_none(small, frozen) -> None:
    labels = {f"k{index}": "ä" * 1000 for index in range(20)}
    for index in range(10):
        small.push("m", {"graph.pb": frozen["graph.pb"], "note": b"%d" % index} if index else frozen, labels=labels)
    pages = list(_pages(small.registry.ListVersions, registry_pb2.ListVersionsRequest(model="m", page_size=1000), "versions"))
    assert [version.number for versions, _ in pages for version in versions] == list(range(10, 0, -1))
    assert len(pages) > 1
    assert max(size_bytes for _, size_bytes in pages) <= 100 * KIB


def test_pages_of_models_moves_and_tensors_are_cut_too(small, frozen) -> None:
    names = [f"m{index:03}" for index in range(8)]
    for name in names:
        aliases = [registry_pb2.AliasMove(alias=f"a{index:03}{'x' * 120}") for index in range(200)]
        small.push(name, frozen, alias_moves=aliases)
    models = list(_pages(small.registry.ListModels, registry_pb2.ListModelsRequest(), "models"))
    assert [model.name for found, _ in models for model in found] == names
    moves = list(_pages(small.registry.ListAliasMoves, registry_pb2.ListAliasMovesRequest(model="m000", page_size=1000), "moves"))
    assert len({move.alias for found, _ in moves for move in found}) == 200
    assert len(models) > 1
    assert max(size_bytes for pages in (models, moves) for _, size_bytes in pages) <= 100 * KIB


def test_the_largest_artifact_that_a_commit_takes_can_be_pulled_with_all_that_is_attached_later(serve, wire, frozen) -> None:
    spare_bytes = LIMITS.max_message_bytes - LIMITS.max_commit_bytes
    limits = replace(LIMITS, max_message_bytes=1024 * KIB + spare_bytes, max_commit_bytes=1024 * KIB)
    caller = serve(Stores(MemoryBlobStore(), MemoryCatalog(), limits=limits))
    caller.upload(frozen)
    request = wire.creation("m", frozen)
    limit_bytes = caller.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest()).limits.max_commit_bytes
    part_bytes = MAX_ATTACHED_BYTES // 8 - KIB
    while (left_bytes := limit_bytes - part_bytes - request.ByteSize()) > KIB:
        _add_inline_file(request, len(request.layouts), min(60 * KIB, left_bytes - KIB // 2))
    assert caller.registry.CreateVersion(request).created
    for index in range(8):
        _attach(caller, "m", index, part_bytes)
    stored = caller.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference="m"))
    assert limit_bytes + 7 * part_bytes - 32 * KIB < stored.ByteSize() < limits.max_message_bytes
    assert caller.failure(_attach, caller, "m", 9, part_bytes).reason == "LIMIT_EXCEEDED"
    for index in range(4):
        _add_inline_file(request, 1000 + index, 60 * KIB)
    error = caller.failure(caller.registry.CreateVersion, request)
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "max_commit_bytes")


def test_as_many_files_as_a_manifest_may_have_fit_into_a_message() -> None:
    name = "assets/" + "x" * 60
    request = registry_pb2.CreateVersionRequest()
    for index in range(1000):
        _add_file(request, f"{name}{index}", b"content", inline=False)
    assert request.ByteSize() / 1000 * MAX_FILES < LIMITS.max_commit_bytes


def test_an_answer_that_cannot_be_cut_is_refused_in_words(serve, frozen) -> None:
    stores = Stores(MemoryBlobStore(), MemoryCatalog())
    serve(stores).push("m", frozen)
    caller = serve(replace(stores, limits=replace(LIMITS, max_message_bytes=200)))
    error = caller.failure(caller.artifacts.GetArtifact, artifacts_pb2.GetArtifactRequest(reference="m"))
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "max_message_bytes")


def test_a_model_has_so_many_aliases_and_no_more(serve, frozen) -> None:
    caller = serve(Stores(MemoryBlobStore(), MemoryCatalog()))
    moves = [registry_pb2.AliasMove(alias=f"a{index}", version=1) for index in range(MAX_ALIASES)]
    caller.push("m", frozen, alias_moves=moves)
    more = registry_pb2.SetAliasesRequest(model="m", moves=[registry_pb2.AliasMove(alias="more", version=1)])
    assert caller.failure(caller.registry.SetAliases, more).reason == "LIMIT_EXCEEDED"
    caller.registry.SetAliases(registry_pb2.SetAliasesRequest(model="m", moves=[registry_pb2.AliasMove(alias="a0")]))
    assert len(caller.registry.SetAliases(more).model.aliases) == MAX_ALIASES


def _add_inline_file(request, index: int, size_bytes: int) -> None:
    _add_file(request, f"assets/{index}", b"%d" % index * (size_bytes // len(b"%d" % index)), inline=True)


def _add_file(request, path: str, content: bytes, *, inline: bool) -> None:
    request.manifest.files.append(artifacts_pb2.ManifestFile(path=path, size_bytes=len(content), digest=digest_of(content)))
    request.layouts.append(_layout(path, content, inline=inline))


def _layout(path: str, content: bytes, *, inline: bool) -> artifacts_pb2.FileLayout:
    slice_of_blob = artifacts_pb2.BlobSlice(digest=digest_of(content), offset_bytes=2**30, length_bytes=len(content))
    extent = artifacts_pb2.Extent(inline=content) if inline else artifacts_pb2.Extent(blob=slice_of_blob)
    return artifacts_pb2.FileLayout(path=path, extents=[extent])


def _attach(caller, model: str, index: int, size_bytes: int) -> None:
    """Attaches a file of inline bytes to the version that is there."""
    stored = caller.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference=model))
    content = b"%d" % index * size_bytes
    name = f"{index}.txt"
    extents = [artifacts_pb2.Extent(inline=content[start : start + 60 * KIB]) for start in range(0, len(content), 60 * KIB)]
    attachment = registry_pb2.NewAttachment(
        attachment=artifacts_pb2.Attachment(
            role="samples", file=artifacts_pb2.ManifestFile(path=name, size_bytes=len(content), digest=digest_of(content))
        ),
        layout=artifacts_pb2.FileLayout(path=name, extents=extents),
    )
    caller.registry.CreateVersion(
        registry_pb2.CreateVersionRequest(
            model=model, manifest=stored.artifact.manifest, layouts=stored.layouts, attachments=[attachment]
        )
    )


def test_pages_of_conversions_are_cut_and_lose_none(serve, saved_model) -> None:
    caller = serve(Stores(MemoryBlobStore(), MemoryCatalog(), limits=replace(LIMITS, max_message_bytes=40 * KIB)))
    caller.push("m", saved_model)
    names = ["x" * 1000 + str(index) for index in range(8)]
    for name in names:
        caller.convert(
            "m", "frozen_graph", conversion={"options": {"renamed": [{"operation": name * 5, "tensor": "pred_prob:0"}]}}
        )
    found = list(_pages(caller.conversions.ListConversions, conversions_pb2.ListConversionsRequest(reference="m"), "conversions"))
    assert [one.provenance.options.renamed[0].operation for page, _ in found for one in page] == [name * 5 for name in names]
    assert len(found) > 1
    assert max(size_bytes for _, size_bytes in found) <= 40 * KIB


def test_a_conversion_that_no_message_can_tell_is_there_all_the_same(serve, saved_model) -> None:
    caller = serve(Stores(MemoryBlobStore(), MemoryCatalog(), limits=replace(LIMITS, max_message_bytes=40 * KIB)))
    caller.push("m", saved_model)
    options = {"renamed": [{"operation": "x" * 39_500, "tensor": "pred_prob:0"}]}
    error = caller.failure(lambda: caller.convert("m", "frozen_graph", conversion={"options": options}))
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "max_message_bytes")
    found = caller.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference="m", formats=["frozen_graph"]))
    assert found.artifact.format == "frozen_graph"
