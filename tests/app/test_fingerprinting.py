"""Fingerprints of stored artifacts: there when a push is done, computed anew where they are missing, never in the way of a push."""

from dataclasses import replace

import pytest

from tfreg.app import fingerprinting
from tfreg.app.fingerprinting import kept_fingerprints, take_missing
from tfreg.app.inspecting import inspect
from tfreg.app.paging import PageRequest
from tfreg.app.same_versions import list_same_versions
from tfreg.core.digests import digest_of
from tfreg.core.errors import CancelledError, StorageFullError
from tfreg.core.fingerprints import FINGERPRINT_VERSION, computing
from tfreg.core.names import parse_reference
from tfreg.core.records import DeclaredSignature, Fingerprints


def _kept(registry, digest):
    return registry.stores.catalog.fingerprints(digest, FINGERPRINT_VERSION)


@pytest.fixture
def frozen(models):
    return {"graph.pb": (models / "frozen_tf1.pb").read_bytes()}


def test_a_push_keeps_them_and_an_inspection_tells_them(registry, saved_model) -> None:
    version = registry.push("team/m", saved_model).version
    kept = _kept(registry, version.artifact_digest)
    assert all((kept.model, kept.program, kept.weights, kept.interface))
    assert inspect(registry.stores, registry.inspections, parse_reference("team/m"), ()).fingerprints == kept


def test_the_same_model_in_two_formats_has_one_model_fingerprint(registry, saved_model, frozen) -> None:
    one, other = (_kept(registry, registry.push("m", files).version.artifact_digest) for files in (saved_model, frozen))
    assert (one.model, one.program, one.weights) == (other.model, other.program, other.weights)
    assert other.interface == ""


def test_a_declared_signature_changes_the_interface_that_is_told_and_nothing_that_is_kept(registry, frozen, saved_model) -> None:
    digest = registry.push("team/m", frozen).version.artifact_digest
    before = _kept(registry, digest)
    registry.push("other", saved_model)
    signature = (
        inspect(registry.stores, registry.inspections, parse_reference("other"), ()).inspection.meta_graphs[0].signatures[1]
    )
    declared = DeclaredSignature((), replace(signature, declared=True))
    registry.stores.catalog.declare_signature("team/m", 1, declared, registry.time.now_ms)
    found = inspect(registry.stores, registry.inspections, parse_reference("team/m"), ()).fingerprints
    assert found.interface != before.interface == ""
    assert replace(found, interface="") == before == _kept(registry, digest)


def test_a_failure_is_logged_and_the_push_goes_on(registry, saved_model, monkeypatch, caplog) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(computing, "fingerprints_of", broken)
    version = registry.push("team/m", saved_model).version
    assert _kept(registry, version.artifact_digest) == Fingerprints()
    assert "broken on purpose" in caplog.text


def test_a_catalog_that_cannot_keep_them_is_not_in_the_way_of_a_push_either(registry, saved_model, monkeypatch, caplog) -> None:
    def full(*_: object) -> None:
        raise StorageFullError("full on purpose")

    monkeypatch.setattr(registry.stores.catalog, "keep_fingerprints", full)
    assert registry.push("team/m", saved_model).created
    assert "full on purpose" in caplog.text


def test_what_a_push_would_have_to_read_again_is_left_to_housekeeping(registry, saved_model, monkeypatch) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    version = registry.push("team/m", saved_model).version  # cut every 5,000 bytes: no tensor is a blob of its own
    assert _kept(registry, version.artifact_digest) is None
    assert take_missing(registry.stores, registry.inspections, lambda: True) == 1
    assert _kept(registry, version.artifact_digest).model


def test_housekeeping_stops_when_it_is_told_to(registry, saved_model, monkeypatch) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    registry.push("team/m", saved_model)
    assert take_missing(registry.stores, registry.inspections, lambda: False) == 0


def test_fingerprints_that_nobody_waits_for_any_more_are_computed_another_time(registry, saved_model, monkeypatch) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    version = registry.push("team/m", saved_model).version
    answers = iter([True, True])
    take_missing(registry.stores, registry.inspections, lambda: next(answers, False))
    assert _kept(registry, version.artifact_digest) is None
    with pytest.raises(CancelledError):
        list_same_versions(registry.stores, registry.inspections, parse_reference("team/m"), PageRequest(), lambda: False)


def test_what_an_older_release_stored_is_found_as_the_same_without_housekeeping(
    registry, saved_model, frozen, monkeypatch
) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    registry.push("team/m", saved_model)
    registry.push("team/frozen", frozen)
    found = list_same_versions(registry.stores, registry.inspections, parse_reference("team/m"), PageRequest())
    assert [(one.version.model, one.sameness.value) for one in found.page.items] == [("team/frozen", "model")]


def test_an_artifact_that_cannot_be_read_is_tried_once(registry, saved_model, monkeypatch) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    version = registry.push("team/m", saved_model).version
    registry.blobs.delete(list(registry.blobs.digests()))
    assert take_missing(registry.stores, registry.inspections, lambda: True) == 1
    assert take_missing(registry.stores, registry.inspections, lambda: True) == 0
    assert _kept(registry, version.artifact_digest).model == ""


def test_they_are_computed_when_they_are_asked_for(registry, saved_model, monkeypatch) -> None:
    monkeypatch.setattr(fingerprinting, "_MAX_READ_BYTES", 0)
    version = registry.push("team/m", saved_model).version
    artifact = registry.stores.catalog.artifact(version.artifact_digest)
    assert kept_fingerprints(registry.stores, registry.inspections, artifact).model
    assert _kept(registry, digest_of(b"another")) is None
