"""Tensors of artifacts: which there are, the nodes around them, and their values as they stream in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from tfreg.client.calls import Calls
from tfreg.client.paging import pages
from tfreg.client.patience import patiently
from tfreg.core.errors import InternalError, TensorUnreadableError
from tfreg.core.graphs.listing import ListedNode, NodeFilter
from tfreg.core.names import parse_reference
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.selection import Selection, ValueHeader
from tfreg.translate.nodes import node_from_proto
from tfreg.translate.stored_tensors import stored_tensor_from_proto
from tfreg.translate.tensor_values import header_from_proto, selection_to_proto
from tfreg.v1.artifacts_pb2 import ListNodesRequest, ListTensorsRequest, ReadTensorsRequest, ReadTensorsResponse

_PAGE_SIZE = 1000

Stream = tuple[ValueHeader, Iterator[bytes]]
"""A value: what it is, and its bytes, which must be taken before the next one's."""


def tensors(calls: Calls, reference: str, prefix: str, formats: Sequence[str], *, with_digests: bool) -> Iterator[StoredTensor]:
    """See `Client.tensors`."""
    request = ListTensorsRequest(
        reference=str(parse_reference(reference)), prefix=prefix, formats=formats, with_digests=with_digests
    )
    if not with_digests:  # else a page can take long
        request.page_size = _PAGE_SIZE
    found = pages(calls, calls.connection.artifacts.ListTensors, request)
    return (stored_tensor_from_proto(tensor) for page in found for tensor in page.tensors)


def nodes(calls: Calls, reference: str, wanted: NodeFilter, tags: Sequence[str], formats: Sequence[str]) -> Iterator[ListedNode]:
    """See `Client.nodes`."""
    request = ListNodesRequest(
        reference=str(parse_reference(reference)),
        formats=formats,
        tags=tags,
        ops=sorted(wanted.ops),
        prefix=wanted.prefix,
        with_functions=wanted.with_functions,
        page_size=_PAGE_SIZE,
    )
    found = pages(calls, calls.connection.artifacts.ListNodes, request)
    return (node_from_proto(node) for page in found for node in page.nodes)


def read(calls: Calls, reference: str, selections: Iterable[Selection], formats: Sequence[str]) -> Iterator[Stream]:
    """Yields values in the order asked, by one stream.

    The call is repeated while the server is away only until the first value begins.

    Raises:
        TensorUnreadableError: The server sends more or less than a header says.
        TfregError: As the server answered.
    """
    request = ReadTensorsRequest(
        reference=str(parse_reference(reference)), formats=formats, tensors=map(selection_to_proto, selections)
    )
    first, rest = calls.retrying(lambda _: _begun(calls, request), calls.deadline_s)
    return _values(chain([first], rest), len(request.tensors))


def _begun(calls: Calls, request: ReadTensorsRequest) -> tuple[ReadTensorsResponse, Iterator[ReadTensorsResponse]]:
    messages = _messages(calls, request)
    first = next(messages, None)
    if first is None:
        raise InternalError("The server answered the question for values with nothing.")
    return first, messages


def _messages(calls: Calls, request: ReadTensorsRequest) -> Iterator[ReadTensorsResponse]:
    with calls.translated_errors():
        stream = calls.connection.artifacts.ReadTensors(request)
        try:
            with calls.scope.watching(stream):
                yield from patiently(stream, calls.deadline_s)
        finally:
            stream.cancel()  # does nothing to one that has ended


def _values(messages: Iterator[ReadTensorsResponse], count: int) -> Iterator[Stream]:
    message = next(messages, None)
    for number in range(count):
        if message is None or message.WhichOneof("part") != "header":
            raise InternalError(f"The server sent {number} of {count} values.")
        header = header_from_proto(message.header)
        value = _Value(header, messages)
        yield header, value
        for _ in value:  # what the caller left
            pass
        message = value.following


class _Value(Iterator[bytes]):
    """The bytes of one value; they end where the next header comes."""

    def __init__(self, header: ValueHeader, messages: Iterator[ReadTensorsResponse]) -> None:
        self._header = header
        self._messages = messages
        self._received = 0
        self._ended = False
        self.following: ReadTensorsResponse | None = None

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        message = next(self._messages, None)
        if message is not None and message.WhichOneof("part") == "content":
            self._received += len(message.content)
            self._check(at_end=False)
            return message.content
        self.following, self._ended = message, True
        self._check(at_end=True)
        raise StopIteration

    def _check(self, *, at_end: bool) -> None:
        wanted = self._header.size_bytes
        if wanted is not None and (self._received > wanted or (at_end and self._received < wanted)):
            name = self._header.name
            raise TensorUnreadableError(f"The server sent {self._received} of {wanted} bytes of {name!r}.", tensor=name)
