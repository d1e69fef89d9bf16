"""Checks of conversions: source and result run on the same inputs, in the background or before the answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from tfreg.app.conversions.further_inputs import open_source
from tfreg.app.conversions.jobs import Jobs, Work
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import read_declared
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.conversions import options as written
from tfreg.core.conversions.records import Conversion, Job, is_pending
from tfreg.core.conversions.results import Check, CheckState, Progress
from tfreg.core.conversions.steps import Report, StepRunner
from tfreg.core.digests import Digest
from tfreg.core.errors import ArtifactNotFoundError, CancelledError, NotFoundError, TfregError
from tfreg.core.manifests import manifest_of
from tfreg.core.records import DeclaredSignature

if TYPE_CHECKING:
    from tfreg.core.rewrites.rewriting import Source

NOT_ASKED_FOR = "not asked for"
_TARGET = "check"
_MODULE = "custom_objects"
_BATCH = 100
_log = logging.getLogger("tfreg.server")


class Checks:
    """Checks conversions, one at a time in the background.

    Args:
        stores: Where the models are.
        inspections: What they say about themselves.
        jobs: Shares the work: nobody checks the same twice at a time.
        runner: Who runs TensorFlow.
        in_background: Whether this process stays long enough to check after the answer; else a later server does it.
    """

    def __init__(
        self, stores: Stores, inspections: Inspections, jobs: Jobs, runner: StepRunner, *, in_background: bool = True
    ) -> None:
        self._stores = stores
        self._inspections = inspections
        self._jobs = jobs
        self._runner = runner
        self._in_background = in_background
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checks")
        self._closing = False

    def later(self, conversion: Conversion) -> Conversion:
        """Checks a conversion in the background, if its check is still to come. Returns it as it is kept now.

        One that its first caller did not want to be checked is checked for this one.

        Raises:
            NotFoundError: The version was deleted meanwhile.
        """
        if _is_unwanted(conversion.derived.check):
            digest = conversion.derived.artifact_digest
            self._stores.catalog.set_check(conversion.model, conversion.version, digest, Check(), self._stores.clock())
            conversion = self._now(conversion)
        if self._in_background and not self._closing and is_pending(conversion.derived.check):
            with suppress(RuntimeError):  # the pool was closed a moment ago
                self._pool.submit(self._unattended, conversion)
        return conversion

    def share(self, conversion: Conversion, still_there: StillWanted) -> Iterator[Job]:
        """Checks a conversion, or waits for whoever does so already. Yields the job whenever it has changed.

        Raises:
            CancelledError: Somebody cancelled the job, or the caller is gone.
            NotFoundError: The version was deleted meanwhile.
        """
        of = (conversion.model, conversion.version, _TARGET)
        key = f"check {conversion.model}:{conversion.version} {conversion.derived.key}"
        return self._jobs.share(key, of, self._work(conversion), still_there, slow=True)

    def take_up(self, wanted: StillWanted) -> int:
        """Checks what other processes left unchecked, as long as it is wanted. Returns how many there were."""
        found = self._stores.catalog.unchecked(_BATCH)
        for model, number, derived in found:
            if not wanted():
                break
            self._unattended(Conversion(model, number, derived), wanted)
        return len(found)

    def close(self) -> None:
        """Begins no more checks, and waits for the one that runs; whoever owns the jobs ends those first."""
        self._closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _unattended(self, conversion: Conversion, wanted: StillWanted = always) -> None:
        try:
            if self._closing or not is_pending(self._now(conversion).derived.check):
                return
            for _ in self.share(conversion, wanted):
                pass
        except NotFoundError:  # the version was deleted meanwhile
            return
        except TfregError as error:
            _log.info("The check of %s:%s was given up: %s", conversion.model, conversion.version, error)
        except Exception:
            _log.exception("The check of %s:%s failed", conversion.model, conversion.version)

    def _work(self, conversion: Conversion) -> Work:
        def work(report: Report, still_wanted: StillWanted) -> str:
            report(Progress("checking"))
            found = self._check(self._now(conversion), report, still_wanted)
            check_wanted(still_wanted)
            digest = conversion.derived.artifact_digest
            self._stores.catalog.set_check(conversion.model, conversion.version, digest, found, self._stores.clock())
            return digest

        return work

    def _now(self, conversion: Conversion) -> Conversion:
        """Returns a conversion as it is kept now; as it was if it is gone."""
        kept = self._stores.catalog.derived(conversion.model, conversion.version)
        own = (one for one in kept if one.key == conversion.derived.key)
        return Conversion(conversion.model, conversion.version, next(own, conversion.derived))

    def _check(self, conversion: Conversion, report: Report, still_wanted: StillWanted) -> Check:
        from tfreg.core.checking.check import check

        derived = conversion.derived
        try:
            declared, samples = self._beside_source(conversion)
            return check(
                self._open(derived.provenance.source_digest, declared),
                self._open(derived.artifact_digest, derived.signatures),
                derived.result.names,
                runner=self._runner,
                report=report,
                still_wanted=still_wanted,
                samples=samples,
                custom_objects=self._module(conversion),
                tags=written.decode(derived.provenance.options).tags,
                options=written.decode(derived.provenance.options),
                roles=derived.provenance.inputs.keys(),
                runs_foreign_code=_MODULE in derived.provenance.inputs,
                checked_at_ms=self._stores.clock(),
            )
        except (CancelledError, NotFoundError):
            raise
        except TfregError as error:
            return Check(reason=error.message, checked_at_ms=self._stores.clock())

    def _module(self, conversion: Conversion) -> StoredTree | None:
        """Returns the module that the source was loaded with, if it is kept: one that was given for the conversion only is not."""
        digest = conversion.derived.provenance.inputs.get(_MODULE)
        version = self._stores.catalog.version(conversion.model, conversion.version) if digest else None
        found = [one for one in version.attachments if one.role == _MODULE] if version is not None else []
        if not found or manifest_of(one.file for one in found).digest() != digest:
            return None
        return StoredTree(_MODULE, [one.layout for one in found], self._stores.blobs)

    def _open(self, digest: Digest, declared: Iterable[DeclaredSignature]) -> Source:
        artifact = self._stores.catalog.artifact(digest)
        if artifact is None:
            raise ArtifactNotFoundError(f"The artifact {digest} is gone.", hint="Was its version just deleted?", digest=digest)
        return open_source(self._stores, self._inspections, artifact, declared)

    def _beside_source(self, conversion: Conversion) -> tuple[list[DeclaredSignature], StoredTree | None]:
        """Returns the signatures laid over what was converted, and the samples attached to its version."""
        version = self._stores.catalog.version(conversion.model, conversion.version)
        if version is None:
            return [], None
        attached = [attachment.layout for attachment in version.attachments if attachment.role == "samples"]
        samples = StoredTree("samples", attached, self._stores.blobs) if attached else None
        if version.artifact_digest == conversion.derived.provenance.source_digest:
            return read_declared(self._stores.catalog, version)[1], samples
        derived = self._stores.catalog.derived(conversion.model, conversion.version)
        own = (one.signatures for one in derived if one.artifact_digest == conversion.derived.provenance.source_digest)
        return list(next(own, ())), samples


def _is_unwanted(check: Check) -> bool:
    """Whether there is no check because nobody asked for one."""
    return check.state is CheckState.UNCHECKED and check.reason == NOT_ASKED_FOR
