"""Declared signatures: for a model whose own ones are missing or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfreg.client.calls import Calls
from tfreg.client.paging import pages
from tfreg.core.names import parse_reference
from tfreg.core.records import SignatureDeclaration, Signed
from tfreg.core.signing.request import SignatureRequest
from tfreg.translate.signing import declaration_from_proto, signature_request_to_proto, signed_from_proto
from tfreg.v1 import bindings_pb2 as pb


def sign(calls: Calls, reference: str, request: SignatureRequest) -> Signed:
    """See `Client.sign`."""
    message = signature_request_to_proto(parse_reference(reference), request)
    # Repeated, it could undo what somebody else declared between the two.
    return signed_from_proto(calls.unary(calls.connection.bindings.DeclareSignature, message, repeatable=False))


def withdraw_signature(calls: Calls, reference: str, key: str, tags: Sequence[str]) -> int:
    """See `Client.withdraw_signature`."""
    request = pb.WithdrawSignatureRequest(reference=str(parse_reference(reference)), key=key, tags=tags)
    return int(calls.unary(calls.connection.bindings.WithdrawSignature, request, repeatable=False).additions)


def signature_declarations(calls: Calls, reference: str) -> Iterator[SignatureDeclaration]:
    """See `Client.signature_declarations`."""
    request = pb.ListSignatureDeclarationsRequest(reference=str(parse_reference(reference)))
    found = pages(calls, calls.connection.bindings.ListSignatureDeclarations, request)
    return (declaration_from_proto(entry) for page in found for entry in page.declarations)
