"""ListSameVersions: the versions that hold the same model as one of them, under any name and in any format."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import monotonic

from tfreg.app.choice import choose
from tfreg.app.fingerprinting import kept_fingerprints, take_missing
from tfreg.app.inspecting import Inspections
from tfreg.app.paging import Page, PageRequest, page_of
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always
from tfreg.core.errors import ModelNameInvalidError, TfregError
from tfreg.core.fingerprints import FINGERPRINT_VERSION
from tfreg.core.names import ModelName, Reference, parse_model_name
from tfreg.core.records import SameVersion, VersionRecord

_CATCHING_UP_S = 5.0
_log = logging.getLogger("tfreg.server")


@dataclass(frozen=True, slots=True)
class SameVersions:
    """A page of versions, and the one that they are compared with."""

    version: VersionRecord
    page: Page[SameVersion]


def list_same_versions(
    stores: Stores, inspections: Inspections, reference: Reference, page: PageRequest, still_wanted: StillWanted = always
) -> SameVersions:
    """Returns versions whose files, model or weights are those of a version; itself not among them.

    Raises:
        NotFoundError: There is no such model, version, alias or artifact.
        PageTokenInvalidError: The token is of another list.
        CancelledError: Nobody waits for the answer any more.
    """
    chosen = choose(stores.catalog, reference)
    version = chosen.version
    kept_fingerprints(stores, inspections, chosen.artifact, still_wanted)
    if not page.token:
        _catch_up(stores, inspections, still_wanted)
    of = ("same versions", f"{version.model}:{version.number}")
    after, limit = _place(page.position(of), page), page.limit(stores.limits)
    found = stores.catalog.same_versions(chosen.artifact.digest, FINGERPRINT_VERSION, after, limit + 2)
    others = [one for one in found if (one.version.model, one.version.number) != (version.model, version.number)]
    return SameVersions(version, page_of(others, limit, of, [_position(one.version) for one in others]))


def _catch_up(stores: Stores, inspections: Inspections, still_wanted: StillWanted) -> None:
    """Computes fingerprints that an older release did not: housekeeping does so too, but a registry without a server has none."""
    end_s = monotonic() + _CATCHING_UP_S
    try:
        take_missing(stores, inspections, lambda: still_wanted() and monotonic() < end_s)
    except TfregError as error:
        _log.warning("Not all fingerprints were computed: %s", error)


def _position(version: VersionRecord) -> str:
    return f"{version.model}:{version.number}"


def _place(position: str, page: PageRequest) -> tuple[ModelName, int] | None:
    """Returns the version that a position names.

    Raises:
        PageTokenInvalidError: It names none.
    """
    if not position:
        return None
    model, _, number = position.partition(":")
    try:
        name = parse_model_name(model)
    except ModelNameInvalidError:
        raise page.strange() from None
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise page.strange()
    return name, int(number)
