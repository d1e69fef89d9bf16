"""Runtimes: what a caller can load, and whether a model fits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.client.calls import Calls
from tfreg.core.digests import Digest, digest_of, parse_digest
from tfreg.core.errors import RuntimeInvalidError
from tfreg.core.names import parse_reference
from tfreg.core.runtimes.diagnosis import Diagnosis
from tfreg.core.runtimes.profile import RuntimeProfile
from tfreg.translate.runtimes import diagnosis_from_proto, diagnosis_question_to_proto, profile_to_proto
from tfreg.v1 import capabilities_pb2 as pb


def register_runtime(calls: Calls, profile: RuntimeProfile, op_list: bytes) -> Digest:
    """See `Client.register_runtime`. The list travels only if the server lacks it."""
    if op_list and profile.op_list_digest is None:
        profile = replace(profile, op_list_digest=digest_of(op_list))
    message = profile_to_proto(profile)
    answer = calls.unary(calls.connection.capabilities.RegisterRuntime, pb.RegisterRuntimeRequest(profile=message))
    if answer.op_list_needed and op_list:
        request = pb.RegisterRuntimeRequest(profile=message, op_list=op_list)
        answer = calls.unary(calls.connection.capabilities.RegisterRuntime, request)
    if answer.op_list_needed:
        raise RuntimeInvalidError(
            "The server does not have the list of ops that the profile tells.",
            hint="Give its bytes as op_list; they are sent only once.",
            op_list_digest=message.op_list_digest,
        )
    return parse_digest(answer.runtime)


def diagnose(calls: Calls, reference: str, runtime: str, formats: Sequence[str], tags: Sequence[str]) -> Diagnosis:
    """See `Client.diagnose`."""
    request = diagnosis_question_to_proto(parse_reference(reference), runtime, formats, tags)
    return diagnosis_from_proto(calls.unary(calls.connection.bindings.Diagnose, request))
