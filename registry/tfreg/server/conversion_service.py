"""ConversionService: models in other formats, made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import grpc

from tfreg.app.answers import AnswerCache
from tfreg.app.paging import PageRequest
from tfreg.app.stores import Stores
from tfreg.core.names import Reference, parse_reference
from tfreg.server.converting import Converting
from tfreg.server.pages import entries_of
from tfreg.server.registration import check_size
from tfreg.v1 import conversions_pb2 as pb
from tfreg.v1.conversions_pb2_grpc import ConversionServiceServicer

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Conversion, Job
    from tfreg.core.conversions.requests import ConversionRequest

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class ConversionService(ConversionServiceServicer):
    """See the proto. Convert's messages are as they are on the wire: a conversion that is there costs no work of protobuf."""

    def __init__(self, stores: Stores, converting: Converting) -> None:
        self._catalog = stores.catalog
        self._max_message_bytes = stores.limits.max_message_bytes
        self._answers = AnswerCache(stores.catalog)
        self._converting = converting

    def Plan(self, request: pb.PlanRequest, context: grpc.ServicerContext) -> pb.PlanResponse:
        """See the proto."""
        from tfreg.translate.conversion_requests import planned_to_proto, request_from_proto  # most servers never need it

        return planned_to_proto(self._converting.conversions().plan(request_from_proto(request.conversion)))

    def Convert(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:  # type: ignore[override]
        """Takes and gives encoded messages."""
        answer = self._answers.find(request)
        if answer is not None:
            yield answer
            return
        from tfreg.core.conversions.records import Conversion
        from tfreg.translate.conversion_requests import check_mode_from_proto, request_from_proto

        parsed = pb.ConvertRequest.FromString(request)
        wanted, mode = request_from_proto(parsed.conversion), check_mode_from_proto(parsed.check)
        sequence = self._catalog.model_sequence(wanted.reference.model)
        for told in self._converting.conversions().convert(wanted, mode, context.is_active):
            answer = _response(told).SerializeToString()
            check_size(len(answer), self._max_message_bytes)
            if isinstance(told, Conversion) and not _depends_on_others(wanted):
                self._answers.keep(request, wanted.reference.model, sequence, answer)
            yield answer

    def GetJob(self, request: pb.GetJobRequest, context: grpc.ServicerContext) -> pb.GetJobResponse:
        """See the proto."""
        from tfreg.translate.conversions import job_to_proto

        return pb.GetJobResponse(job=job_to_proto(self._converting.jobs().get(request.id)))

    def CancelJob(self, request: pb.CancelJobRequest, context: grpc.ServicerContext) -> pb.CancelJobResponse:
        """See the proto."""
        from tfreg.translate.conversions import job_to_proto

        return pb.CancelJobResponse(job=job_to_proto(self._converting.jobs().cancel(request.id)))

    def ListConversions(self, request: pb.ListConversionsRequest, context: grpc.ServicerContext) -> pb.ListConversionsResponse:
        """See the proto."""
        from tfreg.translate.conversions import conversion_to_proto

        page = PageRequest(request.page_size, request.page_token)
        found = self._converting.conversions().list_conversions(parse_reference(request.reference), page)
        entries, token = entries_of(found, conversion_to_proto, self._max_message_bytes)
        return pb.ListConversionsResponse(conversions=entries, next_page_token=token)


def _response(told: Job | Conversion) -> pb.ConvertResponse:
    from tfreg.core.conversions.records import Job
    from tfreg.translate.conversions import conversion_to_proto, job_to_proto

    if isinstance(told, Job):
        return pb.ConvertResponse(job=job_to_proto(told))
    return pb.ConvertResponse(conversion=conversion_to_proto(told))


def _depends_on_others(request: ConversionRequest) -> bool:
    """Whether another model's state decides what goes in."""
    return any(isinstance(one.source, Reference) for one in request.inputs)
