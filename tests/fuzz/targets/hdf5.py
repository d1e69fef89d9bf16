"""What the child makes of an HDF5 file, here in this process: a table or a fault, never an exception.

The child bounds its memory and its time by the operating system; here the memory is bounded while an input runs, and the number of reads
stands for the time.
"""

import io
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.codecs.errors import LimitError
from tfreg.core.codecs.hdf5.child import answer
from tfreg.core.codecs.hdf5.protocol import DATA, DONE, FAULT, HEADER, TABLE

NAME = "hdf5"
SEEDS = ("keras_3_sequential_h5.h5", "keras_2_hdf5_2_15_latest.h5", "keras_2_hdf5_2_15_gzip.h5", b"", b"\x89HDF\r\n\x1a\n")
_JOB = {"max_objects": 1_000, "max_attribute_bytes": 1 << 20, "value_bytes": 1 << 20}


class Bounded(io.BytesIO):
    """A file that can be read so often."""

    left = 20_000

    def read(self, size: int | None = -1) -> bytes:
        """Reads."""
        self.left -= 1
        if self.left < 0:
            raise LimitError("is read too often")
        return super().read(size)


def one_input(data: bytes) -> None:
    """Lists the file, and reads its first dataset."""
    with bounded_memory(256 << 20):
        told = frames(data, _JOB)
        if told[0][0] == TABLE and (datasets := json.loads(told[0][1])["datasets"]):
            told += frames(data, {**_JOB, "read": datasets[0]["path"]})
        assert {kind for kind, _ in told} <= {TABLE, DATA, FAULT, DONE}


@contextmanager
def bounded_memory(more_bytes: int) -> Iterator[None]:
    """Lets this process take so much more meanwhile."""
    with open("/proc/self/statm") as statm:
        taken = int(statm.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def frames(data: bytes, job: dict[str, object]) -> list[tuple[bytes, bytes]]:
    """Does a job, and returns the frames that the parent would get."""
    out = io.BytesIO()
    answer(Bounded(data), job, out)
    out.seek(0)
    found = []
    while header := out.read(HEADER.size):
        kind, size = HEADER.unpack(header)
        found.append((kind, out.read(size)))
    return found
