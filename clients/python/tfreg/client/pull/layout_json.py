"""layout.json: of which blobs the files of a cached artifact consist."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from tfreg.core.digests import Digest, parse_digest
from tfreg.core.errors import TfregError
from tfreg.core.layouts import BlobExtent, Extent, FileLayout, InlineExtent, check_layouts
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import ArtifactRecord

NAME = "layout.json"


def write_layout(folder: Path, artifact: ArtifactRecord) -> None:
    """Writes layout.json into a folder: whole or not at all."""
    files = [
        {
            "path": file.path,
            "size_bytes": file.size_bytes,
            "digest": file.digest,
            "extents": [_extent_to_json(extent) for extent in layout.extents],
        }
        for file, layout in zip(artifact.manifest.files, artifact.layouts, strict=True)
    ]
    text = json.dumps({"digest": artifact.digest, "format": artifact.format, "files": files}, ensure_ascii=False)
    draft = folder / f".{NAME}.{os.getpid()}"
    draft.write_text(text, encoding="utf-8")
    draft.rename(folder / NAME)


def read_layout(folder: Path) -> ArtifactRecord | None:
    """Reads layout.json of a folder; None if it is not there or is not one."""
    try:
        document = json.loads((folder / NAME).read_text(encoding="utf-8"))
        manifest = manifest_of(
            ManifestFile(file["path"], file["size_bytes"], parse_digest(file["digest"])) for file in document["files"]
        )
        layouts = check_layouts(
            manifest,
            (
                FileLayout(file["path"], tuple(_extent_from_json(extent) for extent in file["extents"]))
                for file in document["files"]
            ),
        )
        return ArtifactRecord(Digest(document["digest"]), document["format"], manifest, layouts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, TfregError):
        return None


def _extent_to_json(extent: Extent) -> dict[str, str | int]:
    if isinstance(extent, InlineExtent):
        return {"inline_base64": base64.b64encode(extent.content).decode("ascii")}
    return {"blob": extent.blob, "offset_bytes": extent.offset_bytes, "length_bytes": extent.length_bytes}


def _extent_from_json(extent: dict[str, str]) -> Extent:
    if "inline_base64" in extent:
        return InlineExtent(base64.b64decode(extent["inline_base64"], validate=True))
    return BlobExtent(parse_digest(extent["blob"]), int(extent["offset_bytes"]), int(extent["length_bytes"]))
