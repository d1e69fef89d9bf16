"""Text-format protobuf (.pbtxt) to the binary form, so that everything else reads one form only.

google.protobuf's own parser is used on our `tfreg.wire` messages. It takes unknown fields (`allow_unknown_field`), which our subset of
TensorFlow's messages needs; it loads no code and opens no file. It is slow (about 2 MB/s) and needs many times its input, and it
recurses as deep as the text nests, hence the limits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfreg.core.codecs.errors import CodecError, LimitError

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from tfreg.core.files import FileReader

_MAX_MESSAGES = 1_000_000
_MAX_FAULT_CHARACTERS = 100
_FAULT = re.compile(r"(\d+):(\d+) : (?:'.*': )?(.*)", re.DOTALL)
_BOM = "\ufeff"


def binary_of(reader: FileReader, kind: type[Message], max_bytes: int) -> bytes:
    """Reads a text-format message of the given kind and returns it in binary form.

    Raises:
        CodecError: It is not such a text, or it is longer than `max_bytes` or holds too many messages.
    """
    from google.protobuf import text_format
    from google.protobuf.message import EncodeError

    if reader.size_bytes > max_bytes:
        raise LimitError(f"has {reader.size_bytes} bytes of text; at most {max_bytes} are read")
    try:
        text = reader.read_at(0, max_bytes).decode().removeprefix(_BOM)
        if text.count("{") + text.count("<") > _MAX_MESSAGES:
            raise LimitError(f"has more than {_MAX_MESSAGES} messages as text")
        return text_format.Parse(text, kind(), allow_unknown_field=True).SerializeToString()
    except text_format.ParseError as error:
        raise CodecError(f"is not the text of a {kind.DESCRIPTOR.name}: {_in_short(str(error))}") from None
    except (UnicodeDecodeError, RecursionError, ValueError, EncodeError) as error:
        raise CodecError(f"is not the text of a {kind.DESCRIPTOR.name}: {type(error).__name__}") from None


def _in_short(fault: str) -> str:
    """Returns where the parser stopped and why, without the line that it quotes, which may be a tensor's bytes."""
    if found := _FAULT.match(fault):
        reason = found[3].partition(": '")[0]  # what follows is a quotation
        return f"line {found[1]}, column {found[2]}: {reason[:_MAX_FAULT_CHARACTERS].rstrip(' .')}"
    return fault[:_MAX_FAULT_CHARACTERS].rstrip(" .")
