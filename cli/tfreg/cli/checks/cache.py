"""The cache of pulled artifacts, by the rules of docs/cache.md."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tfreg.cli.checks.check import Findings
from tfreg.cli.checks.files import check_files
from tfreg.cli.wording import count_text, size_text
from tfreg.client.pull.layout_json import read_layout
from tfreg.core.digests import from_hex
from tfreg.core.errors import TfregError


def check_cache(findings: Findings, cache: Path, *, deep: bool) -> None:
    """Checks that the cache can be written, and with `deep` every file in it."""
    name = "cache"
    if not cache.exists():
        findings.ok(name, f"{cache} is not there yet; the first pull makes it")
        return
    if not os.access(cache, os.R_OK | os.W_OK | os.X_OK):
        findings.warning(name, f"{cache} cannot be written by you", "Name another folder by TFREG_CACHE.")
        return
    artifacts = sorted((cache / "v1" / "artifacts").glob("[0-9a-f]*"))
    size_bytes = sum(path.stat().st_size for folder in artifacts for path in folder.rglob("*") if path.is_file())
    damaged = list(_damaged(artifacts)) if deep else []
    for folder in damaged:
        findings.warning(name, f"{folder} does not hold what it should", "Delete that folder; the next pull fetches it again.")
    if not damaged:
        how = "read and hashed" if deep else "--deep hashes them"
        findings.ok(name, f"{cache}: {count_text(len(artifacts), 'artifact')}, {size_text(size_bytes)}; {how}")
    unfinished = len(list((cache / "v1" / "incoming").glob("*")))
    if unfinished:
        findings.ok(name, f"{count_text(unfinished, 'interrupted pull')}; pulling the same again goes on there")


def _damaged(artifacts: list[Path]) -> Iterator[Path]:
    for folder in artifacts:
        known = read_layout(folder)
        try:
            if known is None or known.manifest.digest() != from_hex(folder.name):
                yield folder
            else:
                check_files(folder / "tree", known.manifest)
        except TfregError:
            yield folder
