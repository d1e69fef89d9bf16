"""Listing the tensors that an artifact stores, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from tfreg.app.choice import choose
from tfreg.app.inspecting import Inspections
from tfreg.app.paging import Page, PageRequest
from tfreg.app.stores import Stores
from tfreg.app.tensor_digests import TensorDigests
from tfreg.app.tensor_values import TensorValues
from tfreg.core.errors import TensorUnreadableError
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord
from tfreg.core.tensors import StoredTensor

_MAX_READ_BYTES = 1 << 30
"""What one page may read for the sake of digests; it is shorter then."""


@dataclass(frozen=True, slots=True)
class TensorQuery:
    """What is listed: of which artifact, which tensors, and whether with their digests."""

    reference: Reference
    formats: Sequence[str] = ()
    prefix: str = ""
    with_digests: bool = False


def list_tensors(
    stores: Stores, inspections: Inspections, values: TensorValues, query: TensorQuery, page: PageRequest
) -> Page[StoredTensor]:
    """Returns tensors sorted by name. The digest of one that has no plain value is empty.

    Raises:
        NotFoundError: There is no such model, version, alias or artifact.
        FormatNotStoredError, FormatUnknownError: As `choose`.
        PageTokenInvalidError: The token is of another list; also if the reference stands for another artifact by now.
    """
    artifact = choose(stores.catalog, query.reference, query.formats).artifact
    of = ("tensors", artifact.digest, query.prefix)
    start, limit = page.number(of), page.limit(stores.limits)
    tensors = inspections.of(artifact).tensors
    numbers = (number for number in range(start, len(tensors)) if _begins(tensors[number], query.prefix))
    chosen = list(islice(numbers, limit + 1))
    found = [tensors[number] for number in chosen[:limit]]
    if query.with_digests:
        found = _with_digests(stores, values, artifact, found)
    return Page(found, of, [str(number + 1) for number in chosen[: len(found)]], more=len(chosen) > len(found))


def _begins(tensor: StoredTensor, prefix: str) -> bool:
    return tensor.name.startswith(prefix) or tensor.path.startswith(prefix)


def _with_digests(
    stores: Stores, values: TensorValues, artifact: ArtifactRecord, tensors: Sequence[StoredTensor]
) -> list[StoredTensor]:
    """Returns the tensors with their digests; fewer, but one at least, if that takes much reading."""
    from tfreg.core.values.lookup import alone

    told: list[StoredTensor] = []
    with values.of(artifact) as opened:
        digests = TensorDigests(stores, artifact, opened)
        for tensor in tensors:
            try:
                told.append(replace(tensor, digest=digests.of(alone(tensor))))
            except TensorUnreadableError:
                told.append(tensor)
            if digests.read_bytes > _MAX_READ_BYTES:
                break
    return told
