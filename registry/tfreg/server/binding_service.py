"""BindingService: answers which names a caller feeds and fetches, and takes signatures that users declare."""

from __future__ import annotations

from collections.abc import Sequence

import grpc

from tfreg.app.answers import AnswerCache
from tfreg.app.diagnose import Diagnose
from tfreg.app.paging import PageRequest
from tfreg.app.resolve import Resolve
from tfreg.app.runtimes import find_runtime
from tfreg.app.signing import Signing
from tfreg.app.stores import Stores
from tfreg.core.names import parse_reference
from tfreg.server.pages import entries_of
from tfreg.translate.bindings import query_from_proto, resolved_to_proto
from tfreg.v1 import bindings_pb2 as pb
from tfreg.v1.bindings_pb2_grpc import BindingServiceServicer

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class BindingService(BindingServiceServicer):
    """See the proto. Resolve's messages are as they are on the wire: an answer that is still good costs no work of protobuf."""

    def __init__(self, stores: Stores, resolve: Resolve, diagnose: Diagnose, signing: Signing) -> None:
        self._stores = stores
        self._catalog = stores.catalog
        self._max_message_bytes = stores.limits.max_message_bytes
        self._answers = AnswerCache(stores.catalog)
        self._resolve = resolve
        self._diagnose = diagnose
        self._signing = signing

    def Resolve(self, request: bytes, context: grpc.ServicerContext) -> bytes:  # type: ignore[override]
        """Takes and gives encoded messages."""
        answer = self._answers.find(request)
        return self._answer(request, context) if answer is None else answer

    def Diagnose(self, request: pb.DiagnoseRequest, context: grpc.ServicerContext) -> pb.DiagnoseResponse:
        """See the proto."""
        from tfreg.translate.runtimes import diagnosis_to_proto  # few callers ask

        reference = parse_reference(request.reference)
        found = self._diagnose(reference, request.runtime, request.formats, request.tags, still_wanted=context.is_active)
        return diagnosis_to_proto(found)

    def DeclareSignature(self, request: pb.DeclareSignatureRequest, context: grpc.ServicerContext) -> pb.DeclareSignatureResponse:
        """See the proto."""
        from tfreg.translate.signing import signature_request_from_proto, signed_to_proto  # most servers never need it

        reference = parse_reference(request.reference)
        return signed_to_proto(self._signing.declare(reference, signature_request_from_proto(request)))

    def WithdrawSignature(
        self, request: pb.WithdrawSignatureRequest, context: grpc.ServicerContext
    ) -> pb.WithdrawSignatureResponse:
        """See the proto."""
        version = self._signing.withdraw(parse_reference(request.reference), request.tags, request.key)
        return pb.WithdrawSignatureResponse(additions=version.additions)

    def ListSignatureDeclarations(
        self, request: pb.ListSignatureDeclarationsRequest, context: grpc.ServicerContext
    ) -> pb.ListSignatureDeclarationsResponse:
        """See the proto."""
        from tfreg.translate.signing import declaration_to_proto  # most servers never need it

        page = PageRequest(request.page_size, request.page_token)
        found = self._signing.list_declarations(parse_reference(request.reference), page)
        entries, token = entries_of(found, declaration_to_proto, self._max_message_bytes)
        return pb.ListSignatureDeclarationsResponse(declarations=entries, next_page_token=token)

    def _formats(self, request: pb.ResolveRequest) -> Sequence[str]:
        """Returns those that the caller names, else those of its runtime, which must be known in any case."""
        known = find_runtime(self._stores, request.runtime).formats if request.runtime else ()
        return request.formats or known

    def _answer(self, question: bytes, context: grpc.ServicerContext) -> bytes:
        request = pb.ResolveRequest.FromString(question)
        reference = parse_reference(request.reference)
        sequence = self._catalog.model_sequence(reference.model)
        resolved = self._resolve(
            reference,
            query_from_proto(request),
            self._formats(request),
            request.known_revision,
            convert=request.convert,
            still_there=context.is_active,
        )
        unchanged = pb.ResolveResponse(unchanged=True)
        response = unchanged if resolved is None else pb.ResolveResponse(binding=resolved_to_proto(resolved))
        answer = response.SerializeToString()
        self._answers.keep(question, reference.model, sequence, answer)
        return answer
