"""Fixtures are kept for ever and by everybody: none names a folder of the machine that made it."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MODELS = REPOSITORY / "tests" / "fixtures" / "models"
MACHINE = re.compile(b"|".join(re.escape(str(folder).encode() + b"/") for folder in (REPOSITORY, Path.home())))
MARSHALLED = re.compile(rb"(?:[A-Za-z0-9+/]|\\n){60,}={0,2}")  # code of Lambda layers, in base64 with escaped line ends


def contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())


def decoded(content: bytes) -> Iterator[bytes]:
    yield content
    for found in MARSHALLED.finditer(content):
        text = found[0].replace(b"\\n", b"").rstrip(b"=")
        yield from (base64.b64decode(text[start : start + (len(text) - start) // 4 * 4]) for start in range(4))


@pytest.mark.parametrize("model", sorted(path.name for path in MODELS.iterdir()))
def test_a_fixture_names_no_folder_of_the_machine_that_made_it(model):
    paths = [MODELS / model, *(MODELS / model).rglob("*")]
    texts = (text for path in paths if path.is_file() for content in contents(path) for text in decoded(content))
    assert not [found[0] for text in texts if (found := MACHINE.search(text))]
