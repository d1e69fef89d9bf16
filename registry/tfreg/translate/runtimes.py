"""The runtimes of tfreg/v1/capabilities.proto, the diagnoses of bindings.proto, and the core's."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.digests import parse_digest
from tfreg.core.errors import DigestInvalidError, RuntimeInvalidError
from tfreg.core.names import Reference, parse_model_name
from tfreg.core.runtimes.diagnosis import Diagnosis
from tfreg.core.runtimes.profile import RuntimeProfile
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.v1 import bindings_pb2, capabilities_pb2


def profile_to_proto(profile: RuntimeProfile) -> capabilities_pb2.RuntimeProfile:
    """Returns the message for a runtime."""
    return capabilities_pb2.RuntimeProfile(
        name=profile.name,
        tensorflow_version=profile.tensorflow_version,
        formats=profile.formats,
        op_list_digest=profile.op_list_digest or "",
    )


def profile_from_proto(message: capabilities_pb2.RuntimeProfile) -> RuntimeProfile:
    """Returns the runtime that a message tells.

    Raises:
        RuntimeInvalidError: The digest of its list of ops is none.
    """
    try:
        digest = parse_digest(message.op_list_digest) if message.op_list_digest else None
    except DigestInvalidError as error:
        raise RuntimeInvalidError(f"The list of ops: {error.message}", hint=error.hint) from None
    return RuntimeProfile(message.name, message.tensorflow_version, tuple(message.formats), digest)


def diagnosis_question_to_proto(
    reference: Reference, runtime: str, formats: Sequence[str], tags: Sequence[str]
) -> bindings_pb2.DiagnoseRequest:
    """Returns the request of Diagnose."""
    return bindings_pb2.DiagnoseRequest(reference=str(reference), runtime=runtime, formats=formats, tags=tags)


def diagnosis_to_proto(diagnosis: Diagnosis) -> bindings_pb2.DiagnoseResponse:
    """Returns the answer of Diagnose."""
    return bindings_pb2.DiagnoseResponse(
        model=diagnosis.model,
        version=diagnosis.version,
        artifact_digest=diagnosis.artifact_digest,
        format=diagnosis.format,
        diagnostics=map(diagnostic_to_proto, diagnosis.diagnostics),
        fits=diagnosis.fits,
    )


def diagnosis_from_proto(message: bindings_pb2.DiagnoseResponse) -> Diagnosis:
    """Returns what Diagnose answered.

    Raises:
        ModelNameInvalidError, DigestInvalidError: As named.
    """
    return Diagnosis(
        parse_model_name(message.model),
        message.version,
        parse_digest(message.artifact_digest),
        message.format,
        tuple(map(diagnostic_from_proto, message.diagnostics)),
    )
