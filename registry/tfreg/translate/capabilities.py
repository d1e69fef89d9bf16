"""tfreg/v1/capabilities.proto and the core's capabilities."""

from __future__ import annotations

from dataclasses import asdict, fields

from tfreg.core.records import Capabilities, Limits
from tfreg.v1 import capabilities_pb2 as pb


def capabilities_to_proto(capabilities: Capabilities) -> pb.GetCapabilitiesResponse:
    """Returns the answer of GetCapabilities."""
    return pb.GetCapabilitiesResponse(
        server_version=capabilities.server_version,
        api_versions=capabilities.api_versions,
        formats=(pb.FormatCapability(name=name, resolves=resolves) for name, resolves in capabilities.formats.items()),
        limits=pb.Limits(**asdict(capabilities.limits)),
    )


def capabilities_from_proto(message: pb.GetCapabilitiesResponse) -> Capabilities:
    """Returns what GetCapabilities answered."""
    return Capabilities(
        server_version=message.server_version,
        api_versions=tuple(message.api_versions),
        formats={entry.name: entry.resolves for entry in message.formats},
        limits=Limits(**{field.name: getattr(message.limits, field.name) for field in fields(Limits)}),
    )
