"""What a client can ask about conversions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.requests import CheckMode

if TYPE_CHECKING:
    from tfreg.client.calls import Calls
    from tfreg.client.converting import Inputs, JobProgress
    from tfreg.core.conversions.records import Conversion, Job, Planned

CONVERSION_TIMEOUT_S = 3600.0
"""How long a conversion is waited for, unless the caller says otherwise; `resolve` and `pull` wait so long on top of their deadline."""


class ConversionClient:
    """The part of `Client` that converts."""

    def plan_conversion(
        self, reference: str, target: str, *, options: ConversionOptions | None = None, inputs: Inputs | None = None
    ) -> Planned:
        """Returns what `convert` would do: the steps, what each loses, and whether the result is there already.

        Args:
            reference: What to convert, as for `resolve`; one with a digest starts from that artifact.
            target: To what: `saved_model`, `frozen_graph`, `tflite`, ... (`core.conversions.targets`).
            options: As for `convert`.
            inputs: As for `convert`.

        Raises:
            NoRouteError: No way leads there; the message says which step is missing and what would help.
            OptionUnsupportedError: No step takes an option that was given.
        """
        from tfreg.client import converting

        return converting.plan_conversion(self._calls(), reference, target, options or ConversionOptions(), inputs or {})

    def convert(
        self,
        reference: str,
        target: str,
        *,
        options: ConversionOptions | None = None,
        inputs: Inputs | None = None,
        check: CheckMode = CheckMode.LATER,
        timeout_s: float = CONVERSION_TIMEOUT_S,
        progress: JobProgress | None = None,
    ) -> Conversion:
        """Converts a version's model; the result becomes an artifact of the version. The same again is answered at once.

        Args:
            reference: What to convert, as for `resolve`; one with a digest starts from that artifact.
            target: To what: `saved_model`, `frozen_graph`, `tflite`, ... (`core.conversions.targets`).
            options: Signature, inputs, outputs, shapes and more.
            inputs: What else goes in, by role (`graph`, `architecture`, `weights`, `samples`, `custom_objects`): a reference, a local
                path (a text only if it is `.` or starts with `/`, `./`, `../` or `~`), or an `AttachedFile` of the version.
            check: When source and result are run on the same inputs.
            timeout_s: How long to wait. The conversion goes on if nobody waits; asking again finds it.
            progress: Told how far the job is.

        Returns:
            The conversion: digest, provenance, what became of each name, the check. Pull it by `team/name@<digest>`, or by format.

        Raises:
            ConversionRefusedError and its children: It cannot be done with this model; the message says why, and what would help.
            WorkerFailedError: TensorFlow crashed in its worker, or passed a limit.
            CancelledError: Somebody cancelled the job.
            ConversionInterruptedError: The server went away; ask again.
            NotFoundError: The reference, or what an option names.
        """
        from tfreg.client import converting

        request = (reference, target, options or ConversionOptions(), inputs or {})
        return converting.convert(self._calls(), request, check, timeout_s, progress)

    def conversions(self, reference: str) -> list[Conversion]:
        """Returns the conversions of a version, oldest first."""
        from tfreg.client import converting

        return converting.conversions(self._calls(), reference)

    def job(self, job_id: str) -> Job:
        """Returns a conversion that is worked on, or was.

        Raises:
            JobNotFoundError: There is none of that id, or it ended long ago.
        """
        from tfreg.client import converting

        return converting.job(self._calls(), job_id)

    def cancel_job(self, job_id: str) -> Job:
        """Ends a conversion for all who wait for it. One that has ended stays as it is.

        Raises:
            JobNotFoundError: There is none of that id, or it ended long ago.
        """
        from tfreg.client import converting

        return converting.cancel_job(self._calls(), job_id)

    @abstractmethod
    def _calls(self) -> Calls:
        """Returns the calls of one operation."""
