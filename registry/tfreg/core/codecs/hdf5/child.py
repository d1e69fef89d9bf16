"""The child process: reads one HDF5 file for its parent, within limits, and ends. Nothing else imports pyfive and, through it, numpy.

Run by `process.py`; stdin and stdout are the two pipes of `protocol`. The limits are the child's own wish: should it fail to keep them,
the parent's deadline ends it.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

from pyfive.high_level import File

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5 import lzf
from tfreg.core.codecs.hdf5.listing import Listing
from tfreg.core.codecs.hdf5.protocol import DATA, DONE, FAULT, HEADER, JOB, TABLE, frame
from tfreg.core.codecs.hdf5.remote_file import RemoteFile
from tfreg.core.codecs.hdf5.values import stream


def main() -> None:
    """Does one job."""
    questions, answers = sys.stdout.buffer, sys.stdin.buffer
    sys.stdout = sys.stderr  # what a library prints must not get into the pipe
    warnings.simplefilter("ignore")
    kind, size = HEADER.unpack(answers.read(HEADER.size))
    if kind != JOB:
        raise SystemExit(2)
    job = json.loads(answers.read(size))
    limit_resources(job["memory_bytes"], job["cpu_s"])
    answer(RemoteFile(questions, answers, job["size_bytes"], job["read_bytes"]), job, questions)


def answer(file: RemoteFile | BinaryIO, job: Mapping[str, Any], out: BinaryIO) -> None:
    """Writes the frames that answer a job, whatever is in the file."""
    sys.modules.setdefault("lzf", lzf)
    fault = _attempt(lambda: _do(File(file), job, out))
    if fault is not None:
        out.write(frame(FAULT, json.dumps(fault).encode()))
    out.write(frame(DONE))
    out.flush()


def _do(hdf5: File, job: Mapping[str, Any], out: BinaryIO) -> None:
    if "several" in job:
        for path, value_bytes in job["several"]:
            fault = _attempt(partial(_write_value, hdf5, path, value_bytes, out))
            out.write(frame(TABLE, json.dumps(fault).encode()))  # the value has ended
            out.flush()
    elif "read" in job:
        _write_value(hdf5, job["read"], job["value_bytes"], out)
    else:
        table = Listing(hdf5, job["max_objects"], job["max_attribute_bytes"]).table()
        out.write(frame(TABLE, json.dumps(table).encode()))


def _write_value(hdf5: File, path: str, value_bytes: int, out: BinaryIO) -> None:
    for chunk in stream(hdf5, path, value_bytes):
        out.write(frame(DATA, chunk))


def _attempt(work: Callable[[], None]) -> tuple[str, str] | None:
    """Does something with the file. Returns kind and message of the fault that ended it; None if it was done."""
    try:
        work()
    except LimitError as error:
        return "limit", error.message
    except (MemoryError, RecursionError):
        return "limit", "needs more memory to be read than a file of its size should"
    except CodecError as error:
        return "codec", error.message
    except Exception as error:
        return "codec", f"is not readable HDF5 ({type(error).__name__}: {str(error)[:200]})"
    return None


def limit_resources(memory_bytes: int, cpu_s: float) -> None:
    """Bounds what this process may use on top of what its imports took."""
    try:
        with open("/proc/self/statm") as statm:
            taken = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory_bytes, taken + memory_bytes))
    except OSError:
        pass  # not Linux: the other limits remain
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, cpu_s)  # SIGPROF ends the process
