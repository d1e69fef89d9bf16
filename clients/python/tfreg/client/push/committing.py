"""The commit of a push: done once, even if its answer is lost and it has to be asked for again."""

from __future__ import annotations

from itertools import takewhile

from tfreg.client import artifacts, models
from tfreg.client.calls import Calls
from tfreg.core.errors import ModelNotFoundError, NotFoundError
from tfreg.core.manifests import ManifestFile
from tfreg.core.names import Alias
from tfreg.core.records import ModelRecord, NewVersion, Pushed, VersionRecord
from tfreg.translate.registry import new_version_to_proto, pushed_from_proto

COMMIT_BYTES_PER_S = 64 * 1024 * 1024  # a slow server's disk: it may have to read all files before it answers


def commit(calls: Calls, new: NewVersion, *, allow_broken: bool) -> Pushed:
    """Makes a version and moves its aliases.

    Raises:
        TfregError: As the server answered.
    """
    return _Commit(calls, new, allow_broken=allow_broken).run()


class _Commit:
    """One commit.

    Repeated blindly after a lost answer, it could move an alias back that somebody has moved on since, or fail because the newest
    version is now the one that it made itself. So what the first call did is looked up before it is called again.
    """

    def __init__(self, calls: Calls, new: NewVersion, *, allow_broken: bool) -> None:
        self._calls = calls
        self._new = new
        self._request = new_version_to_proto(new, allow_broken=allow_broken)
        self._before: ModelRecord | None = None
        self._tried = False

    def run(self) -> Pushed:
        if self._needs_a_look:
            self._before = self._model()
        deadline_s = self._calls.deadline_s + self._new.artifact.manifest.size_bytes / COMMIT_BYTES_PER_S
        return self._calls.retrying(self._attempt, deadline_s)

    def _attempt(self, timeout_s: float) -> Pushed:
        if self._tried and self._needs_a_look:
            found = self._done()
            if found is not None:
                return found
        self._tried = True
        method = self._calls.connection.registry.CreateVersion
        return pushed_from_proto(self._calls.once(method, self._request, timeout_s))

    @property
    def _needs_a_look(self) -> bool:
        return bool(self._new.alias_moves) or self._new.expected_newest_version is not None

    def _done(self) -> Pushed | None:
        """Returns the version if the call before was done, with the aliases that it has by now."""
        reference = f"{self._new.model}@{self._new.artifact.digest}"
        try:
            version = models.version(self._calls, reference)
        except NotFoundError:
            return None
        if not _attachments(self._new) <= _attachments(version):
            return None
        lacking = {move.alias for move in self._new.alias_moves} - set(version.aliases)
        if lacking and lacking - self._moved_since(version):
            return None  # the version is older than this push, and the aliases have yet to be moved
        problems = artifacts.inspect(self._calls, reference, ()).inspection.problems
        return Pushed(version, version.number > (self._before.newest_version if self._before else 0), problems)

    def _moved_since(self, version: VersionRecord) -> set[Alias]:
        """The aliases that were pointed at the version after this push began to commit, wherever they point by now."""
        start = self._before.sequence if self._before else 0
        moves = takewhile(lambda move: move.sequence > start, models.alias_moves(self._calls, self._new.model, ""))
        return {move.alias for move in moves if move.to_version == version.number}

    def _model(self) -> ModelRecord | None:
        try:
            return models.model(self._calls, self._new.model)
        except ModelNotFoundError:
            return None


def _attachments(owner: NewVersion | VersionRecord) -> set[tuple[str, ManifestFile]]:
    return {(attachment.role, attachment.file) for attachment in owner.attachments}
