"""What was made: jobs and conversions of tfreg/v1/conversions.proto."""

from __future__ import annotations

from tfreg.core.conversions import options as written
from tfreg.core.conversions.records import Conversion, Derived, Job
from tfreg.core.conversions.results import (
    Check,
    CheckState,
    JobFailure,
    JobState,
    MappedName,
    Progress,
    Provenance,
    Result,
    WeightMatch,
    WeightMatches,
)
from tfreg.core.digests import parse_digest
from tfreg.core.names import parse_model_name
from tfreg.core.records import DeclaredSignature
from tfreg.translate.conversion_requests import options_from_proto, options_to_proto
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.translate.inspections import signature_from_proto, signature_to_proto
from tfreg.translate.tensors import ref_from_proto, ref_to_proto
from tfreg.translate.times import time_from_proto, time_to_proto
from tfreg.v1 import conversions_pb2 as pb

_JOB_STATES = {
    JobState.QUEUED: pb.JOB_STATE_QUEUED,
    JobState.RUNNING: pb.JOB_STATE_RUNNING,
    JobState.DONE: pb.JOB_STATE_DONE,
    JobState.FAILED: pb.JOB_STATE_FAILED,
    JobState.CANCELLED: pb.JOB_STATE_CANCELLED,
}
_STATES_OF_JOB = {number: state for state, number in _JOB_STATES.items()}
_CHECK_STATES = {
    CheckState.UNCHECKED: pb.CHECK_STATE_UNCHECKED,
    CheckState.EQUAL: pb.CHECK_STATE_EQUAL,
    CheckState.FAILED: pb.CHECK_STATE_FAILED,
}
_STATES_OF_CHECK = {number: state for state, number in _CHECK_STATES.items()}


def conversion_to_proto(conversion: Conversion) -> pb.Conversion:
    """Returns the message for a derived artifact."""
    derived = conversion.derived
    targets = dict.fromkeys(target for one in derived.signatures for target in one.targets)
    return pb.Conversion(
        model=conversion.model,
        version=conversion.version,
        artifact_digest=derived.artifact_digest,
        format=derived.format,
        size_bytes=derived.size_bytes,
        provenance=_provenance_to_proto(derived.provenance),
        names=map(_name_to_proto, derived.result.names),
        weights=None if derived.result.weights is None else _weights_to_proto(derived.result.weights),
        notes=map(diagnostic_to_proto, derived.result.notes),
        check=_check_to_proto(derived.check),
        created_at=time_to_proto(derived.created_at_ms),
        signatures=(signature_to_proto(one.signature) for one in derived.signatures),
        targets=targets,
    )


def conversion_from_proto(message: pb.Conversion) -> Conversion:
    """Returns the derived artifact that a message tells; each of its signatures with the targets of all of them.

    Raises:
        InvalidArgumentError: A name or a digest in it is none.
    """
    weights = _weights_from_proto(message.weights) if message.HasField("weights") else None
    derived = Derived(
        artifact_digest=parse_digest(message.artifact_digest),
        format=message.format,
        size_bytes=message.size_bytes,
        key="",
        provenance=_provenance_from_proto(message.provenance),
        result=Result(tuple(map(_name_from_proto, message.names)), weights, tuple(map(diagnostic_from_proto, message.notes))),
        signatures=tuple(DeclaredSignature((), signature_from_proto(one), tuple(message.targets)) for one in message.signatures),
        check=_check_from_proto(message.check),
        created_at_ms=time_from_proto(message.created_at),
    )
    return Conversion(parse_model_name(message.model), message.version, derived)


def job_to_proto(job: Job) -> pb.Job:
    """Returns the message for a job."""
    return pb.Job(
        id=job.id,
        model=job.model,
        version=job.number,
        target=job.target,
        state=_JOB_STATES[job.state],
        stage=job.progress.stage,
        share=job.progress.share,
        message=job.progress.message,
        artifact_digest=job.artifact_digest,
        failure=None if job.failure is None else _failure_to_proto(job.failure),
        created_at=time_to_proto(job.created_at_ms),
        ended_at=time_to_proto(job.ended_at_ms) if job.ended_at_ms else None,
    )


def job_from_proto(message: pb.Job) -> Job:
    """Returns the job that a message tells.

    Raises:
        ModelNameInvalidError: Its model's name is none.
    """
    failure = message.failure
    return Job(
        id=message.id,
        key="",
        model=parse_model_name(message.model),
        number=message.version,
        target=message.target,
        state=_STATES_OF_JOB.get(message.state, JobState.RUNNING),
        progress=Progress(message.stage, message.share, message.message),
        failure=JobFailure(failure.kind, failure.reason, failure.message, failure.hint, dict(failure.metadata))
        if message.HasField("failure")
        else None,
        artifact_digest=message.artifact_digest,
        created_at_ms=time_from_proto(message.created_at),
        ended_at_ms=time_from_proto(message.ended_at),
    )


def _provenance_to_proto(provenance: Provenance) -> pb.Provenance:
    return pb.Provenance(
        source_digest=provenance.source_digest,
        source_format=provenance.source_format,
        target=provenance.target,
        steps=provenance.steps,
        options=options_to_proto(written.decode(provenance.options)),
        inputs=provenance.inputs,
        tools=provenance.tools,
    )


def _provenance_from_proto(message: pb.Provenance) -> Provenance:
    return Provenance(
        source_digest=parse_digest(message.source_digest),
        source_format=message.source_format,
        target=message.target,
        steps=tuple(message.steps),
        options=written.encode(options_from_proto(message.options)),
        inputs=dict(message.inputs),
        tools=dict(message.tools),
    )


def _name_to_proto(name: MappedName) -> pb.MappedName:
    return pb.MappedName(
        signature=name.signature,
        key=name.key,
        output=name.is_output,
        before=None if name.before is None else ref_to_proto(name.before),
        after=None if name.after is None else ref_to_proto(name.after),
        tensor_index=name.tensor_index,
        pruned=name.pruned,
        new_signature=name.new_signature,
        new_key=name.new_key,
    )


def _name_from_proto(message: pb.MappedName) -> MappedName:
    return MappedName(
        signature=message.signature,
        key=message.key,
        is_output=message.output,
        before=ref_from_proto(message.before) if message.HasField("before") else None,
        after=ref_from_proto(message.after) if message.HasField("after") else None,
        tensor_index=message.tensor_index if message.HasField("tensor_index") else None,
        pruned=message.pruned,
        new_signature=message.new_signature,
        new_key=message.new_key,
    )


def _weights_to_proto(weights: WeightMatches) -> pb.WeightMatches:
    return pb.WeightMatches(
        by=weights.by,
        matched=(pb.WeightMatch(source=one.source, target=one.target) for one in weights.matched),
        missing=weights.missing,
        left_over=weights.left_over,
        misshaped=weights.misshaped,
    )


def _weights_from_proto(message: pb.WeightMatches) -> WeightMatches:
    return WeightMatches(
        message.by,
        tuple(WeightMatch(one.source, one.target) for one in message.matched),
        tuple(message.missing),
        tuple(message.left_over),
        tuple(message.misshaped),
    )


def _check_to_proto(check: Check) -> pb.Check:
    return pb.Check(
        state=_CHECK_STATES[check.state],
        reason=check.reason,
        max_abs_difference=check.max_abs_difference,
        tolerance=check.tolerance,
        inputs=check.inputs,
        checked_at=time_to_proto(check.checked_at_ms) if check.checked_at_ms else None,
    )


def _check_from_proto(message: pb.Check) -> Check:
    return Check(
        state=_STATES_OF_CHECK.get(message.state, CheckState.UNCHECKED),
        reason=message.reason,
        max_abs_difference=message.max_abs_difference if message.HasField("max_abs_difference") else None,
        tolerance=message.tolerance,
        inputs=message.inputs,
        checked_at_ms=time_from_proto(message.checked_at),
    )


def _failure_to_proto(failure: JobFailure) -> pb.JobFailure:
    return pb.JobFailure(
        kind=failure.kind, reason=failure.reason, message=failure.message, hint=failure.hint, metadata=failure.metadata
    )
