"""Programs that a test runs in a process of their own, to kill it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from tfreg.app.conversions.jobs import JobTimes
from tfreg.core.rewrites import freezing
from tfreg.core.rewrites.pieces import CHUNK_BYTES, Computed, RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.server.compose import ServerOptions
from tfreg.server.converting import ConvertOptions
from tfreg.server.serve import serve


def serve_and_hang(data: str) -> None:
    """Serves; a conversion hangs while its result is stored, after a blob was written."""
    original = freezing.rewrite

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(CHUNK_BYTES)
        print("hanging", flush=True)
        time.sleep(600)

    def hanging(request: RewriteRequest) -> Rewritten:
        made = original(request)
        (file,) = made.tree.files()
        tree = RewrittenTree({file.path: made.tree.pieces(file.path), "more": [Computed(30 * CHUNK_BYTES, chunks)]})
        return Rewritten(tree, made.signatures)

    freezing.rewrite = hanging
    options = ServerOptions(convert=ConvertOptions(times=JobTimes(alive_s=3.0, beat_s=0.2)))
    serve("127.0.0.1:0", data, options=options, announce=lambda line: print(line, flush=True))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
