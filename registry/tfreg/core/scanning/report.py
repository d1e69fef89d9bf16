"""The safety findings of an inspection, grouped by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfreg.core.diagnostics import Diagnostic, Severity

_SAFETY = "TFR4"
_UNREAD = frozenset({"TFR101", "TFR103", "TFR104", "TFR109"})


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


def safety_report(problems: Iterable[Diagnostic]) -> SafetyReport:
    """Returns what an inspection's problems say about safety."""
    listed = tuple(problems)
    codes = sorted({problem.code for problem in listed if problem.code.startswith(_SAFETY)})
    groups = {code: tuple(problem for problem in listed if problem.code == code) for code in codes}
    return SafetyReport(groups, tuple(problem for problem in listed if problem.code in _UNREAD))
