"""Declared signatures: the other half of tfreg/v1/bindings.proto."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.names import Reference
from tfreg.core.records import DeclaredSignature, SignatureDeclaration, Signed
from tfreg.core.signing.request import SignatureRequest
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.translate.inspections import signature_from_proto, signature_to_proto
from tfreg.translate.times import time_from_proto, time_to_proto
from tfreg.v1 import bindings_pb2 as pb


def signature_request_to_proto(reference: Reference, request: SignatureRequest) -> pb.DeclareSignatureRequest:
    """Returns the request of DeclareSignature."""
    return pb.DeclareSignatureRequest(
        reference=str(reference),
        tags=request.tags,
        key=request.key,
        inputs=(pb.DeclaredTensor(key=key, tensor=tensor) for key, tensor in request.inputs),
        outputs=(pb.DeclaredTensor(key=key, tensor=tensor) for key, tensor in request.outputs),
        method_name=request.method_name,
        targets=request.targets,
        declared_tags=request.declared_tags,
        override=request.override,
    )


def signature_request_from_proto(message: pb.DeclareSignatureRequest) -> SignatureRequest:
    """Returns what a user declares."""
    return SignatureRequest(
        key=message.key,
        inputs=_named(message.inputs),
        outputs=_named(message.outputs),
        tags=tuple(message.tags),
        method_name=message.method_name,
        targets=tuple(message.targets),
        declared_tags=tuple(message.declared_tags),
        override=message.override,
    )


def signed_to_proto(signed: Signed) -> pb.DeclareSignatureResponse:
    """Returns the answer of DeclareSignature."""
    return pb.DeclareSignatureResponse(
        signature=signature_to_proto(signed.signature),
        version=signed.version,
        additions=signed.additions,
        changed=signed.changed,
        diagnostics=map(diagnostic_to_proto, signed.diagnostics),
    )


def signed_from_proto(message: pb.DeclareSignatureResponse) -> Signed:
    """Returns what DeclareSignature answered."""
    return Signed(
        signature=signature_from_proto(message.signature),
        version=message.version,
        additions=message.additions,
        changed=message.changed,
        diagnostics=tuple(map(diagnostic_from_proto, message.diagnostics)),
    )


def declaration_to_proto(entry: SignatureDeclaration) -> pb.SignatureDeclaration:
    """Returns the message for an entry of the journal."""
    declared = entry.declared
    return pb.SignatureDeclaration(
        addition=entry.addition,
        tags=declared.tags,
        signature=signature_to_proto(declared.signature),
        targets=declared.targets,
        declared_tags=declared.declared_tags,
        override=declared.override,
        withdrawn=entry.withdrawn,
        declared_at=time_to_proto(entry.declared_at_ms),
    )


def declaration_from_proto(message: pb.SignatureDeclaration) -> SignatureDeclaration:
    """Returns the entry of the journal that a message tells."""
    declared = DeclaredSignature(
        tags=tuple(message.tags),
        signature=signature_from_proto(message.signature),
        targets=tuple(message.targets),
        declared_tags=tuple(message.declared_tags),
        override=message.override,
    )
    return SignatureDeclaration(message.addition, declared, time_from_proto(message.declared_at), message.withdrawn)


def _named(tensors: Iterable[pb.DeclaredTensor]) -> tuple[tuple[str, str], ...]:
    return tuple((tensor.key, tensor.tensor) for tensor in tensors)
