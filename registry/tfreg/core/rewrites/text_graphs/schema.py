"""The fields of TensorFlow's messages, as a writer of their text form needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode
from tfreg.core.rewrites.text_graphs.literals import double_text, float_text, signed

if TYPE_CHECKING:
    from google.protobuf.message import Message

_FIXED_BYTES = {FieldDescriptor.TYPE_FLOAT: 4, FieldDescriptor.TYPE_FIXED32: 4, FieldDescriptor.TYPE_DOUBLE: 8}
_NUMBERS: dict[int, Callable[[int], bytes]] = {
    FieldDescriptor.TYPE_DOUBLE: double_text,
    FieldDescriptor.TYPE_FLOAT: float_text,
    FieldDescriptor.TYPE_INT64: lambda value: b"%d" % signed(value, 64),
    FieldDescriptor.TYPE_INT32: lambda value: b"%d" % signed(value, 32),
    FieldDescriptor.TYPE_UINT64: lambda value: b"%d" % value,
    FieldDescriptor.TYPE_UINT32: lambda value: b"%d" % (value & 0xFFFF_FFFF),
    FieldDescriptor.TYPE_FIXED32: lambda value: b"%d" % value,
    FieldDescriptor.TYPE_BOOL: lambda value: b"true" if value else b"false",
}


@dataclass(frozen=True, slots=True)
class TextField:
    """A field.

    Attributes:
        name: Its name.
        message: What it holds, if that is a message.
        number_text: How a number of it is written; None for texts and messages.
        fixed_bytes: Size of an element of fixed size; 0: a varint.
        is_repeated: Whether a message may have several.
    """

    name: bytes
    message: Schema | None
    number_text: Callable[[int], bytes] | None
    fixed_bytes: int
    is_repeated: bool

    def packed(self, payload: bytes) -> list[bytes]:
        """Returns the numbers of a packed field, as texts.

        Raises:
            CodecError: It ends within a number.
        """
        assert self.number_text is not None
        if size := self.fixed_bytes:
            numbers = [int.from_bytes(payload[at : at + size], "little") for at in range(0, len(payload), size)]
            return [self.number_text(number) for number in numbers]
        texts, at = [], 0
        try:
            while at < len(payload):
                number, at = decode(payload, at)
                texts.append(self.number_text(number))
        except IndexError:
            raise CodecError("ends within a number") from None
        return texts


@dataclass(frozen=True, slots=True)
class Schema:
    """A message.

    Attributes:
        name: Its name.
        fields: Its fields by number.
        kind: Its class.
    """

    name: str
    fields: Mapping[int, TextField]
    kind: type[Message]


@cache
def schema_of(descriptor: Descriptor) -> Schema:
    """Returns the fields of a message and of those within it."""
    from google.protobuf.message_factory import GetMessageClass

    fields: dict[int, TextField] = {}
    schema = Schema(descriptor.name, fields, GetMessageClass(descriptor))
    _being_made[descriptor.full_name] = schema
    for field in descriptor.fields:
        fields[field.number] = _field(field)
    return schema


_being_made: dict[str, Schema] = {}
"""Messages hold messages of their own kind."""


def _field(field: FieldDescriptor) -> TextField:
    within, message = field.message_type, None
    if within is not None:
        message = _being_made.get(within.full_name) or schema_of(within)
    number_text = _enum_text(field.enum_type) if field.enum_type is not None else _NUMBERS.get(field.type)
    return TextField(field.name.encode(), message, number_text, _FIXED_BYTES.get(field.type, 0), field.is_repeated)


def _enum_text(enum: EnumDescriptor) -> Callable[[int], bytes]:
    names = {number: value.name.encode() for number, value in enum.values_by_number.items()}

    def text(value: int) -> bytes:
        number = signed(value, 32)
        return names.get(number) or b"%d" % number

    return text
