"""The parent's side: starts the child, serves it the file's bytes, bounds its time, and passes on what it says."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5.protocol import ASK, BYTES, DATA, DONE, FAULT, HEADER, JOB, MAX_ASK_BYTES, PLACE, TABLE, frame
from tfreg.core.files import FileReader

_PORTION = Path(__file__).resolve().parents[4]
_START = "import sys; sys.path.insert(0, {!r}); from tfreg.core.codecs.hdf5.child import main; main()"
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_SILENCE_S = 20.0
"""How long the child may say nothing; its CPU time is bounded more tightly by itself."""
_MAX_FRAME_BYTES = 96 << 20
_EXIT_S = 5.0
_value_readers = BoundedSemaphore(16)
"""Children that give values at the same time. Each may need 256 MiB, and lives as long as its caller takes the bytes."""
_WAIT_S = 20.0


def converse(reader: FileReader, job: Mapping[str, object]) -> Iterator[tuple[bytes, bytes]]:
    """Yields the TABLE and DATA frames with which a child answers a job.

    Raises:
        CodecError: It found the file damaged, or died.
        LimitError: It needed more memory or time than it may.
    """
    with _child() as process:
        _say(process, frame(JOB, json.dumps({**job, "size_bytes": reader.size_bytes}).encode()))
        while True:
            kind, content = _frame(process)
            if kind == ASK:
                offset, length = PLACE.unpack(content)
                if length > MAX_ASK_BYTES:
                    raise CodecError("cannot be read: its reader asked for too much")
                _say(process, frame(BYTES, reader.read_at(offset, length)))
            elif kind in (TABLE, DATA):
                yield kind, content
            elif kind == FAULT:
                fault, message = json.loads(content)
                raise LimitError(message) if fault == "limit" else CodecError(message)
            elif kind == DONE:
                return
            else:
                raise CodecError("cannot be read: its reader answered nonsense")


def converse_about_values(reader: FileReader, job: Mapping[str, object]) -> Iterator[tuple[bytes, bytes]]:
    """As `converse`, for a job whose answer is taken as slowly as its taker likes: only so many are answered at a time.

    Raises:
        CodecError: As `converse`.
        LimitError: As `converse`; or as many are being answered, and none ended in a while.
    """
    if not _value_readers.acquire(timeout=_WAIT_S):
        raise LimitError("cannot be read now, for too many others are; try again")
    try:
        yield from converse(reader, job)
    finally:
        _value_readers.release()


@contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """Starts the child; it is gone at the end, whatever happens."""
    command = [sys.executable, "-I", "-c", _START.format(str(_PORTION))]
    try:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT, close_fds=True
        )
    except OSError as error:
        raise CodecError(f"cannot be read: its reader does not start ({error.strerror})") from None
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # closing flushes what the child no longer takes
                if pipe is not None:
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_EXIT_S)


def _say(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        process.stdin.flush()
    except OSError:
        raise _died(process) from None


def _frame(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    kind, size = HEADER.unpack(_exactly(process, HEADER.size))
    if size > _MAX_FRAME_BYTES:
        raise LimitError("holds more than is read")
    return kind, _exactly(process, size)


def _exactly(process: subprocess.Popen[bytes], length: int) -> bytes:
    """Reads from the child, until it ends or says nothing for too long."""
    assert process.stdout is not None
    parts: list[bytes] = []
    until = time.monotonic() + _SILENCE_S
    waiting = select.poll()
    waiting.register(process.stdout, select.POLLIN)
    while length > 0:
        if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
            raise LimitError("needs more time to be read than a file of its size should")
        part = process.stdout.read1(min(length, 1 << 20))  # type: ignore[attr-defined]  # a BufferedReader
        if not part:
            raise _died(process)
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _died(process: subprocess.Popen[bytes]) -> CodecError:
    """Says why a child ended before it said so: by its limit of CPU time, most likely."""
    try:
        status = process.wait(_EXIT_S)
    except subprocess.TimeoutExpired:
        status = 0
    if status < 0:
        return LimitError("needs more time or memory to be read than a file of its size should")
    return CodecError("cannot be read: its reader ended early")
