"""tfreg/v1/blobs.proto and the core's blobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfreg.core.digests import Digest, parse_digest
from tfreg.core.layouts import BlobExtent
from tfreg.core.records import BlobRef, Lease
from tfreg.translate.times import time_from_proto, time_to_proto
from tfreg.v1 import blobs_pb2 as pb


def blob_to_proto(blob: BlobRef) -> pb.BlobRef:
    """Returns the message for a blob's name."""
    return pb.BlobRef(digest=blob.digest, size_bytes=blob.size_bytes)


def blob_from_proto(message: pb.BlobRef) -> BlobRef:
    """Returns the blob that a message names.

    Raises:
        DigestInvalidError: Its digest is none.
    """
    return BlobRef(parse_digest(message.digest), message.size_bytes)


def missing_to_proto(lease: Lease, missing: Sequence[Digest]) -> pb.FindMissingResponse:
    """Returns the answer of FindMissing."""
    return pb.FindMissingResponse(lease_id=lease.id, expires_at=time_to_proto(lease.expires_at_ms), missing=missing)


def missing_from_proto(message: pb.FindMissingResponse) -> tuple[Lease, list[Digest]]:
    """Returns what FindMissing answered.

    Raises:
        DigestInvalidError: A digest is none.
    """
    lease = Lease(message.lease_id, time_from_proto(message.expires_at))
    return lease, [parse_digest(digest) for digest in message.missing]


def ranges_to_proto(ranges: Iterable[BlobExtent]) -> pb.ReadRequest:
    """Returns the request to read parts of blobs; the length 0 means up to the blob's end."""
    return pb.ReadRequest(
        ranges=(pb.BlobRange(digest=part.blob, offset_bytes=part.offset_bytes, length_bytes=part.length_bytes) for part in ranges)
    )


def ranges_from_proto(message: pb.ReadRequest) -> list[BlobExtent]:
    """Returns the parts of blobs that a request asks for; the length 0 means up to the blob's end.

    Raises:
        DigestInvalidError: A digest is none.
    """
    return [BlobExtent(parse_digest(part.digest), part.offset_bytes, part.length_bytes) for part in message.ranges]
