"""Entries of lock files: asked of a registry, or read off a local path for stubs, which look at the same facts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.cli.writing import note
from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.errors import NoSignaturesError, PathNotFoundError
from tfreg.core.inspections import Inspection
from tfreg.core.locks.lock import Lock, LockedModel, LockedSignature, locked_signature, unnamed_feeds
from tfreg.core.locks.lock_json import read_lock, write_lock
from tfreg.core.names import is_path
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.resolving.tag_sets import choose_meta_graph

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.client import Client

LOCK_FILE = "tfreg.lock"


@dataclass(frozen=True, slots=True)
class Side:
    """Which artifact and which tag set of a model is looked at.

    Attributes:
        formats: Formats that will do, best first; empty: the pushed one's.
        tags: Tag set, matched as a whole; empty: the only one, else exactly {serve}.
    """

    formats: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def locked_subject(text: str, side: Side, settings: Settings) -> LockedModel:
    """Returns the entry of a reference or of a local path.

    Raises:
        TfregError: There is no such thing, or it has no signatures.
    """
    if is_path(text):
        return local_entry(text, side, quiet=settings.quiet)
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        return entry(client, text, side, quiet=settings.quiet)


def entry(client: Client, reference: str, side: Side, *, quiet: bool) -> LockedModel:
    """Returns what a reference stands for now; a note tells what no typed call of it can feed.

    Raises:
        TfregError: There is no such version, it is in none of the formats, or it has no signatures.
    """
    found = client.inspect(reference, formats=side.formats)
    name = f"{found.model}:{found.version}"

    def resolved(key: str) -> Binding:
        return client.resolve(name, signature=key, tags=side.tags, formats=found.inspection.format).binding

    signatures = _signatures(name, found.inspection, side, resolved, quiet=quiet)
    fingerprint = found.fingerprints.interface
    return LockedModel(
        reference, found.model, found.version, found.artifact_digest, found.inspection.format, fingerprint, signatures
    )


def local_entry(path: str, side: Side, *, quiet: bool) -> LockedModel:
    """Returns the same of a local path, under a name made of the path's own."""
    from tfreg.cli.answers import check_local_format
    from tfreg.cli.subjects import local_binding, read_local
    from tfreg.core.fingerprints.interface import interface_fingerprint

    tree, kind = read_local(path)
    check_local_format(path, kind.name, side.formats)
    inspection = kind.inspect(tree)

    def resolved(key: str) -> Binding:
        return local_binding(tree, kind, inspection, BindingQuery(key, side.tags))

    signatures = _signatures(path, inspection, side, resolved, quiet=quiet)
    name = _model_name(path)
    return LockedModel(name, name, 0, "", inspection.format, interface_fingerprint(inspection), signatures)


def read_lock_file(path: Path) -> Lock:
    """Reads a lock file; one that is not there is empty.

    Raises:
        LockInvalidError: It is none.
    """
    try:
        return read_lock(path.read_bytes())
    except FileNotFoundError:
        return Lock()


def write_lock_file(path: Path, lock: Lock) -> None:
    """Writes a lock file, whole or not at all.

    Raises:
        PathNotFoundError: The folder that it shall be in is not there.
    """
    write_whole(path, write_lock(lock))


def write_whole(path: Path, content: bytes) -> None:
    """Replaces a file in one step, so that a build that reads it meanwhile sees the old one or the new one.

    Raises:
        PathNotFoundError: The folder that it shall be in is not there.
    """
    import os

    if not path.absolute().parent.is_dir():
        raise PathNotFoundError(f"There is no folder '{path.parent}'.", hint="Make it first.", path=str(path.parent))
    waiting = path.absolute().parent / f".{path.name}.{os.urandom(6).hex()}"
    try:
        waiting.write_bytes(content)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def _signatures(
    name: str, inspection: Inspection, side: Side, resolved: Callable[[str], Binding], *, quiet: bool
) -> tuple[LockedSignature, ...]:
    graphs = inspection.meta_graphs
    found = callable_signatures(graphs[choose_meta_graph(graphs, side.tags)]) if graphs else ()
    if not found:
        resolved("")  # says why where there are no names at all
        raise NoSignaturesError(
            f"{name} is of format {inspection.format} and has no signature, so there is nothing to write typed code for.",
            hint="Declare one for the version: tfreg sign; or push it in a format that has one, such as a SavedModel: tfreg convert.",
        )
    bindings = [resolved(signature.key) for signature in found]
    for binding in bindings:
        if unnamed := unnamed_feeds(binding):
            note(
                f"note: signature {binding.signature} cannot run without {', '.join(unnamed)}, which it gives no key: "
                "declare one that does, by tfreg sign.",
                quiet=quiet,
            )
    return tuple(locked_signature(binding) for binding in bindings)


def _model_name(path: str) -> str:
    stem = Path(path).expanduser().resolve().name.partition(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "model"
