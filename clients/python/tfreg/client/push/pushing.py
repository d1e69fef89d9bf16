"""Push, from the local path to the version."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tfreg.client.calls import Calls
from tfreg.client.progress import Meter, Progress
from tfreg.client.push.batches import Tally
from tfreg.client.push.committing import commit
from tfreg.client.push.hashing import Hasher
from tfreg.client.push.model_files import ModelFiles, all_model_files, model_files
from tfreg.client.push.sizing import LEASE_ID, check_commit_size, unhashed
from tfreg.client.push.sources import HashedFile, Source, attachment_sources
from tfreg.client.push.uploading import Upload
from tfreg.client.results import PushResult
from tfreg.core.errors import LeaseNotFoundError, StorageFullError
from tfreg.core.labels import check_attachment_names, check_labels
from tfreg.core.manifests import manifest_of
from tfreg.core.names import Alias, ModelName, parse_alias, parse_model_name
from tfreg.core.records import AliasMove, ArtifactRecord, AttachmentRecord, NewVersion


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What to push; the fields are the arguments of `Client.push`."""

    path: str | os.PathLike[str]
    model: str
    aliases: Sequence[str] = ()
    labels: Mapping[str, str] | None = None
    attachments: Iterable[tuple[str, str | os.PathLike[str]]] = ()
    format: str | None = None
    allow_broken: bool = False
    expected_newest_version: int | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A version to make: a request whose names are checked, and files that are found."""

    request: PushRequest
    model: ModelName
    aliases: Sequence[Alias]
    labels: Mapping[str, str]
    files: ModelFiles
    sources: Sequence[Source]


def push(calls: Calls, request: PushRequest, progress: Progress | None) -> PushResult:
    """See `Client.push`."""
    plan = _planned(request)
    return _push(calls, plan(model_files(request.path, request.format, allow_broken=request.allow_broken)), progress)


def push_all(calls: Calls, request: PushRequest, progress: Progress | None) -> tuple[PushResult, ...]:
    """See `Client.push_all`. All are looked at before the first is sent."""
    plan = _planned(request)
    plans = [plan(files) for files in all_model_files(request.path, request.format, allow_broken=request.allow_broken)]
    results: list[PushResult] = []
    for one in [*(replace(one, aliases=()) for one in plans[:-1]), plans[-1]]:
        made = any(
            result.created for result in results
        )  # by this very call, so that the newest version is no longer the expected one
        results.append(
            _push(calls, replace(one, request=replace(request, expected_newest_version=None)) if made else one, progress)
        )
    return tuple(results)


def _planned(request: PushRequest) -> Callable[[ModelFiles], _Plan]:
    """Checks what a request says before any file is read, and returns what makes the plan for files that are found."""
    model = parse_model_name(request.model)
    aliases = [parse_alias(alias) for alias in dict.fromkeys(request.aliases)]
    labels = request.labels or {}
    check_labels(labels)
    attachments = attachment_sources(request.attachments)
    check_attachment_names((source.role, source.path) for source in attachments)

    def plan(files: ModelFiles) -> _Plan:
        made = _Plan(request, model, aliases, {**files.labels, **labels}, files, [*files.sources, *attachments])
        check_labels(made.labels)
        check_commit_size(_new_version(made, LEASE_ID, unhashed(made.sources)))
        return made

    return plan


def _push(calls: Calls, plan: _Plan, progress: Progress | None) -> PushResult:
    try:
        return _push_once(calls, plan, progress)
    except LeaseNotFoundError:
        # This machine slept, or the server was away for longer than a lease lives. What was sent is still there.
        return _push_once(calls, plan, progress)


def _push_once(calls: Calls, plan: _Plan, progress: Progress | None) -> PushResult:
    size_bytes = sum(source.size_bytes for source in plan.sources)
    tally = Tally(Meter(progress, "send"))
    with _room_told(size_bytes, tally):
        lease_id, files = send_files(calls, plan.sources, tally, Meter(progress, "hash", size_bytes))
    pushed = commit(calls, _new_version(plan, lease_id, files), allow_broken=plan.request.allow_broken)
    return PushResult(
        pushed.version,
        pushed.created,
        pushed.problems,
        tally.sent_bytes,
        tally.sent_blobs,
        size_bytes,
        _ignored_labels(plan.request.labels or {}, pushed.version.labels),
        plan.files.left_out,
    )


@contextmanager
def _room_told(size_bytes: int, tally: Tally) -> Iterator[None]:
    """Adds to a full disk's error what the server cannot know: how large the whole push is. It is asked for room piece by piece."""
    try:
        yield
    except StorageFullError as error:
        sent = f"{tally.sent_bytes / 1e6:,.1f} MB"
        error.message += f" The whole push has {size_bytes / 1e6:,.1f} MB, of which {sent} were sent."
        error.metadata |= {"push_bytes": str(size_bytes), "sent_bytes": str(tally.sent_bytes)}
        raise


def _ignored_labels(wanted: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if stored.get(key) != value}


def send_files(calls: Calls, sources: Sequence[Source], tally: Tally, meter: Meter) -> tuple[str, list[HashedFile]]:
    """Hashes the files and sends what the server lacks, at once. Returns the lease and what is known of the files."""
    files: list[HashedFile] = []
    with (
        calls.part() as part,
        ThreadPoolExecutor(1, thread_name_prefix="tfreg-hash") as executor,
        Upload(part, tally) as upload,
    ):
        hasher = Hasher(executor, part.scope, meter)
        for source in sources:
            for found in hasher.pieces(source):
                if isinstance(found, HashedFile):
                    files.append(found)
                else:
                    upload.add(found)
        lease_id = upload.finish()
    for source in sources:
        source.check_unchanged()
    return lease_id, files


def _new_version(plan: _Plan, lease_id: str, files: Sequence[HashedFile]) -> NewVersion:
    own = [file for file in files if not file.source.role]
    manifest = manifest_of(file.file for file in own)
    return NewVersion(
        model=plan.model,
        artifact=ArtifactRecord(manifest.digest(), plan.files.format, manifest, tuple(file.layout for file in own)),
        lease_id=lease_id,
        alias_moves=tuple(AliasMove(alias, 0) for alias in plan.aliases),
        attachments=tuple(AttachmentRecord(file.source.role, file.file, file.layout) for file in files if file.source.role),
        labels=plan.labels,
        expected_newest_version=plan.request.expected_newest_version,
    )
