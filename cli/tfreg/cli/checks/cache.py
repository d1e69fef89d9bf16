"""The cache of pulled artifacts, by the rules of docs/cache.md."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from tfreg.cli.checks.check import Findings
from tfreg.cli.checks.files import check_files
from tfreg.cli.wording import count_text, size_text
from tfreg.core.digests import parse_digest
from tfreg.core.errors import FileDamagedError, TfregError
from tfreg.core.manifests import Manifest, ManifestFile, manifest_of


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
        try:
            check_files(folder / "tree", _manifest(folder))
        except (TfregError, OSError, ValueError, KeyError, TypeError):
            yield folder


def _manifest(folder: Path) -> Manifest:
    layout = json.loads((folder / "layout.json").read_text())
    manifest = manifest_of(
        ManifestFile(file["path"], file["size_bytes"], parse_digest(file["digest"])) for file in layout["files"]
    )
    if manifest.digest() != f"sha256:{folder.name}":
        raise FileDamagedError(f"{folder}/layout.json is another artifact's.")
    return manifest
