"""A conversion's result is kept by pointing at what is stored; only new bytes are written."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfreg.app.conversions.storing import pieces_of, stored
from tfreg.app.stored_tree import StoredTree
from tfreg.core.digests import digest_of
from tfreg.core.errors import CancelledError, StorageFullError
from tfreg.core.formats.registry import format_named
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.rewrites.pieces import Computed, Inline, RewrittenTree, Slice, chunks_of
from tfreg.core.trees import MemoryTree


def content(seed, size_bytes):
    return hashlib.shake_128(repr(seed).encode()).digest(size_bytes)


def quiet(_):
    """Nobody is told."""


def source(registry, whole, cuts=()):
    """A stored file that is cut at these places."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(whole)}), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(bounds)]
    lease_id, missing = registry.lease(*parts)
    registry.send(lease_id, *(part for part in dict.fromkeys(parts) if digest_of(part) in missing))
    layout = FileLayout("weights", tuple(BlobExtent(digest_of(part), 0, len(part)) for part in parts))
    return StoredTree("source", [layout], registry.blobs)


def keep(registry, files, known=(), still_wanted=lambda: True):
    """Stores pieces as a conversion does, and commits nothing. Returns the artifact and the stored bytes by path."""
    tree = RewrittenTree(files)
    pieces = {path: tree.pieces(path) for path in files}
    with stored(registry.stores, pieces, "frozen_graph", known, report=quiet, still_wanted=still_wanted) as (artifact, _):
        kept = StoredTree("kept", artifact.layouts, registry.blobs)
        read = {}
        for file in kept.files():
            with kept.open(file.path) as reader:
                read[file.path] = reader.read_at(0, file.size_bytes)
    expected = {path: b"".join(chunks_of(found)) for path, found in pieces.items()}
    assert read == expected
    assert {file.path: file.digest for file in artifact.manifest.files} == {
        path: digest_of(whole) for path, whole in expected.items()
    }
    return artifact


def extents(artifact, path="g.pb"):
    return next(layout.extents for layout in artifact.layouts if layout.path == path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 60_000), max_size=6),
    slices=st.lists(st.tuples(st.integers(0, 59_999), st.integers(1, 30_000), st.integers(0, 6000)), max_size=5),
)
def test_slices_of_a_stored_file_become_extents_of_its_blobs_however_they_were_cut(registry, cuts, slices):
    whole = content("weights", 60_000)
    tree = source(registry, whole, cuts)
    before = set(registry.stores.catalog.blobs("", 1000))
    pieces = []
    for offset, length, new in slices:
        pieces += [Inline(content(new, new)), Slice(tree, "weights", offset, min(length, 60_000 - offset))]
    artifact = keep(registry, {"g.pb": pieces})
    for extent in extents(artifact):
        if isinstance(extent, BlobExtent) and extent.blob not in {blob.digest for blob in before}:
            assert extent.length_bytes <= 6000 * len(slices) + 1024 * len(slices), (
                "a new blob holds new bytes and tiny slices only"
            )


def test_short_new_bytes_and_tiny_slices_are_kept_inline(registry):
    tree = source(registry, content("weights", 50_000))
    pieces = [Inline(b"head"), Slice(tree, "weights", 100, 500), Inline(b"more"), Slice(tree, "weights", 1000, 40_000)]
    first, second = extents(keep(registry, {"g.pb": pieces}))
    assert first == InlineExtent(b"head" + content("weights", 50_000)[100:600] + b"more")
    assert second == BlobExtent(digest_of(content("weights", 50_000)), 1000, 40_000)


def test_long_runs_of_new_bytes_share_one_blob(registry):
    tree = source(registry, content("weights", 50_000))
    one, two = content(1, 5000), content(2, 7000)
    pieces = [Inline(one), Slice(tree, "weights", 0, 20_000), Inline(two)]
    first, _, last = extents(keep(registry, {"g.pb": pieces}))
    assert first == BlobExtent(digest_of(one + two), 0, 5000)
    assert last == BlobExtent(digest_of(one + two), 5000, 7000)


def test_layouts_stay_short_however_many_pieces_a_result_has(registry, monkeypatch):
    monkeypatch.setattr("tfreg.app.conversions.file_storing._MANY_SLICES", 10)
    monkeypatch.setattr("tfreg.app.conversions.new_blobs._INLINE_BYTES", 1000)
    tree = source(registry, content("weights", 50_000))
    pieces = [piece for number in range(20) for piece in (Inline(content(number, 100)), Slice(tree, "weights", 0, 2000))]
    (only,) = extents(keep(registry, {"g.pb": pieces}))
    assert only.length_bytes == 20 * 2100, "short slices are copied"
    pieces = [piece for number in range(20) for piece in (Inline(content(number, 100)), Slice(tree, "weights", 0, 20_000))]
    found = extents(keep(registry, {"g.pb": pieces}))
    assert sum(extent.length_bytes for extent in found if isinstance(extent, InlineExtent)) == 1000


def test_a_tensor_that_was_computed_is_a_blob_of_its_own_and_a_large_one_is_cut(registry, monkeypatch):
    monkeypatch.setattr("tfreg.app.conversions.file_storing.MAX_BLOB_BYTES", 40_000)
    value = content("cast", 100_000)
    pieces = [Inline(b"head"), Computed(100_000, lambda: iter([value[:33_333], value[33_333:]]))]
    found = extents(keep(registry, {"g.pb": pieces}))
    assert found == (
        InlineExtent(b"head"),
        BlobExtent(digest_of(value[:40_000]), 0, 40_000),
        BlobExtent(digest_of(value[40_000:80_000]), 0, 40_000),
        BlobExtent(digest_of(value[80_000:]), 0, 20_000),
    )


def test_a_file_that_is_there_already_is_not_read(registry, saved_model):
    pushed = registry.push("team/bert", saved_model).version
    artifact = registry.stores.catalog.artifact(pushed.artifact_digest)
    tree = StoredTree("source", artifact.layouts, registry.blobs)
    files = {file.path: [Slice(tree, file.path, 0, file.size_bytes)] for file in tree.files()}
    opened = []
    original = registry.blobs.open
    registry.blobs.open = lambda digest: opened.append(digest) or original(digest)
    pieces = {path: tuple(found) for path, found in files.items()}
    with stored(registry.stores, pieces, "saved_model", [artifact], report=quiet, still_wanted=lambda: True) as (kept, _):
        assert kept == artifact
    assert opened == []


def test_files_of_a_worker_are_cut_at_their_tensors_and_what_is_there_is_not_written_again(registry, saved_model):
    kind = format_named("saved_model")
    tree = MemoryTree(saved_model)
    pieces = pieces_of(tree, kind, kind.inspect(tree))
    assert len(pieces["variables/variables.data-00000-of-00001"]) > 1
    written = []
    original = registry.blobs.writer
    registry.blobs.writer = lambda lease_id, blob: written.append(blob.digest) or original(lease_id, blob)
    for _ in range(2):
        with stored(registry.stores, pieces, "saved_model", (), report=quiet, still_wanted=lambda: True) as (artifact, _):
            assert artifact.manifest.files[0].path == "saved_model.pb"
        count = len(written)
        assert count == len(set(written)) > 1
    assert sum(layout.size_bytes for layout in artifact.layouts) == sum(map(len, saved_model.values()))


def test_an_empty_file_and_many_small_ones_are_kept(registry):
    files = {"empty": [], **{f"assets/{number}": [Inline(content(number, 100))] for number in range(50)}}
    artifact = keep(registry, files)
    assert extents(artifact, "empty") == ()
    assert registry.stores.catalog.blobs("", 10) == []


def test_a_full_disk_is_told_before_anything_is_written(registry):
    def full(size_bytes):
        if size_bytes > 20_000:
            raise StorageFullError("The disk is full.", hint="Make room.")

    registry.blobs.check_room = full
    with pytest.raises(StorageFullError):
        keep(registry, {"g.pb": [Inline(content(1, 20_000)), Computed(1, lambda: iter([b"x"]))]})
    assert registry.stores.catalog.expired_leases(2**60) == []


@pytest.mark.parametrize("broken", [True, False])
def test_a_failure_leaves_nothing(registry, broken):
    def chunks():
        yield content("cast", 20_000)
        if broken:
            raise StorageFullError("The disk is full.")
        yield content("cast", 20_000)

    pieces = [Inline(content(1, 10_000)), Computed(40_000, chunks)]
    with pytest.raises(StorageFullError if broken else CancelledError):
        keep(registry, {"g.pb": pieces}, still_wanted=lambda: broken)
    assert registry.stores.catalog.expired_leases(2**60) == []
    assert registry.stores.catalog.blobs("", 10) == []
    assert list(registry.blobs.digests()) == []
