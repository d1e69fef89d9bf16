"""How manifests, layouts, inspections, declared signatures, derived artifacts, jobs and runtimes are kept in a column.

A manifest is kept as the lines of its digest. Inspections are compressed as they come. Layouts are compressed JSON: per file
`[path, extents]`, per extent `[hex, offset, length]` or, for inline bytes, their base64 text. Declared signatures, derived
artifacts, jobs and runtimes are compressed JSON too: the fields of the value by name, those that have their default left out.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfreg.core import json_values
from tfreg.core.digests import from_hex, hex_of
from tfreg.core.layouts import BlobExtent, Extent, FileLayout, InlineExtent
from tfreg.core.manifests import Manifest, ManifestFile
from tfreg.core.records import DeclaredSignature

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Derived, Job
    from tfreg.core.runtimes.profile import RuntimeProfile

_FASTEST = 1  # most of it is digests, which no effort makes smaller
_WrittenExtent = list[str | int] | str


def compress(content: bytes) -> bytes:
    """Returns bytes as a column's content."""
    return zlib.compress(content, _FASTEST)


def decompress(content: bytes) -> bytes:
    """Reads what `compress` wrote."""
    return zlib.decompress(content)


def write_layouts(layouts: Iterable[FileLayout]) -> bytes:
    """Returns layouts as a column's content."""
    files = [[layout.path, [_written(extent) for extent in layout.extents]] for layout in layouts]
    return compress(json.dumps(files, separators=(",", ":")).encode())


def read_layouts(content: bytes) -> tuple[FileLayout, ...]:
    """Reads what `write_layouts` wrote."""
    files = json.loads(decompress(content))
    return tuple(FileLayout(path, tuple(map(_read, extents))) for path, extents in files)


def read_manifest(text: str) -> Manifest:
    """Reads `Manifest.text`; it was checked before it was stored."""
    files = (line.split(" ", 2) for line in text.split("\n")[:-1])
    return Manifest(tuple(ManifestFile(path, int(size), from_hex(digits)) for digits, size, path in files))


def write_declared(declared: DeclaredSignature) -> bytes:
    """Returns a declared signature as a column's content."""
    return compress(json_values.encode(declared))


def read_declared(content: bytes) -> DeclaredSignature:
    """Reads what `write_declared` wrote."""
    return json_values.decode(DeclaredSignature, decompress(content))


def write_derived(derived: Derived) -> bytes:
    """Returns a derived artifact as a column's content."""
    return compress(json_values.encode(derived))


def read_derived(content: bytes) -> Derived:
    """Reads what `write_derived` wrote."""
    from tfreg.core.conversions.records import Derived  # most catalogs hold none

    return json_values.decode(Derived, decompress(content))


def write_job(job: Job) -> bytes:
    """Returns a job as a column's content."""
    return compress(json_values.encode(job))


def read_job(content: bytes) -> Job:
    """Reads what `write_job` wrote."""
    from tfreg.core.conversions.records import Job

    return json_values.decode(Job, decompress(content))


def write_runtime(profile: RuntimeProfile) -> bytes:
    """Returns the profile of a runtime as a column's content."""
    return compress(json_values.encode(profile))


def read_runtime(content: bytes) -> RuntimeProfile:
    """Reads what `write_runtime` wrote."""
    from tfreg.core.runtimes.profile import RuntimeProfile

    return json_values.decode(RuntimeProfile, decompress(content))


def _written(extent: Extent) -> _WrittenExtent:
    if isinstance(extent, InlineExtent):
        return base64.b64encode(extent.content).decode()
    return [hex_of(extent.blob), extent.offset_bytes, extent.length_bytes]


def _read(written: str | tuple[str, int, int]) -> Extent:
    if isinstance(written, str):
        return InlineExtent(base64.b64decode(written))
    digits, offset_bytes, length_bytes = written
    return BlobExtent(from_hex(digits), offset_bytes, length_bytes)
