"""BindingService: answers which names a caller feeds and fetches."""

from __future__ import annotations

import grpc

from tfreg.app.answers import AnswerCache
from tfreg.app.resolve import Resolve
from tfreg.app.stores import Stores
from tfreg.core.names import parse_reference
from tfreg.translate.bindings import query_from_proto, resolved_to_proto
from tfreg.v1 import bindings_pb2 as pb
from tfreg.v1.bindings_pb2_grpc import BindingServiceServicer


class BindingService(BindingServiceServicer):
    """See the proto. Messages are taken and given as they are on the wire: an answer that is still good costs no work of protobuf."""

    def __init__(self, stores: Stores, resolve: Resolve) -> None:
        self._catalog = stores.catalog
        self._answers = AnswerCache(stores.catalog)
        self._resolve = resolve

    def Resolve(self, request: bytes, context: grpc.ServicerContext) -> bytes:  # type: ignore[override]  # noqa: N802, ARG002
        """Takes and gives encoded messages."""
        answer = self._answers.find(request)
        return self._answer(request) if answer is None else answer

    def _answer(self, question: bytes) -> bytes:
        request = pb.ResolveRequest.FromString(question)
        reference = parse_reference(request.reference)
        sequence = self._catalog.model_sequence(reference.model)
        resolved = self._resolve(reference, query_from_proto(request), request.formats, request.known_revision)
        unchanged = pb.ResolveResponse(unchanged=True)
        response = unchanged if resolved is None else pb.ResolveResponse(binding=resolved_to_proto(resolved))
        answer = response.SerializeToString()
        self._answers.keep(question, reference.model, sequence, answer)
        return answer
