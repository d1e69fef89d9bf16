"""Choosing an artifact in a format that the caller can load, converting to one if there is none yet."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.app.choice import Chosen, choose, choose_of
from tfreg.app.conversions.convert import Conversions
from tfreg.app.ports import Catalog
from tfreg.app.wanted import StillWanted
from tfreg.core.conversions.requests import ConversionRequest
from tfreg.core.errors import FormatNotStoredError, FormatUnknownError, NoRouteError
from tfreg.core.names import Reference


def choose_or_convert(
    catalog: Catalog, conversions: Conversions, reference: Reference, formats: Sequence[str], still_there: StillWanted
) -> Chosen:
    """Returns the artifact that `choose` chooses; if there is none, converts to the first of `formats` that a way leads to.

    Raises:
        NotFoundError, FormatUnknownError: As `choose`.
        NoRouteError: No way leads to any of them; what is said is said of the first.
        TfregError: As `Conversions.convert_for`.
    """
    try:
        return choose(catalog, reference, formats)
    except FormatNotStoredError:
        target = _first_target(conversions, reference, formats)
    last = conversions.convert_for(ConversionRequest(reference, target), still_there)
    version = catalog.version(last.model, last.version)
    if version is None:
        return choose(catalog, reference, formats)  # deleted meanwhile: says so
    chosen = choose_of(catalog, version, (), last.derived.artifact_digest)
    return Chosen(version, chosen.artifact, last.derived)


def _first_target(conversions: Conversions, reference: Reference, formats: Sequence[str]) -> str:
    refused: list[NoRouteError] = []
    for name in formats:
        try:
            conversions.check_way(ConversionRequest(reference, name))
            return name
        except NoRouteError as error:
            refused.append(error)
        except FormatUnknownError:  # a format that is read, but never written
            refused.append(NoRouteError(f"No conversion leads to {name}.", hint="tfreg convert --routes lists all.", target=name))
    raise refused[0]
