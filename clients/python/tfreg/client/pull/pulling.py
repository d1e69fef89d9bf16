"""Pull, from the reference to the files."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tfreg.client.artifacts import artifact as get_artifact
from tfreg.client.calls import Calls
from tfreg.client.progress import Meter, Progress
from tfreg.client.pull.assembling import Assembly
from tfreg.client.pull.attaching import bring_attachment
from tfreg.client.pull.beneath import open_beneath
from tfreg.client.pull.cache import Cache, cache_root
from tfreg.client.pull.checking import file_digest
from tfreg.client.pull.destinations import Destination, is_one_file
from tfreg.client.pull.incoming import Incoming
from tfreg.client.pull.layout_json import read_layout
from tfreg.client.pull.locks import check_lockable, exclusive
from tfreg.client.results import Pulled, PulledAttachment
from tfreg.core.errors import PathInvalidError, StorageFullError
from tfreg.core.records import ArtifactRecord


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull; the fields are the arguments of `Client.pull` and `Client`."""

    reference: str
    destination: str | os.PathLike[str] | None = None
    formats: Sequence[str] = ()
    attachments: bool = False
    verify: bool = False
    cache_dir: str | os.PathLike[str] | None = None
    convert: bool = False


def pull(calls: Calls, request: PullRequest, progress: Progress | None) -> Pulled:
    """See `Client.pull`."""
    check_lockable()
    stored = get_artifact(calls, request.reference, request.formats, convert=request.convert)
    artifact = stored.artifact
    attached = stored.attachments if request.attachments else ()
    cache = Cache(cache_root(request.cache_dir))
    received = Meter(progress, "receive")
    copied = Meter(progress, "copy", artifact.manifest.size_bytes)
    with _disk_errors():
        destination = None
        if request.destination is not None:
            destination = Destination(request.destination, calls.scope, copied)
            destination.check_free(artifact, attached)
        tree = _bring(calls, cache, artifact, received, verify=request.verify)
        cached = [(record, bring_attachment(calls, cache, record, received)) for record in attached]
        if destination is None:
            path = tree / artifact.manifest.files[0].path if is_one_file(artifact) else tree
            attachments = [PulledAttachment(record.role, local) for record, local in cached]
        else:
            path = destination.place(artifact, tree)
            attachments = [
                PulledAttachment(record.role, destination.place_attachment(record.role, local.parent, record.file))
                for record, local in cached
            ]
    return Pulled(path, stored, tuple(attachments), received.done_bytes)


def _bring(calls: Calls, cache: Cache, artifact: ArtifactRecord, meter: Meter, *, verify: bool) -> Path:
    """Returns the artifact's tree in the cache, after pulling it if it is not there."""
    complete = cache.artifact(artifact.digest)
    if complete.is_dir() and not verify:
        return complete / "tree"
    cache.make_folders()
    with exclusive(cache.lock(artifact.digest), calls.scope):
        if verify and complete.is_dir() and not _is_sound(complete, artifact):
            _discard(cache, complete)
        if not complete.is_dir():
            with Incoming(cache.incoming(artifact.digest), artifact) as incoming:
                Assembly(calls, incoming, cache.artifacts, meter).assemble()
                incoming.publish(complete)
    return complete / "tree"


def _is_sound(complete: Path, artifact: ArtifactRecord) -> bool:
    for file in artifact.manifest.files:
        try:
            with open_beneath(complete / "tree", file.path, os.O_RDONLY) as descriptor:
                if file_digest(descriptor) != file.digest:
                    return False
        except (OSError, PathInvalidError):
            return False
    return read_layout(complete) is not None


def _discard(cache: Cache, complete: Path) -> None:
    aside = cache.incoming_root / f"damaged-{secrets.token_hex(8)}"
    complete.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turns the system's errors about the local disk into ours."""
    try:
        yield
    except OSError as error:
        place = str(error.filename) if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFullError(
                f"No room left on the local disk{f': {place}' if place else ''}.",
                hint="Make room, or move the cache by TFREG_CACHE; the pull then goes on where it stopped.",
                path=place,
            ) from error
        raise PathInvalidError(
            f"{repr(place) if place else 'A local file'} cannot be written or read: {error.strerror}.",
            hint="Check its permissions.",
            path=place,
        ) from error
