"""BlobService: moves blobs."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from tfreg.app.file_digests import FileDigests
from tfreg.app.find_missing import find_missing
from tfreg.app.reading import read_blobs
from tfreg.app.receiving import Reception
from tfreg.app.stores import Stores
from tfreg.core.errors import StreamInvalidError
from tfreg.server.blob_messages import encode_read, split_write
from tfreg.translate.blobs import blob_from_proto, missing_to_proto, ranges_from_proto
from tfreg.v1 import blobs_pb2 as pb
from tfreg.v1.blobs_pb2_grpc import BlobServiceServicer

# ruff: noqa: N802, ARG002 the proto gives the names, grpc the arguments


class BlobService(BlobServiceServicer):
    """See the proto. The messages that carry bytes are taken and given as they are on the wire: see `registration`."""

    def __init__(self, stores: Stores, file_digests: FileDigests) -> None:
        self._stores = stores
        self._file_digests = file_digests

    def FindMissing(self, request: pb.FindMissingRequest, context: grpc.ServicerContext) -> pb.FindMissingResponse:
        """See the proto."""
        blobs = [blob_from_proto(blob) for blob in request.blobs]
        lease, missing = find_missing(self._stores, self._file_digests, request.lease_id, blobs, request.file_path)
        return missing_to_proto(lease, missing)

    def Write(self, request_iterator: Iterator[bytes], context: grpc.ServicerContext) -> pb.WriteResponse:  # type: ignore[override]
        """Takes encoded requests. Iterating raises when the caller goes away, which ends the reception."""
        first = next(request_iterator, None)
        if first is None:
            raise StreamInvalidError("The stream ended before it began.", hint="Its first message names the lease.")
        request, data = split_write(first)
        with Reception(self._stores, self._file_digests, request.lease_id) as reception:
            _take(reception, request, data)
            for message in request_iterator:
                _take(reception, *split_write(message))
            count, size_bytes = reception.finish()
        return pb.WriteResponse(blob_count=count, size_bytes=size_bytes)

    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> Iterator[bytes]:  # type: ignore[override]
        """Gives encoded responses."""
        for index, chunk in read_blobs(self._stores, ranges_from_proto(request)):
            if not context.is_active():
                return
            yield encode_read(index, chunk)


def _take(reception: Reception, request: pb.WriteRequest, data: memoryview) -> None:
    if request.HasField("blob"):
        reception.start(blob_from_proto(request.blob))
    reception.data(data)
