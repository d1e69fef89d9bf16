"""Progress: bars on a terminal, once a transfer is long; nothing anywhere else."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.cli import progress
from tfreg.cli.progress import Bars, transfer
from tfreg.core.errors import ServerUnavailableError


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


def test_phases_that_report_at_once_share_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    opened = []
    really = progress._opened
    monkeypatch.setattr(progress, "_opened", lambda: (time.sleep(0.05), opened.append(1), really())[-1])
    with transfer(quiet=False) as reported, ThreadPoolExecutor(8) as threads:
        assert reported is not None
        for phase in ("hash", "send") * 4:
            threads.submit(reported, phase, 1, 2)
    assert len(opened) == 1


def test_a_phase_without_bytes_shows_no_bar_and_a_closed_display_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    with transfer(quiet=False) as reported:
        assert reported is not None
        reported("send", 0, 0)
    reported("hash", 1, 2)
    assert terminal.getvalue() == ""


def test_a_push_that_has_sent_all_is_committing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    with transfer(quiet=False) as reported:
        assert reported is not None
        reported("hash", 2, 2)
        reported("send", 2, 2)
    assert "committing" in terminal.getvalue()


def test_a_transfer_that_loses_its_server_may_be_repeated() -> None:
    with pytest.raises(ServerUnavailableError) as caught, transfer(quiet=True):
        raise ServerUnavailableError("It went away.", hint="Look.")
    assert caught.value.hint == "Look. Repeat the command: it goes on where it stopped."
