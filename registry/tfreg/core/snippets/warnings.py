"""What is wrong with the names of a binding, as comments above the lines of a program."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.bindings import Binding
from tfreg.core.diagnostics import Severity


def warning_lines(binding: Binding, mark: str, plain: Callable[[str], str]) -> list[str]:
    """Returns the warnings and errors among a binding's diagnostics.

    Args:
        binding: The names.
        mark: What begins a comment.
        plain: Makes a text one that cannot end a comment.
    """
    lines = []
    for found in binding.diagnostics:
        if found.severity is not Severity.INFO:
            lines.append(f"{mark}{found.severity.value} {plain(found.code)}: {plain(found.message)}")
            lines += [f"{mark}  next: {plain(found.hint)}"] if found.hint else []
    return lines
