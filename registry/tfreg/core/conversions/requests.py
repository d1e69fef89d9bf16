"""What a caller asks of a registry: what to convert, to what, and what else goes in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.layouts import FileLayout
from tfreg.core.manifests import Manifest
from tfreg.core.names import Reference

ROLES = ("graph", "architecture", "weights", "samples", "custom_objects")
"""What something that goes into a conversion can be for."""
MODEL_ROLES = frozenset({"graph", "architecture", "weights"})
"""Roles of what is a model itself; the others are plain files."""


class CheckMode(Enum):
    """When source and result are run on the same inputs."""

    LATER = "later"
    """In the background, after the answer."""
    WAIT = "wait"
    """Before the answer."""
    NONE = "none"
    """Never."""


@dataclass(frozen=True, slots=True)
class UploadedFiles:
    """Files that the caller has uploaded for a conversion, under a lease."""

    manifest: Manifest
    layouts: tuple[FileLayout, ...]
    lease_id: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """The file of a role that is attached to the version."""

    role: str


@dataclass(frozen=True, slots=True)
class ConversionInput:
    """Something else that goes into a conversion.

    Attributes:
        role: What it is for; one of `ROLES`.
        source: A version, files that were uploaded, or an attachment.
    """

    role: str
    source: Reference | UploadedFiles | AttachedFile


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """What shall be converted, and how.

    Attributes:
        reference: What to convert; one with a digest starts from that artifact.
        target: Name of the target (`targets.TARGETS`).
        options: The options.
        inputs: What else goes in, each role once.
    """

    reference: Reference
    target: str
    options: ConversionOptions = ConversionOptions()
    inputs: tuple[ConversionInput, ...] = ()
