"""A message in memory as text."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode
from tfreg.core.codecs.wire_scan import FIXED32, FIXED64, LENGTH_DELIMITED, VARINT
from tfreg.core.rewrites.text_graphs.literals import escaped
from tfreg.core.rewrites.text_graphs.schema import Schema

_SIZES = {FIXED32: 4, FIXED64: 8}


def message_text(name: bytes, payload: bytes, schema: Schema, indent: int, lost: set[str]) -> bytes:
    """Returns a field that holds a message as text.

    The message is parsed and written anew before, which joins fields that stand in it several times, as protobuf reads them.

    Args:
        name: The field's name.
        payload: The message.
        schema: Its fields.
        indent: By how many levels the text is indented.
        lost: Takes the fields that are not known and left out.

    Raises:
        CodecError: It is no such message.
    """
    try:
        content = schema.kind.FromString(payload).SerializeToString(deterministic=True)
    except DecodeError:
        raise CodecError(f"has a {schema.name} that cannot be read") from None
    lines: list[bytes] = []
    _Lines(lines, lost).message(name, content, schema, b"  " * indent)
    return b"".join(lines)


@dataclass(frozen=True, slots=True)
class _Lines:
    lines: list[bytes]
    lost: set[str]

    def message(self, name: bytes, content: bytes, schema: Schema, outer: bytes) -> None:
        self.lines.append(b"%s%s {\n" % (outer, name))
        self._fields(content, schema, outer + b"  ")
        self.lines.append(outer + b"}\n")

    def _fields(self, content: bytes, schema: Schema, inner: bytes) -> None:
        at = 0
        while at < len(content):
            tag, at = decode(content, at)
            number, wire_type = tag >> 3, tag & 7
            field = schema.fields.get(number)
            if wire_type == LENGTH_DELIMITED:
                length, at = decode(content, at)
                payload = content[at : at + length]
                at += length
                if field is None:
                    self.lost.add(f"{schema.name}.{number}")
                elif field.message is not None:
                    self.message(field.name, payload, field.message, inner)
                elif field.number_text is None:
                    self.lines.append(b'%s%s: "%s"\n' % (inner, field.name, escaped(payload)))
                else:
                    self.lines.extend(b"%s%s: %s\n" % (inner, field.name, text) for text in field.packed(payload))
                continue
            if wire_type == VARINT:
                value, at = decode(content, at)
            else:
                size = _SIZES[wire_type]
                value, at = int.from_bytes(content[at : at + size], "little"), at + size
            if field is None or field.number_text is None:
                self.lost.add(f"{schema.name}.{number}")
            else:
                self.lines.append(b"%s%s: %s\n" % (inner, field.name, field.number_text(value)))
