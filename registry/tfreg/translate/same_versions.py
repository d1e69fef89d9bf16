"""Versions that hold the same model: their part of tfreg/v1/registry.proto."""

from __future__ import annotations

from tfreg.core.records import Sameness, SameVersion
from tfreg.translate.registry import version_from_proto, version_to_proto
from tfreg.v1 import registry_pb2 as pb

_SAMENESS = {
    Sameness.WEIGHTS: pb.SAMENESS_WEIGHTS,
    Sameness.MODEL: pb.SAMENESS_MODEL,
    Sameness.BYTES: pb.SAMENESS_BYTES,
}


def same_version_to_proto(same: SameVersion) -> pb.SameVersion:
    """Returns the message for a version that holds the same model."""
    return pb.SameVersion(version=version_to_proto(same.version), sameness=_SAMENESS[same.sameness])


def same_version_from_proto(message: pb.SameVersion) -> SameVersion:
    """Returns the version that a message tells; what this release does not know is the least that it can be, the same weights."""
    sameness = {number: one for one, number in _SAMENESS.items()}.get(message.sameness, Sameness.WEIGHTS)
    return SameVersion(version_from_proto(message.version), sameness)
