"""Converting: a result that is there is given at once; else one job makes it for all who ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from tfreg.app.choice import Chosen
from tfreg.app.conversions.checks import NOT_ASKED_FOR, Checks
from tfreg.app.conversions.jobs import Jobs
from tfreg.app.conversions.preparing import Prepared, Preparing
from tfreg.app.fingerprinting import take_fingerprints
from tfreg.app.inspecting import Inspections
from tfreg.app.lookup import find_version
from tfreg.app.paging import Page, PageRequest, page_of
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.conversions.records import Conversion, Derived, Job, NewDerived, Planned
from tfreg.core.conversions.requests import CheckMode, ConversionRequest
from tfreg.core.conversions.results import Check, CheckState, Progress
from tfreg.core.conversions.steps import Report, StepRunner
from tfreg.core.errors import BlobMissingError, ConversionInterruptedError, ServerUnavailableError, TfregError
from tfreg.core.names import Reference

if TYPE_CHECKING:
    from tfreg.core.conversions.converting import Converted

_MAX_READ_BYTES = 16 << 20
"""What may be read again for fingerprints, where layouts do not tell the tensors' digests; housekeeping does the rest later."""
_ROUNDS = 3
_WORK_SHARE = 0.8
"""How much of a job is the work; the rest is storing what it made."""


class Conversions:
    """Converts artifacts of versions.

    Args:
        stores: Where they are.
        inspections: What they say about themselves.
        preparing: Settles what is converted, and how.
        jobs: Do the work.
        checks: Compare source and result.
        runner: Who runs TensorFlow.
        max_waiting: How many callers of other questions may wait for conversions at a time: each holds a thread.
    """

    def __init__(
        self,
        stores: Stores,
        inspections: Inspections,
        *,
        preparing: Preparing,
        jobs: Jobs,
        checks: Checks,
        runner: StepRunner,
        max_waiting: int = 64,
    ) -> None:
        self._waiting = BoundedSemaphore(max_waiting)
        self._stores = stores
        self._inspections = inspections
        self._preparing = preparing
        self._jobs = jobs
        self._checks = checks
        self._runner = runner

    def plan(self, request: ConversionRequest) -> Planned:
        """Returns what a conversion would do.

        Raises:
            As `Preparing.way`.
        """
        from tfreg.core.conversions.planning import planned_of  # with the table of routes

        chosen, way = self._preparing.way(request)
        return planned_of(way, self._stored_digest(request, chosen))

    def check_way(self, request: ConversionRequest) -> None:
        """Checks that a way leads from what is there to what is wanted.

        Raises:
            As `Preparing.way`.
        """
        self._preparing.way(request)

    def convert(
        self, request: ConversionRequest, mode: CheckMode = CheckMode.LATER, still_there: StillWanted = always
    ) -> Iterator[Job | Conversion]:
        """Yields how far the job is, and in the end the conversion. The job goes on if the caller leaves.

        Raises:
            As `Preparing.prepare` and `core.conversions.converting.convert`, and
            StorageFullError: There is no room for the result.
            LimitExceededError: The version has too many conversions.
            CancelledError: Somebody cancelled the job, or the caller is gone.
            ConversionInterruptedError: The server that worked on it went away.
        """
        prepared = self._preparing.prepare(request)
        found = self._found(prepared)
        for _ in range(_ROUNDS):
            if found is not None:
                break
            version = prepared.version
            of = (version.model, version.number, prepared.way.target.name)
            yield from self._jobs.share(
                prepared.key, of, lambda *told: self._work(prepared, mode, *told), still_there, slow=prepared.way.needs_tensorflow
            )
            found = self._found(prepared)
        if found is None:
            raise ConversionInterruptedError("The result was taken away as soon as it was there.", hint="Ask again.")
        if mode is CheckMode.WAIT and _may_be_checked(found.derived.check):
            yield from self._checks.share(found, still_there)
            found = self._found(prepared) or found
        elif mode is CheckMode.LATER:
            found = self._checks.later(found)
        yield found

    def convert_for(self, request: ConversionRequest, still_there: StillWanted) -> Conversion:
        """Converts for a caller who asked something else.

        Raises:
            ServerUnavailableError: As many wait already as may.
            TfregError: As `convert`.
        """
        if not self._waiting.acquire(blocking=False):
            raise ServerUnavailableError(
                "As many callers wait for conversions as the server can take.",
                hint="Try again in a moment, or convert beforehand.",
            )
        try:
            *_, last = self.convert(request, still_there=still_there)
        finally:
            self._waiting.release()
        assert isinstance(last, Conversion)
        return last

    def list_conversions(self, reference: Reference, page: PageRequest) -> Page[Conversion]:
        """Returns the conversions of a version, oldest first.

        Raises:
            NotFoundError: There is no such model, version, alias or artifact.
            PageTokenInvalidError: The token is of another list; also if the reference stands for another version by now.
        """
        version = find_version(self._stores.catalog, reference)
        of = ("conversions", version.model, str(version.number))
        limit, after = page.limit(self._stores.limits), page.number(of)
        derived = [one for one in self._stores.catalog.derived(version.model, version.number) if one.addition > after]
        found = [Conversion(version.model, version.number, one) for one in derived]
        return page_of(found, limit, of, [str(one.addition) for one in derived])

    def _stored_digest(self, request: ConversionRequest, chosen: Chosen) -> str:
        """Returns the digest of a conversion that was made already; empty if it was not, or what else goes in is not there yet."""
        try:
            key = self._preparing.prepare(request).key
        except TfregError:
            return ""
        stored = self._stores.catalog.derived(chosen.version.model, chosen.version.number)
        own = next((one for one in stored if one.key == key), None)
        if own is not None:
            return own.artifact_digest
        elsewhere = self._stores.catalog.derived_by_key(key)
        return "" if elsewhere is None else elsewhere[1].artifact_digest

    def _found(self, prepared: Prepared) -> Conversion | None:
        """Returns the conversion if the version has it; one that another version has is added to it, without any work."""
        version, catalog = prepared.version, self._stores.catalog
        for derived in catalog.derived(version.model, version.number):
            if derived.key == prepared.key:
                return Conversion(version.model, version.number, derived)
        elsewhere = catalog.derived_by_key(prepared.key)
        if elsewhere is None:
            return None
        artifact, derived = elsewhere
        try:
            new = NewDerived(version.model, version.number, artifact, derived)
            _, added = catalog.commit_derived(new, self._stores.clock())
        except BlobMissingError:  # it was collected a moment ago
            return None
        return Conversion(version.model, version.number, added)

    def _work(self, prepared: Prepared, mode: CheckMode, report: Report, still_wanted: StillWanted) -> str:
        """Converts. Returns the result's digest."""
        from tfreg.core.conversions.converting import convert  # with all that reads graphs; few servers convert at once

        found = self._found(prepared)  # somebody may have been quicker
        if found is not None:
            return found.derived.artifact_digest
        source, others = prepared.open(self._stores, self._inspections)

        def told(progress: Progress) -> None:
            report(replace(progress, share=progress.share * _WORK_SHARE))

        with convert(source, prepared.way, others, runner=self._runner, report=told, still_wanted=still_wanted) as converted:
            return self._keep(prepared, converted, mode, report, still_wanted)

    def _keep(self, prepared: Prepared, converted: Converted, mode: CheckMode, report: Report, still_wanted: StillWanted) -> str:
        from tfreg.app.conversions.storing import pieces_of, stored

        def told(progress: Progress) -> None:
            report(replace(progress, share=_WORK_SHARE + progress.share * (1 - _WORK_SHARE)))

        pieces = pieces_of(converted.tree, converted.format, converted.inspection)
        known = (prepared.artifact, *(one.artifact for one in prepared.inputs))
        with stored(self._stores, pieces, converted.format.name, known, report=told, still_wanted=still_wanted) as (
            artifact,
            lease_id,
        ):
            self._inspections.keep(artifact.digest, converted.inspection)
            tree = StoredTree(artifact.digest, artifact.layouts, self._stores.blobs)
            take_fingerprints(
                self._stores, artifact, converted.format, tree, converted.inspection, max_read_bytes=_MAX_READ_BYTES
            )
            check_wanted(still_wanted)
            derived = Derived(
                artifact_digest=artifact.digest,
                format=artifact.format,
                size_bytes=artifact.manifest.size_bytes,
                key=prepared.key,
                provenance=replace(prepared.provenance, tools={**prepared.provenance.tools, **converted.tools}),
                result=converted.result,
                signatures=converted.signatures,
                check=_first_check(prepared, converted, mode),
            )
            new = NewDerived(prepared.version.model, prepared.version.number, artifact, derived, lease_id)
            self._stores.catalog.commit_derived(new, self._stores.clock())
        return artifact.digest


def _first_check(prepared: Prepared, converted: Converted, mode: CheckMode) -> Check:
    """Returns what is kept as the check until there is one."""
    from tfreg.core.checking.check import why_unchecked

    if reason := why_unchecked(prepared.artifact.format, converted.format.name, converted.result.names):
        return Check(reason=reason)
    return Check(reason=NOT_ASKED_FOR) if mode is CheckMode.NONE else Check()


def _may_be_checked(check: Check) -> bool:
    """Whether it is worth a try: what kept a check from being made, such as a machine without TensorFlow, may be over."""
    from tfreg.core.checking.check import NEVER_CHECKED

    return check.state is CheckState.UNCHECKED and check.reason not in NEVER_CHECKED
