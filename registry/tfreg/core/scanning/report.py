"""The safety findings of an inspection, grouped by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfreg.core.diagnostics import Diagnostic, Severity

_SAFETY = "TFR4"
_UNREAD = {
    "TFR101": Severity.ERROR,
    "TFR102": Severity.ERROR,
    "TFR103": Severity.ERROR,
    "TFR104": Severity.WARNING,
    "TFR106": Severity.ERROR,
    "TFR107": Severity.ERROR,
    "TFR109": Severity.INFO,
}
"""Problems by which something was not read, each from the severity on from which what was not read may hold code.

A warning of TFR102 or TFR103 is of values and notes: a checkpoint of another byte order, a fingerprint.pb. A limit is a warning already.
"""
_UNREAD_WITHOUT_CODE = frozenset({"safetensors", "npz", "tflite"})
"""Formats of which TFR109 tells values alone: safetensors has nothing else, an npz nothing but pickles, which are found unsafe anyway,
TFLite keeps some in files beside it.

Of the others it is what may hold code. onnx: nodes, with their custom ops and external files. tfjs: layers and nodes. saved_model: a
graph in several files. pytorch, pickle: what runs when they are loaded, which is found unsafe (TFR404) anyway.
"""
_SEVERITIES = list(Severity)


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """What is unsafe in an artifact.

    Attributes:
        groups: The findings by code, codes in their order.
        unread: Why some of it could not be looked at: it is damaged, past a limit, or of a kind that is not read.
    """

    groups: Mapping[str, tuple[Diagnostic, ...]]
    unread: tuple[Diagnostic, ...]

    @property
    def count(self) -> int:
        """How many findings there are."""
        return sum(map(len, self.groups.values()))

    @property
    def is_unsafe(self) -> bool:
        """True if one of them is more than a remark."""
        return any(finding.severity is not Severity.INFO for group in self.groups.values() for finding in group)


def safety_report(problems: Iterable[Diagnostic], format_name: str) -> SafetyReport:
    """Returns what the problems of an inspection say about safety, for an artifact of a format."""
    listed = tuple(problems)
    codes = sorted({problem.code for problem in listed if problem.code.startswith(_SAFETY)})
    groups = {code: tuple(problem for problem in listed if problem.code == code) for code in codes}
    return SafetyReport(groups, tuple(problem for problem in listed if _tells_unread(problem, format_name)))


def _tells_unread(problem: Diagnostic, format_name: str) -> bool:
    least = _UNREAD.get(problem.code)
    if least is None or (problem.code == "TFR109" and format_name in _UNREAD_WITHOUT_CODE):
        return False
    return _SEVERITIES.index(problem.severity) >= _SEVERITIES.index(least)
