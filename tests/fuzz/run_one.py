"""Fuzzes one target in this process: `run_one.py TARGET SECONDS FOLDER_FOR_WHAT_IT_FINDS`. run.py starts it."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import atheris
from targets import load, seeds_of

HANG_S = 10
"""Far above the second that an input may take: instrumented code is several times slower, and CI's machines are shared."""
MEMORY_MB = 1024
MAX_INPUT_BYTES = 64 << 10


def main() -> None:
    """Instruments the parsers, lays out the seeds, and fuzzes."""
    name, seconds, found = sys.argv[1:4]
    with atheris.instrument_imports(include=["tfreg.core"]):
        target = load(name)
    with tempfile.TemporaryDirectory() as corpus:
        for seed in seeds_of(target):
            if len(seed) <= MAX_INPUT_BYTES:
                (Path(corpus) / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
        options = (
            f"-max_total_time={seconds}",
            f"-timeout={HANG_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-max_len={MAX_INPUT_BYTES}",
            f"-artifact_prefix={found}/{name}-",
            "-print_final_stats=1",
        )
        atheris.Setup([sys.argv[0], *options, corpus], target.one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
