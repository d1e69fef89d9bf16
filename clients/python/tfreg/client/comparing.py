"""What is the same in versions, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tfreg.client.calls import Calls
from tfreg.client.paging import pages
from tfreg.core.comparing.difference import Difference
from tfreg.core.names import parse_reference
from tfreg.core.records import SameVersion
from tfreg.translate.comparisons import difference_from_proto
from tfreg.translate.same_versions import same_version_from_proto
from tfreg.v1.artifacts_pb2 import CompareRequest
from tfreg.v1.registry_pb2 import ListSameVersionsRequest

_READING_S = 600.0
"""What reading tensors may take on top of the deadline."""


def compare(calls: Calls, before: str, after: str, *, with_max_abs_difference: bool) -> Difference:
    """See `Client.compare`."""
    request = CompareRequest(
        before=str(parse_reference(before)),
        after=str(parse_reference(after)),
        with_max_abs_difference=with_max_abs_difference,
    )
    attempt = partial(calls.once, calls.connection.artifacts.Compare, request)
    return difference_from_proto(calls.retrying(attempt, calls.deadline_s + _READING_S))


def same_versions(calls: Calls, reference: str) -> Iterator[SameVersion]:
    """See `Client.same_versions`."""
    request = ListSameVersionsRequest(reference=str(parse_reference(reference)))
    found = pages(calls, calls.connection.registry.ListSameVersions, request)
    return (same_version_from_proto(version) for page in found for version in page.versions)
