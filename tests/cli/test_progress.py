"""Progress: bars on a terminal, once a transfer is long; nothing anywhere else."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tfreg.cli import progress
from tfreg.cli.progress import Bars, transfer


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not a fixture, since pytest puts its own stderr in place again before the test's body."""
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    return stderr


def test_nobody_is_told_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with transfer(quiet=False) as reported:
        assert reported is None


def test_quiet_shows_no_bar_on_a_terminal_either(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    with transfer(quiet=True) as reported:
        assert reported is None


def test_a_short_transfer_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with transfer(quiet=False) as reported:
        assert reported is not None
        reported("send", 1, 2)
    assert terminal.getvalue() == ""


def test_a_long_transfer_shows_each_phase_with_amount_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    with transfer(quiet=False) as reported:
        assert isinstance(reported, Bars)
        reported("hash", 50_000_000, 100_000_000)
        reported("send", 10_000_000, 100_000_000)
    shown = terminal.getvalue()
    assert "hashing" in shown
    assert "50.0/100.0 MB" in shown
    assert "sending" in shown
    assert "10.0/100.0 MB" in shown


def test_rich_is_imported_only_for_a_bar() -> None:
    code = "import sys, tfreg.cli.progress, tfreg.cli.commands.push, tfreg.cli.commands.pull; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
