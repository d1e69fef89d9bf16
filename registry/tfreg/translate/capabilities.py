"""tfreg/v1/capabilities.proto and the core's capabilities."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from tfreg.core.records import Capabilities, Limits
from tfreg.v1 import capabilities_pb2 as pb

if TYPE_CHECKING:
    from tfreg.core.conversions.routes import Route


def capabilities_to_proto(capabilities: Capabilities) -> pb.GetCapabilitiesResponse:
    """Returns the answer of GetCapabilities."""
    return pb.GetCapabilitiesResponse(
        server_version=capabilities.server_version,
        api_versions=capabilities.api_versions,
        formats=(pb.FormatCapability(name=name, resolves=resolves) for name, resolves in capabilities.formats.items()),
        limits=pb.Limits(**asdict(capabilities.limits)),
        conversions=map(_route_to_proto, capabilities.conversions),
    )


def capabilities_from_proto(message: pb.GetCapabilitiesResponse) -> Capabilities:
    """Returns what GetCapabilities answered."""
    return Capabilities(
        server_version=message.server_version,
        api_versions=tuple(message.api_versions),
        formats={entry.name: entry.resolves for entry in message.formats},
        limits=Limits(**{field.name: getattr(message.limits, field.name) for field in fields(Limits)}),
        conversions=tuple(map(_route_from_proto, message.conversions)),
    )


def _route_to_proto(route: Route) -> pb.ConversionCapability:
    return pb.ConversionCapability(
        name=route.name,
        sources=route.sources,
        target=route.target,
        by=route.by.value,
        cost_ms=route.cost,
        loses=route.loses,
        options=sorted(route.options),
        inputs=sorted(route.inputs),
    )


def _route_from_proto(message: pb.ConversionCapability) -> Route:
    """Returns the route that a message tells; which module does the work, the server knows."""
    from tfreg.core.conversions.routes import By, Route  # with the whole table; few callers ask

    return Route(
        message.name,
        tuple(message.sources),
        message.target,
        By.TENSORFLOW if message.by == By.TENSORFLOW.value else By.REWRITE,
        message.cost_ms,
        loses=tuple(message.loses),
        options=frozenset(message.options),
        inputs=frozenset(message.inputs),
    )
