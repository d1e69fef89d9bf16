"""The embedded registry's folder: can it be used, is there room, is the catalog whole, and does every blob lie where it should."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.cli.checks.check import Findings
from tfreg.cli.registry import CATALOG_FILE
from tfreg.cli.wording import count_text, size_text
from tfreg.core.errors import BlobDamagedError, DataFolderInvalidError, StorageFullError

if TYPE_CHECKING:
    from tfreg.app.examination import Examined, Finding

LITTLE_ROOM_BYTES = 1_000_000_000
NO_ROOM_BYTES = 50_000_000
LISTED = 10
"""How many damaged blobs, and how many versions that hold them, are named."""


def check_data_folder(findings: Findings, data: Path, *, deep: bool, clean: bool) -> None:
    """Checks the folder. One that is not there yet is fine: the first push makes it."""
    name = "data folder"
    with findings.catching(name):
        if not os.path.lexists(data):
            _require_usable(next(folder for folder in data.absolute().parents if folder.exists()))
            findings.ok(name, f"{data} is not there yet; the first push makes it")
            return
        _require_usable(data)
        findings.ok(name, f"{data} can be written")
        check_room(findings, data)
        if (data / CATALOG_FILE).exists():
            check_contents(findings, data, deep=deep, clean=clean)
        elif (data / "blobs").exists():
            raise BlobDamagedError(
                f"{data} has blobs but no catalog {CATALOG_FILE}: they cannot be found.", hint="Bring it back from a backup."
            )
        else:
            findings.ok("catalog", f"{data} holds no registry yet; the first push makes it")


def check_room(findings: Findings, data: Path) -> None:
    """Checks that there is room on the disk."""
    free_bytes = shutil.disk_usage(data).free
    told = f"{size_text(free_bytes)} free on the disk of {data}"
    if free_bytes < NO_ROOM_BYTES:
        findings.error("room", StorageFullError(f"{told}.", hint="Make room, or name another folder by --data."))
    elif free_bytes < LITTLE_ROOM_BYTES:
        findings.warning("room", told, "Make room before the next push.")
    else:
        findings.ok("room", told)


def check_contents(findings: Findings, data: Path, *, deep: bool, clean: bool) -> None:
    """Checks the catalog, and every blob against its row."""
    from tfreg.server.doctor import clean_data_folder, examine_data_folder

    _check_file(data / CATALOG_FILE)
    freed = clean_data_folder(data) if clean else None
    examined = examine_data_folder(data, read=deep)
    findings.ok("catalog", f"{data / CATALOG_FILE} is whole and of a version that this tfreg knows")
    if freed is not None:
        gone = (
            f"{count_text(freed.versions, 'version')} and {count_text(freed.blobs, 'blob')} that nothing holds any more removed"
        )
        findings.ok("cleaning", f"{gone}, {size_text(freed.size_bytes)} freed")
    tell_blobs(findings, data, examined, deep=deep)


def tell_blobs(findings: Findings, data: Path, examined: Examined, *, deep: bool) -> None:
    """Tells what an examination of the blobs saw."""
    from tfreg.app.examination import Fault

    harmed = [finding for finding in examined.findings if finding.fault is not Fault.STRANGER]
    strangers = count_text(len(examined.findings) - len(harmed), "blob")
    if harmed:
        tell_harmed(findings, data, harmed)
    if len(examined.findings) > len(harmed):
        findings.warning("blobs", f"{strangers} of pushes that never finished", "tfreg doctor --clean removes them.")
    if not harmed:
        how = "read and hashed" if deep else "there with the right size; --deep hashes them"
        findings.ok("blobs", f"{count_text(examined.blob_count, 'blob')}, {size_text(examined.size_bytes)}: {how}")


def tell_harmed(findings: Findings, data: Path, harmed: Sequence[Finding]) -> None:
    """Tells which blobs are damaged, and which versions hold them: the first of each."""
    from tfreg.cli.checks.harmed_versions import harmed_versions

    for finding in harmed[:LISTED]:
        findings.error("blobs", BlobDamagedError(finding.message, digest=finding.digest))
    versions = harmed_versions(data, [finding.digest for finding in harmed])
    more = f" and {len(versions) - LISTED} more" if len(versions) > LISTED else ""
    held = f"part of {', '.join(versions[:LISTED])}{more}" if versions else "part of no version"
    hint = "Bring the files below blobs/ back from a backup, or push these models again from where they came."
    findings.error("blobs", BlobDamagedError(f"damaged: {count_text(len(harmed), 'blob')}, {held}", hint=hint))


def _require_usable(data: Path) -> None:
    if not data.is_dir() or not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        fault = "is not a folder" if not data.is_dir() else "cannot be written by you"
        raise DataFolderInvalidError(
            f"{data} {fault}.", hint="Name a folder that you may write, by --data or TFREG_DATA.", path=str(data)
        )


def _check_file(catalog: Path) -> None:
    import sqlite3

    try:
        connection = sqlite3.connect(f"{catalog.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise BlobDamagedError(
            f"The catalog {catalog} is damaged: {answer}.", hint="Bring it back from a backup.", path=str(catalog)
        )
