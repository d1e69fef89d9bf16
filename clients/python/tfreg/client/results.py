"""What transfers return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfreg.core.records import Pushed, StoredArtifact


@dataclass(frozen=True, slots=True)
class PushResult(Pushed):
    """What a push made, and what it took.

    Attributes:
        sent_bytes: How many bytes of blobs went to the server; 0 if it had them all.
        sent_blobs: How many blobs went.
        size_bytes: How many bytes the artifact and the attachments have.
        ignored_labels: Labels that were given but not stored: a version that is there already keeps those of its first push.
        left_out: Paths beside the model that are not part of it and were not pushed, such as a training folder's other checkpoints.
    """

    sent_bytes: int = 0
    sent_blobs: int = 0
    size_bytes: int = 0
    ignored_labels: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PulledAttachment:
    """An attachment on the local disk."""

    role: str
    path: Path


@dataclass(frozen=True, slots=True)
class Pulled:
    """An artifact on the local disk.

    Attributes:
        path: The folder, or the file of an artifact that is one file (a frozen graph). Without a destination it lies in the cache
            and must not be changed.
        stored: Model, version and artifact as the server told them.
        attachments: The attachments, if they were asked for.
        received_bytes: How many bytes of blobs came from the server; 0 if the cache had them all.
    """

    path: Path
    stored: StoredArtifact
    attachments: tuple[PulledAttachment, ...] = ()
    received_bytes: int = 0
