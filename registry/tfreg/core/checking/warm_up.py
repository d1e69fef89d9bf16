"""The requests that TensorFlow Serving warms a SavedModel up with: `assets.extra/tf_serving_warmup_requests`.

TFRecords (length, masked CRC-32C of the length, bytes, masked CRC-32C of the bytes) of PredictionLog messages
(tensorflow_serving/apis/prediction_log.proto), of which a PredictRequest's signature name and inputs are read, by these field numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader, FileTree
from tfreg.core.trees import BytesReader

PATH = "assets.extra/tf_serving_warmup_requests"
MAX_REQUESTS = 8
MAX_REQUEST_BYTES = 16 << 20
_PREDICT_LOG, _REQUEST = 6, 1
_MODEL_SPEC, _INPUTS, _SIGNATURE_NAME = 1, 2, 3
_KEY, _VALUE = 1, 2
_HEAD_BYTES, _TAIL_BYTES = 12, 4
_DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, slots=True)
class WarmUpRequest:
    """A PredictRequest: its signature, and its inputs as serialised TensorProtos by key."""

    signature: str
    inputs: Mapping[str, bytes]


def warm_up_requests(tree: FileTree) -> tuple[WarmUpRequest, ...]:
    """Returns the first predict requests of a SavedModel; none if it has no such file or the file is damaged from there on."""
    if not any(file.path == PATH for file in tree.files()):
        return ()
    found: list[WarmUpRequest] = []
    with tree.open(PATH) as reader:
        try:
            for record in _records(reader):
                request = _request(record)
                if request is not None:
                    found.append(request)
        except CodecError:
            pass
    return tuple(found)


def _records(reader: FileReader) -> Iterator[bytes]:
    """Yields the records.

    Raises:
        CodecError: A length or a checksum is wrong.
    """
    at = 0
    for _ in range(MAX_REQUESTS):
        head = reader.read_at(at, _HEAD_BYTES)
        if len(head) < _HEAD_BYTES:
            return
        length = int.from_bytes(head[:8], "little")
        if not crc32c.matches(head[:8], int.from_bytes(head[8:], "little")):
            raise CodecError("has a wrong checksum")
        if length > MAX_REQUEST_BYTES:
            raise CodecError("has a record that is too long")
        content = reader.read_at(at + _HEAD_BYTES, length + _TAIL_BYTES)
        if len(content) < length + _TAIL_BYTES or not crc32c.matches(
            content[:length], int.from_bytes(content[length:], "little")
        ):
            raise CodecError("has a record that is damaged")
        yield content[:length]
        at += _HEAD_BYTES + length + _TAIL_BYTES


def _request(record: bytes) -> WarmUpRequest | None:
    for log in _messages(record, _PREDICT_LOG):
        for request in _messages(log, _REQUEST):
            names = [name for spec in _messages(request, _MODEL_SPEC) for name in _messages(spec, _SIGNATURE_NAME)]
            inputs = dict(_entry(entry) for entry in _messages(request, _INPUTS))
            signature = names[-1].decode(errors="replace") if names else ""
            return WarmUpRequest(signature or _DEFAULT_SIGNATURE, inputs)
    return None


def _entry(entry: bytes) -> tuple[str, bytes]:
    keys, values = list(_messages(entry, _KEY)), list(_messages(entry, _VALUE))
    return (keys[-1].decode(errors="replace") if keys else ""), (values[-1] if values else b"")


def _messages(content: bytes, number: int) -> Iterator[bytes]:
    """Yields what a message holds under a field of wire type 2."""
    for found in scan(BytesReader(content), 0, len(content)):
        if found.number == number and found.wire_type == LENGTH_DELIMITED:
            yield content[found.offset : found.offset + found.length]
