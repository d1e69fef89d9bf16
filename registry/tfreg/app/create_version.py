"""CreateVersion: the commit of a push. All is checked before the one transaction that makes it visible."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tfreg.app.file_digests import FileDigests
from tfreg.app.fingerprinting import take_fingerprints
from tfreg.app.inspecting import Inspections
from tfreg.app.needed_blobs import check_stored, needed_ends
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.digests import Digest
from tfreg.core.errors import (
    FormatMismatchError,
    ModelBrokenError,
)
from tfreg.core.labels import check_attachment_names, check_labels
from tfreg.core.layouts import Extent, check_layouts
from tfreg.core.manifests import manifest_of
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, AttachmentRecord, NewVersion, Pushed

if TYPE_CHECKING:
    from tfreg.core.formats.format import Format

_SHOWN_PROBLEMS = 3
_VERSIONS_COMPARED = 3


class CreateVersion:
    """Makes versions of blobs that are stored."""

    def __init__(self, stores: Stores, file_digests: FileDigests, inspections: Inspections) -> None:
        self._stores = stores
        self._file_digests = file_digests
        self._inspections = inspections

    def __call__(self, new: NewVersion, *, allow_broken: bool = False, still_wanted: StillWanted = always) -> Pushed:
        """Makes a version, or finds the one that has the same artifact, and moves aliases to it.

        Args:
            new: What to commit. Its artifact's format may be empty: then it is recognised by content.
            allow_broken: Commit an artifact that has problems of severity error too.
            still_wanted: Is asked while files are read, and a last time before the transaction.

        Raises:
            InvalidArgumentError: A label, an attachment or the layout breaks its rules; the files are no model or in another
                format; a file's bytes are not what the manifest says.
            BlobMissingError: A blob is not stored.
            BlobDamagedError: A blob is stored, but its bytes are gone.
            CancelledError: The commit is no longer wanted; nothing was changed.
            ModelBrokenError: The artifact has problems of severity error.
            LeaseNotFoundError, AliasConflictError, VersionConflictError: As `Catalog.commit_version`.
        """
        check_labels(new.labels)
        _check_attachments(new.attachments)
        artifact = self._checked(new, still_wanted)
        tree = StoredTree(new.model, artifact.layouts, self._stores.blobs)
        found = _format_of(tree, artifact.format)
        inspection = self._inspections.take(artifact, found, tree, still_wanted)
        if not allow_broken:
            _refuse_broken(new.model, inspection.problems)
        take_fingerprints(self._stores, artifact, found, tree, inspection)
        new = replace(new, artifact=replace(artifact, format=found.name))
        check_wanted(still_wanted)
        committed = self._stores.catalog.commit_version(new, self._stores.clock())
        self._file_digests.forget(new.lease_id)
        self._stores.blobs.discard(new.lease_id)  # the commit ended the lease: nobody else would find what a broken stream left
        return Pushed(committed.version, committed.created, inspection.problems)

    def _checked(self, new: NewVersion, still_wanted: StillWanted) -> ArtifactRecord:
        """Returns the artifact with layouts whose bytes are those of its manifest."""
        given = new.artifact
        stored = self._stores.catalog.artifact(given.digest)
        if stored is not None:  # its bytes were checked when it was stored: the layout given adds nothing
            given = replace(stored, format=given.format or stored.format)
        else:
            given = replace(given, layouts=check_layouts(given.manifest, given.layouts))
        files = [] if stored else list(zip(given.manifest.files, given.layouts, strict=True))
        files += [(attachment.file, attachment.layout) for attachment in new.attachments]
        needed = needed_ends(layout for _, layout in files)
        check_stored(needed, self._stores.catalog.blob_sizes(list(needed)))  # before they are read; the transaction looks again
        known = self._known_files(new.model) if files else set()
        for file, layout in files:
            self._file_digests.check(new.lease_id, file, layout, known, still_wanted)
        return given

    def _known_files(self, model: ModelName) -> set[tuple[Digest, tuple[Extent, ...]]]:
        """Files of the model's newest versions: most pushes change few."""
        known: set[tuple[Digest, tuple[Extent, ...]]] = set()
        for version in self._stores.catalog.versions(model, 0, _VERSIONS_COMPARED):
            artifact = self._stores.catalog.artifact(version.artifact_digest)
            if artifact is not None:
                known.update(
                    (file.digest, layout.extents) for file, layout in zip(artifact.manifest.files, artifact.layouts, strict=True)
                )
            known.update((attachment.file.digest, attachment.layout.extents) for attachment in version.attachments)
        return known


def _format_of(tree: StoredTree, wanted: str) -> Format:
    from tfreg.core.formats.registry import format_named, recognise  # slow to import: an embedded server may never need it

    if not wanted:
        return recognise(tree)
    named = format_named(wanted)
    if named.recognise(tree):
        return named
    found = recognise(tree)
    raise FormatMismatchError(
        f"The files are a {found.name}, not a {wanted}.",
        hint=f"Push them as {found.name}, or leave the format out.",
        expected=wanted,
        found=found.name,
    )


def _refuse_broken(model: ModelName, problems: Iterable[Diagnostic]) -> None:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        shown = " ".join(f"{error.code}: {error.message}" for error in errors[:_SHOWN_PROBLEMS])
        raise ModelBrokenError(
            f"The model for {model!r} has {len(errors)} error{'s' * (len(errors) > 1)}. {shown}",
            hint="Export it again; or allow broken models to keep it as it is.",
            model=model,
            codes=", ".join(error.code for error in errors),
            count=str(len(errors)),
        )


def _check_attachments(attachments: Collection[AttachmentRecord]) -> None:
    check_attachment_names((attachment.role, attachment.file.path) for attachment in attachments)
    for attachment in attachments:
        check_layouts(manifest_of([attachment.file]), [attachment.layout])
