"""The directory of a zip archive: members that lie within the file and unpack to what they say, or a CodecError."""

import io
import zipfile
from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.zip_directory import read_zip, unpack
from tfreg.core.trees import BytesReader

NAME = "zip"


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}" * 100)
        with archive.open("large", "w", force_zip64=True) as member:
            member.write(bytes(1000))
    return out.getvalue()


SEEDS = (_archive(), "keras_3_sequential_v3.keras", b"", b"PK\x05\x06" + bytes(18))


def one_input(data: bytes) -> None:
    """Lists and unpacks."""
    reader = BytesReader(data)
    try:
        members = read_zip(reader)
    except CodecError:
        return
    for member in members.values():
        assert 0 <= member.offset_bytes <= member.offset_bytes + member.packed_bytes <= len(data)
        with suppress(CodecError):
            assert sum(map(len, unpack(reader, member, 1 << 20))) == member.size_bytes
