"""Conversions: asked for, waited for, listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tfreg.client.arguments import PathLike
from tfreg.client.calls import Calls
from tfreg.client.paging import pages
from tfreg.client.progress import Meter
from tfreg.client.push.batches import Tally
from tfreg.client.push.model_files import model_files
from tfreg.client.push.pushing import send_files
from tfreg.client.push.sources import Source, attachment_sources
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.records import Conversion, Job, Planned
from tfreg.core.conversions.requests import (
    MODEL_ROLES,
    AttachedFile,
    CheckMode,
    ConversionInput,
    ConversionRequest,
    UploadedFiles,
)
from tfreg.core.errors import InternalError, RequestInvalidError
from tfreg.core.manifests import manifest_of
from tfreg.core.names import is_path, parse_reference
from tfreg.translate.conversion_requests import check_mode_to_proto, planned_from_proto, request_to_proto
from tfreg.translate.conversions import conversion_from_proto, job_from_proto
from tfreg.v1 import conversions_pb2 as pb

Inputs = Mapping[str, str | PathLike | AttachedFile]
"""By role: a reference, a local path, or what is attached to the version."""
JobProgress = Callable[[Job], None]


def plan_conversion(calls: Calls, reference: str, target: str, options: ConversionOptions, inputs: Inputs) -> Planned:
    """See `Client.plan_conversion`."""
    request = _request(calls, reference, target, options, inputs, upload=False)
    message = calls.unary(calls.connection.conversions.Plan, pb.PlanRequest(conversion=request_to_proto(request)))
    return planned_from_proto(message, target)


def convert(
    calls: Calls,
    request: tuple[str, str, ConversionOptions, Inputs],
    check: CheckMode,
    timeout_s: float,
    progress: JobProgress | None,
) -> Conversion:
    """See `Client.convert`. A call that breaks is made again: identical requests share one run."""
    wanted = request_to_proto(_request(calls, *request, upload=True))
    message = pb.ConvertRequest(conversion=wanted, check=check_mode_to_proto(check))
    return calls.retrying(partial(_attempt, calls, message, progress), timeout_s)


def _attempt(calls: Calls, message: pb.ConvertRequest, progress: JobProgress | None, timeout_s: float) -> Conversion:
    found = None
    with calls.translated_errors():
        stream = calls.connection.conversions.Convert(message, timeout=timeout_s)
        with calls.scope.watching(stream):
            for response in stream:
                if response.HasField("conversion"):
                    found = response.conversion
                elif progress is not None:
                    progress(job_from_proto(response.job))
    if found is None:
        raise InternalError("The server ended the conversion without telling what it made.")
    return conversion_from_proto(found)


def conversions(calls: Calls, reference: str) -> list[Conversion]:
    """See `Client.conversions`."""
    request = pb.ListConversionsRequest(reference=str(parse_reference(reference)))
    found = pages(calls, calls.connection.conversions.ListConversions, request)
    return [conversion_from_proto(entry) for page in found for entry in page.conversions]


def job(calls: Calls, job_id: str) -> Job:
    """See `Client.job`."""
    return job_from_proto(calls.unary(calls.connection.conversions.GetJob, pb.GetJobRequest(id=job_id)).job)


def cancel_job(calls: Calls, job_id: str) -> Job:
    """See `Client.cancel_job`."""
    return job_from_proto(calls.unary(calls.connection.conversions.CancelJob, pb.CancelJobRequest(id=job_id)).job)


def _request(
    calls: Calls, reference: str, target: str, options: ConversionOptions, inputs: Inputs, *, upload: bool
) -> ConversionRequest:
    parsed = parse_reference(reference)
    given = tuple(_inputs(calls, inputs, upload=upload))
    return ConversionRequest(parsed, target, options, given)


def _inputs(calls: Calls, inputs: Inputs, *, upload: bool) -> Iterator[ConversionInput]:
    for role, given in inputs.items():
        if isinstance(given, AttachedFile):
            yield ConversionInput(role, given)
        elif isinstance(given, str) and not is_path(given):
            yield ConversionInput(role, parse_reference(given))
        elif upload:
            yield ConversionInput(role, _uploaded(calls, role, given))
        else:  # a plan asks for the role only
            yield ConversionInput(role, AttachedFile(role))


def _uploaded(calls: Calls, role: str, path: str | PathLike) -> UploadedFiles:
    sources = _sources(role, os.fspath(path))
    lease_id, files = send_files(calls, sources, Tally(Meter(None, "send")), Meter(None, "hash"))
    return UploadedFiles(manifest_of(file.file for file in files), tuple(file.layout for file in files), lease_id)


def _sources(role: str, path: str) -> list[Source]:
    path = os.path.expanduser(path)
    if role in MODEL_ROLES:
        return list(model_files(path, None, allow_broken=True).sources)
    if os.path.isdir(path):
        raise RequestInvalidError(f"'{path}' is a folder; {role} is one file.", hint="Name the file.", path=path)
    return list(attachment_sources([(role, path)]))
