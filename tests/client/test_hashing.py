"""One pass over a file gives its digest and those of its pieces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfreg.client.progress import Meter
from tfreg.client.push.hashing import Hasher
from tfreg.client.push.sources import HashedFile, source_of
from tfreg.client.scope import Scope
from tfreg.core.digests import digest_of
from tfreg.core.layouts import Span, cut
from tfreg.core.trees import LocalTree


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.integers(0, 5000).map(lambda size: bytes(index * 7 % 251 for index in range(size))),
    spans=st.lists(st.builds(Span, st.integers(0, 5000), st.integers(0, 900)), max_size=8),
    chunk_bytes=st.integers(1, 900),
    small=st.booleans(),
)
def test_pieces_make_up_the_file_and_have_their_digests(
    tmp_path: Path, content: bytes, spans: list[Span], chunk_bytes: int, small: bool
) -> None:
    (tmp_path / "file").write_bytes(content)
    meter = Meter(None, "hash")
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(1) as executor:
        patched.setattr("tfreg.client.push.hashing.CHUNK_BYTES", chunk_bytes)
        patched.setattr("tfreg.client.push.hashing._SMALL_FILE_BYTES", 10_000 if small else 0)
        patched.setattr("tfreg.core.layouts.MIN_TENSOR_BYTES", 16)
        patched.setattr("tfreg.core.layouts.MAX_BLOB_BYTES", 256)
        source = source_of(LocalTree(tmp_path), "file", len(content), spans)
        *pieces, whole = Hasher(executor, Scope(), meter).pieces(source)
        expected = [digest_of(part(content, span)) for span in cut(len(content), spans)]
    assert isinstance(whole, HashedFile)
    assert whole.file.digest == digest_of(content)
    assert [piece.digest for piece in pieces] == expected
    assert whole.layout.size_bytes == len(content) == meter.done_bytes


def part(content: bytes, span: Span) -> bytes:
    return content[span.offset_bytes : span.offset_bytes + span.length_bytes]
