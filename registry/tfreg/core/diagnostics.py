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
    "TFR109": "The format is recognised and stored, but what it holds is not read.",
    "TFR110": "Files beside the model are not part of it; they are listed, and a push leaves them out.",
    "TFR111": "No architecture is stored: the model is its author's own class, whose code is needed.",
    "TFR112": "A checkpoint without its graph: tensors can be read, names cannot be resolved.",
    "TFR113": "A hash in TensorFlow's own fingerprint.pb is not that of the model.",
    "TFR201": "A signature names a tensor that its graph does not have.",
    "TFR202": "The names are a guess: no signature says so.",
    "TFR203": "A placeholder is needed that the signature does not name.",
    "TFR204": "A signature has a composite (sparse or ragged) tensor; TensorFlow Java's SavedModelBundle cannot load such a model.",
    "TFR205": "Two keys of the signature are one tensor; fetch it once.",
    "TFR206": "A signature's dtype or shape contradicts its graph.",
    "TFR207": "A declared signature stands in place of one that the artifact holds.",
    "TFR208": "A declared signature has a tag set of its own, which the artifact's loader does not know.",
    "TFR209": "A declared signature needs operations to be run first, which the artifact's loader does not run.",
    "TFR210": "No output of a declared signature depends on this input.",
    "TFR301": "The model uses TensorFlow ops in TFLite (Flex), so its interpreter needs the Flex delegate.",
    "TFR302": "The model uses custom ops that its interpreter must be given.",
    "TFR303": "The names are those of Keras; the format has no graph for a session to feed and fetch.",
    "TFR304": "An op that the caller's runtime does not have.",
    "TFR305": "An attribute that the caller's runtime does not know for this op, and would ignore; or one that a node lacks.",
    "TFR306": "A dtype, or another value of an attribute, that the op does not take in the caller's runtime.",
    "TFR307": "The caller's runtime does not load this format, or imports the graph in it only after its text was parsed.",
    "TFR308": "More does not fit the caller's runtime than is listed, or not all of the graph could be compared.",
    "TFR401": "An op reads or writes files when the model runs.",
    "TFR402": "An op runs Python code of the process that it was made in.",
    "TFR403": "A Lambda layer holds compiled Python code, which loading the model runs.",
    "TFR404": "A pickle: loading it can run any code.",
    "TFR405": "An op that TensorFlow does not have: a native library must be loaded for it.",
    "TFR406": "A class or function that Keras does not have: loading the model imports its author's code.",
    "TFR407": "An op reaches out of the model: it opens connections or loads another library.",
    "TFR408": "An op ends the process that runs the model.",
    "TFR409": "A loss, a metric or an optimiser that Keras does not have: compiling the model, to train it on, needs its author's code.",
    "TFR501": "A conversion left something out.",
    "TFR502": "Weights found no place, or places no weight.",
    "TFR503": "A key of the signature is not in the result of a conversion.",
    "TFR504": "A graph for training was converted as it is.",
    "TFR505": "A check found that source and result of a conversion compute something else.",
    "TFR506": "The result of a conversion needs operations to be run first.",
    "TFR507": "The version was converted to this format with options, or in several ways; one of the results was chosen.",
}
"""What each code stands for. `1xx` format, `2xx` signature, `3xx` runtime fit, `4xx` safety, `5xx` conversion."""
