"""Diagnostics: findings with a stable code, a place and a next step. Parsing never fails, it returns these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad a finding is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an artifact a finding is. Empty fields do not apply."""

    file: str = ""
    operation: str = ""
    function: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: Key of `CODES`.
        severity: How bad it is.
        message: One sentence that names the thing and the reason.
        hint: The next step; empty if there is none.
        place: Where it is.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    place: Place = Place()


CODES: dict[str, str] = {
    "TFR101": "A file is cut off or is not what its name says.",
    "TFR102": "A file that the format needs is missing.",
    "TFR103": "A part of a file cannot be read; the rest is used.",
    "TFR104": "A limit was reached while reading, so some facts are missing.",
    "TFR105": "The files hold things that the format does not know; they are stored but not read.",
    "TFR106": "The checkpoint that holds the variables is damaged or does not fit the graph.",
    "TFR107": "A checksum that the format itself carries is wrong.",
    "TFR108": "A file is larger than TensorFlow can parse.",
    "TFR201": "A signature names a tensor that its graph does not have.",
    "TFR202": "The names are a guess: no signature says so.",
    "TFR203": "A placeholder is needed that the signature does not name.",
    "TFR204": "A signature has a composite (sparse or ragged) tensor; TensorFlow Java cannot load such a model.",
    "TFR205": "Two keys of the signature are one tensor; fetch it once.",
    "TFR206": "A signature's dtype or shape contradicts its graph.",
}
"""What each code stands for. `1xx` format, `2xx` signature, `3xx` runtime fit, `4xx` safety, `5xx` conversion."""
