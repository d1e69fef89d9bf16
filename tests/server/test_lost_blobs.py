"""The disk loses or cuts a blob: that is told as damage, and a push of a model that holds it heals it."""

import pytest

from tfreg.app.examination import examine
from tfreg.core.digests import digest_of, hex_of
from tfreg.server.compose import open_stores
from tfreg.server.embedded import close_stores


@pytest.fixture
def harmed(tmp_path, serve, frozen, wire):
    """A caller of a registry that has a frozen graph, one blob of which is lost and another cut; and its stores."""
    stores = open_stores(tmp_path)
    caller = serve(stores)
    caller.push("team/bert", frozen)
    lost, cut = (tmp_path / "blobs/sha256" / name[:2] / name for name in map(_hex, wire.pieces(frozen["graph.pb"])[1:3]))
    lost.unlink()
    cut.chmod(0o644)
    cut.write_bytes(cut.read_bytes()[:-1])
    yield caller, stores
    close_stores(stores)


def _hex(content: bytes) -> str:
    return hex_of(digest_of(content))


def test_a_push_is_asked_for_what_was_lost_or_cut_and_heals_it(harmed, wire, frozen) -> None:
    caller, stores = harmed
    pieces = wire.pieces(frozen["graph.pb"])
    assert list(caller.lease(*pieces).missing) == [digest_of(piece) for piece in pieces[1:3]]
    assert not caller.push("team/bert", frozen).created
    assert examine(stores).findings == ()
    assert caller.pull("team/bert") == frozen


def test_a_commit_that_cannot_read_a_blob_tells_the_damage_with_a_way_out(harmed, wire, frozen) -> None:
    caller, _ = harmed
    request = wire.creation("team/other", {"renamed.pb": frozen["graph.pb"]})
    error = caller.failure(caller.registry.CreateVersion, request)
    assert error.reason == "BLOB_DAMAGED"
    assert error.hint.startswith("Push a model that holds it again")
    assert error.metadata["digest"] == digest_of(wire.pieces(frozen["graph.pb"])[1])


def test_a_pull_of_a_lost_blob_tells_the_damage(harmed) -> None:
    caller, _ = harmed
    assert caller.failure(caller.pull, "team/bert").reason == "BLOB_DAMAGED"
