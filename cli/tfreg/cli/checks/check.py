"""What a check found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from tfreg.cli.exit_codes import BY_KIND, OK
from tfreg.cli.failures import as_tfreg_error
from tfreg.core.errors import TfregError


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """A check and its outcome.

    Attributes:
        name: What was checked.
        state: How it ended.
        message: What was found.
        hint: What to do about it.
        exit_code: That of the command if this is what is wrong.
    """

    name: str
    state: State
    message: str
    hint: str = ""
    exit_code: int = OK


@dataclass(slots=True)
class Findings:
    """The outcomes so far, in order."""

    checks: list[Check] = field(default_factory=list)

    def ok(self, name: str, message: str) -> None:
        """All is well."""
        self.checks.append(Check(name, State.OK, message))

    def warning(self, name: str, message: str, hint: str) -> None:
        """Works, but somebody should look."""
        self.checks.append(Check(name, State.WARNING, message, hint))

    def error(self, name: str, error: TfregError) -> None:
        """Does not work."""
        self.checks.append(Check(name, State.ERROR, error.message, error.hint, BY_KIND[error.kind]))

    @contextmanager
    def catching(self, name: str) -> Iterator[None]:
        """Turns an error of the block into the outcome of the check, so that the others still run."""
        try:
            yield
        except (TfregError, OSError) as error:
            self.error(name, as_tfreg_error(error))

    @property
    def exit_code(self) -> int:
        """That of the first error; 0 if there is none."""
        return next((check.exit_code for check in self.checks if check.state is State.ERROR), OK)
