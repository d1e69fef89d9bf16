"""One push, pull into the cache (`fill_cache`) or pull to a folder, in a process of its own: prints its time and memory as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.measure import peak_rss_mb, reset_peak, rss_mb
from tfreg.client import Client


def main(verb: str, target: str, model: Path, work: Path) -> None:
    """Connects first, then times the one call."""
    with Client(target, cache_dir=work / "cache") as client:
        client.capabilities()
        reset_peak()
        before_mb, start = rss_mb(), time.perf_counter()
        if verb == "push":
            # The changed tensor has the old one's checksum in the index, which is told, and refused unless allowed.
            sent_bytes = client.push(model, "bench/large", aliases=["prod"], allow_broken=True).sent_bytes
        else:
            sent_bytes = client.pull("bench/large@prod", work / "out" if verb == "pull" else None).received_bytes
        wall_s = time.perf_counter() - start
    print(json.dumps({"wall_s": wall_s, "sent_bytes": sent_bytes, "growth_mb": peak_rss_mb() - before_mb}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
