"""Collects what is wrong with an artifact while it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tfreg.core.codecs.errors import ChecksumError, CodecError, LimitError, TruncatedError
from tfreg.core.diagnostics import Diagnostic, Place, Severity

_MAX_PROBLEMS = 100
_MAX_TEXT_CHARACTERS = 1_000


class Problems(list[Diagnostic]):
    """Diagnostics in the order found. After the first hundred no more are kept, and texts are cut: a hostile file could cause millions."""

    def __init__(self, known: Iterable[Diagnostic] = ()) -> None:
        super().__init__(known)
        self._cut_off: set[tuple[str, str]] = set()

    @property
    def full(self) -> bool:
        """Whether no more are kept."""
        return len(self) >= _MAX_PROBLEMS

    def add(self, diagnostic: Diagnostic) -> None:
        """Keeps a diagnostic if there is room and it is new."""
        if not self.full and (kept := _shortened(diagnostic)) not in self:
            self.append(kept)

    def error(self, code: str, message: str, hint: str = "", *, file: str = "", operation: str = "", signature: str = "") -> None:
        """Adds what makes the artifact unusable in part or whole."""
        self.add(Diagnostic(code, Severity.ERROR, message, hint, Place(file, operation, "", signature)))

    def warn(self, code: str, message: str, hint: str = "", *, file: str = "", operation: str = "", signature: str = "") -> None:
        """Adds what may surprise."""
        self.add(Diagnostic(code, Severity.WARNING, message, hint, Place(file, operation, "", signature)))

    def inform(self, code: str, message: str, hint: str = "", *, file: str = "") -> None:
        """Adds what is good to know."""
        self.add(Diagnostic(code, Severity.INFO, message, hint, Place(file)))

    def fault(self, code: str, file: str, error: CodecError) -> None:
        """Adds what a codec found: TFR104 as a warning for a limit of ours, TFR107 for a checksum, else `code`.

        That a file was cut off is told once for each code, however many places refer beyond its end.
        """
        if isinstance(error, TruncatedError):
            if (code, file) in self._cut_off:
                return
            self._cut_off.add((code, file))
        message = f"{file} {error.message}."
        if isinstance(error, LimitError):
            self.warn("TFR104", message, "The file is kept as it is, but not all is known about it.", file=file)
        else:
            code = "TFR107" if isinstance(error, ChecksumError) else code
            self.error(code, message, "It was cut off or damaged; copy or export it again.", file=file)

    def too_large(self, file: str, size_bytes: int) -> None:
        """Adds that TensorFlow cannot parse a file that tfreg could read."""
        message = f"{file} has {size_bytes} bytes; TensorFlow parses no message of 2 GiB or more."
        self.error("TFR108", message, "Keep the weights in variables instead of the graph.", file=file)


def _shortened(diagnostic: Diagnostic) -> Diagnostic:
    """Returns a diagnostic without the rest of names that are longer than any real one."""
    place = diagnostic.place
    return replace(
        diagnostic,
        message=_cut(diagnostic.message),
        hint=_cut(diagnostic.hint),
        place=replace(place, operation=_cut(place.operation), signature=_cut(place.signature)),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT_CHARACTERS else text[:_MAX_TEXT_CHARACTERS] + "..."
