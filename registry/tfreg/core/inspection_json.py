"""Inspections as JSON, to be memoised."""

from __future__ import annotations

from tfreg.core import json_values
from tfreg.core.inspections import Inspection


def encode(inspection: Inspection) -> bytes:
    """Returns the JSON of an inspection in UTF-8; fields that have their default are left out."""
    return json_values.encode(inspection)


def decode(content: bytes) -> Inspection:
    """Reads what `encode` returned.

    Raises:
        ValueError: It is not JSON, or not of an inspection.
    """
    return json_values.decode(Inspection, content)
