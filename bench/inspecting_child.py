"""One inspection, or one bare parse by upb, in a process of its own: prints its time and memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import peak_rss_mb, reset_peak, rss_mb


def main(verb: str, path: Path) -> None:
    """Imports first, then times the one call. The memory of a child process that reads HDF5 counts too."""
    action = _parse(path) if verb == "parse" else _inspect(path)
    reset_peak()
    before_mb, start = rss_mb(), time.perf_counter()
    action()
    wall_s = time.perf_counter() - start
    peak_mb = peak_rss_mb()
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    growth_mb = peak_mb - before_mb + max(0.0, child_mb - before_mb)
    print(json.dumps({"wall_s": wall_s, "peak_mb": peak_mb, "growth_mb": growth_mb}))


def _inspect(path: Path) -> Callable[[], object]:
    from tfreg.core.formats.registry import recognise
    from tfreg.core.trees import LocalTree

    def inspect() -> object:
        tree = LocalTree(path)
        return recognise(tree).inspect(tree)

    return inspect


def _parse(path: Path) -> Callable[[], object]:
    from tfreg.wire.graph_pb2 import GraphDef

    content = path.read_bytes()
    return lambda: GraphDef.FromString(content)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
