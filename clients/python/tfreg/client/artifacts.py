"""Artifacts: their files, what they say about themselves; and what the server can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tfreg.client.calls import Calls
from tfreg.client.conversion_client import CONVERSION_TIMEOUT_S
from tfreg.core.errors import DigestMismatchError
from tfreg.core.names import parse_reference
from tfreg.core.records import Capabilities, Inspected, StoredArtifact
from tfreg.translate.artifacts import stored_artifact_from_proto
from tfreg.translate.capabilities import capabilities_from_proto
from tfreg.translate.inspections import inspected_from_proto
from tfreg.v1.artifacts_pb2 import GetArtifactRequest, InspectRequest
from tfreg.v1.capabilities_pb2 import GetCapabilitiesRequest


def artifact(calls: Calls, reference: str, formats: Sequence[str], *, convert: bool = False) -> StoredArtifact:
    """See `Client.artifact`."""
    parsed = parse_reference(reference)
    request = GetArtifactRequest(reference=str(parsed), formats=formats, convert=convert)
    attempt = partial(calls.once, calls.connection.artifacts.GetArtifact, request)
    stored = stored_artifact_from_proto(calls.retrying(attempt, calls.deadline_s + CONVERSION_TIMEOUT_S * convert))
    if parsed.digest not in (None, stored.artifact.digest) and not formats:
        raise DigestMismatchError(
            f"Artifact {parsed.digest} was asked for, and {stored.artifact.digest} came.",
            digest=str(parsed.digest),
            actual=stored.artifact.digest,
        )
    return stored


def inspect(calls: Calls, reference: str, formats: Sequence[str]) -> Inspected:
    """See `Client.inspect`."""
    request = InspectRequest(reference=str(parse_reference(reference)), formats=formats)
    return inspected_from_proto(calls.unary(calls.connection.artifacts.Inspect, request))


def capabilities(calls: Calls) -> Capabilities:
    """See `Client.capabilities`."""
    return capabilities_from_proto(calls.unary(calls.connection.capabilities.GetCapabilities, GetCapabilitiesRequest()))
