"""One worker process: started, told its job, listened to, and ended with all that it started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tfreg.convert import protocol
from tfreg.convert.executors.folders import remove_tree
from tfreg.convert.sandbox import bubblewrap
from tfreg.convert.sandbox.limits import SandboxLimits
from tfreg.convert.sandbox.setup import Found, Walls, WorkerSetup, encode
from tfreg.convert.sandbox.users import worker_user
from tfreg.convert.sandbox.visible import import_folders, visible_paths
from tfreg.convert.sandbox.watching import descendants

_MOMENT_S = 2.0
_TRIES = 5
_ROUNDS = 100
_LOG_TAIL_BYTES = 16 << 10
_READ_BYTES = 1 << 16


def worker_setup(
    found: Found, folder: Path, limits: SandboxLimits, extra_steps: Mapping[str, Path], *, warm: bool
) -> WorkerSetup:
    """Returns how a worker of this process starts in a folder, behind the walls that were found."""
    extra = dict.fromkeys(os.path.realpath(path) for path in extra_steps.values())
    return WorkerSetup(
        walls=found.walls,
        folder=str(folder),
        parent=os.getpid(),
        user=worker_user() if found.as_other_user else None,
        limits=limits,
        visible=visible_paths(map(Path, extra)),
        import_folders=(*import_folders(), *extra),
        extra_steps=tuple(extra_steps),
        warm=warm,
    )


class WorkerProcess:
    """A worker. It must be started by a thread that lives as long as workers may: the kernel ends them with the thread.

    Args:
        setup: How it starts; its folder exists.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, setup: WorkerSetup) -> None:
        self.folder = Path(setup.folder)
        self.log = self.folder / "log"
        if setup.user is not None:
            for name in ("out", "scratch"):
                os.chown(self.folder / name, setup.user, setup.user)
        python = [sys.executable, "-s", "-P", "-m", "tfreg.convert.worker", encode(setup)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                bubblewrap.command(setup, python) if setup.walls is Walls.BUBBLEWRAP else python,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(setup.environment()),
                cwd=self.folder / "scratch" if setup.walls is Walls.NONE else None,
                start_new_session=True,
                close_fds=True,
            )
        self._walls = setup.walls

    @property
    def number(self) -> int:
        """Its process number; what it started are its descendants."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def tell(self, line: bytes) -> None:
        """Tells it its job. If it has ended, listening shows that."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(line)
            self._process.stdin.close()

    def listen(self, pause_s: float) -> Iterator[bytes | None]:
        """Yields each line that it says, and None whenever it said nothing for a while; ends as it does.

        Raises:
            OverflowError: It says more than a worker has to say.
        """
        assert self._process.stdout is not None
        descriptor, waiting, said_bytes, said_lines = self._process.stdout.fileno(), bytearray(), 0, 0
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            asked = time.monotonic()
            while True:
                part = os.read(descriptor, _READ_BYTES) if selector.select(pause_s) else None
                if part == b"":
                    return
                if part is None or time.monotonic() - asked >= pause_s:
                    asked = time.monotonic()
                    yield None
                if part:
                    said_bytes, said_lines = said_bytes + len(part), said_lines + part.count(b"\n")
                    if said_bytes > protocol.MAX_TALK_BYTES or said_lines > protocol.MAX_LINES:
                        raise OverflowError
                    waiting += part
                    if b"\n" in part:
                        *lines, rest = waiting.split(b"\n")
                        waiting = bytearray(rest)
                        yield from map(bytes, lines)
                    if len(waiting) > protocol.MAX_LINE_BYTES:
                        raise OverflowError

    def ends_by_itself(self) -> bool:
        """Gives it a moment to end, so that its exit code is its own."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_MOMENT_S)
        return not self.alive

    def kill(self) -> None:
        """Ends it with all that it started. Whoever waits for it notices.

        Behind walls, its first process is killed: the kernel then ends all others, and the one that waits ends when they are gone.
        """
        started = _stopped(self.number) if self._walls is Walls.NONE else list(descendants(self.number))[:2][-1:]
        for process in started:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)

    def end(self) -> int:
        """Ends it unless it has, with all that it started. Returns its exit code; that of a signal is negative."""
        for _ in range(_TRIES):
            if self._process.poll() is not None:
                break
            self.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_MOMENT_S)
        else:
            self._process.kill()
        code = self._process.wait()
        return 128 - code if 128 < code < 128 + signal.NSIG else code

    def log_tail(self) -> str:
        """Returns the end of what it printed."""
        with suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _LOG_TAIL_BYTES))
            return log.read(_LOG_TAIL_BYTES).decode(errors="replace")
        return ""

    def remove(self) -> None:
        """Ends it, and takes its folder away."""
        self.end()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        remove_tree(self.folder)


def _stopped(root: int) -> set[int]:
    """Stops a process and its descendants until there are no new ones, so that none gets away; returns them."""
    stopped: set[int] = set()
    for _ in range(_ROUNDS):
        new = set(descendants(root)) - stopped
        if not new:
            break
        for process in new:
            with suppress(OSError):
                os.kill(process, signal.SIGSTOP)
        stopped |= new
    return stopped
