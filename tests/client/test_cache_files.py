"""layout.json, journal and lock, as docs/cache.md has them for all languages."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.client.pull.journal import Journal
from tfreg.client.pull.layout_json import read_layout, write_layout
from tfreg.client.pull.locks import exclusive
from tfreg.client.scope import Scope
from tfreg.core.digests import digest_of
from tfreg.core.errors import CancelledError
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import ArtifactRecord

BLOB = digest_of(b"blob")


def an_artifact() -> ArtifactRecord:
    files = [ManifestFile("é.pb", 5, digest_of(b"12345")), ManifestFile("a/empty", 0, digest_of(b""))]
    manifest = manifest_of(files)
    layouts = (FileLayout("a/empty", ()), FileLayout("é.pb", (BlobExtent(BLOB, 7, 3), InlineExtent(b"\0\1"))))
    return ArtifactRecord(manifest.digest(), "saved_model", manifest, layouts)


def test_the_layout_is_written_as_the_page_shows(tmp_path: Path) -> None:
    artifact = an_artifact()
    write_layout(tmp_path, artifact)
    assert [path.name for path in tmp_path.iterdir()] == ["layout.json"]
    document = json.loads((tmp_path / "layout.json").read_text(encoding="utf-8"))
    assert document == {
        "digest": artifact.digest,
        "format": "saved_model",
        "files": [
            {"path": "a/empty", "size_bytes": 0, "digest": digest_of(b""), "extents": []},
            {
                "path": "é.pb",
                "size_bytes": 5,
                "digest": digest_of(b"12345"),
                "extents": [{"blob": BLOB, "offset_bytes": 7, "length_bytes": 3}, {"inline_base64": "AAE="}],
            },
        ],
    }


def test_a_layout_is_read_with_keys_of_later_releases(tmp_path: Path) -> None:
    artifact = an_artifact()
    write_layout(tmp_path, artifact)
    document = json.loads((tmp_path / "layout.json").read_text(encoding="utf-8"))
    document["new"] = document["files"][1]["extents"][0]["new"] = {"a": 1}
    (tmp_path / "layout.json").write_text(json.dumps(document), encoding="utf-8")
    assert read_layout(tmp_path) == artifact


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"files": 3}', '{"digest": "x", "format": "y", "files": [{}]}', "\xff"])
def test_what_is_no_layout_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "layout.json").write_text(text, encoding="latin-1")
    assert read_layout(tmp_path) is None


def test_the_journal_has_a_line_for_each_extent(tmp_path: Path) -> None:
    with Journal(tmp_path, [2, 3]) as journal:
        journal.add([(0, 1), (1, 2)])
    assert (tmp_path / "journal").read_bytes() == b"0 1\n1 2\n"
    with Journal(tmp_path, [2, 3]) as journal:
        assert (1, 2) in journal
        assert (0, 0) not in journal


def test_lines_that_make_no_sense_and_a_last_one_without_an_end_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"0 0\n7 7\n0 9\nx y\n\n0  1\n-1 0\n1 0 \n1 1")
    with Journal(tmp_path, [2, 3]) as journal:
        assert [place for place in ((0, 0), (0, 1), (1, 0), (1, 1)) if place in journal] == [(0, 0)]
        journal.add([(1, 2)])
    assert (tmp_path / "journal").read_bytes().endswith(b"1 1\n1 2\n"), "the cut line was ended first"


def test_dropped_files_are_gone_from_the_journal(tmp_path: Path) -> None:
    with Journal(tmp_path, [2, 2]) as journal:
        journal.add([(0, 0), (1, 0), (1, 1)])
        journal.drop_files([1])
        journal.add([(1, 1)])
    assert (tmp_path / "journal").read_bytes() == b"0 0\n1 1\n"


@given(content=st.binary(max_size=60))
def test_any_journal_can_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    (folder / "journal").write_bytes(content)
    with Journal(folder, [3]) as journal:
        journal.add([(0, 2)])
    with Journal(folder, [3]) as journal:
        assert (0, 2) in journal


def test_a_lock_excludes_threads(tmp_path: Path) -> None:
    inside: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with exclusive(tmp_path / "lock", Scope()):
            inside.append("second")

    with exclusive(tmp_path / "lock", Scope()):
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        inside.append("first")
    thread.join()
    assert inside == ["first", "second"]


def test_a_lock_excludes_processes_and_waiting_for_it_can_be_given_up(tmp_path: Path) -> None:
    program = (
        "import fcntl, sys\nfile = open(sys.argv[1], 'w')\nfcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        scope = Scope()
        threading.Timer(0.1, scope.cancel).start()
        with pytest.raises(CancelledError), exclusive(tmp_path / "lock", scope):
            pass
        child.communicate("")
    with exclusive(tmp_path / "lock", Scope()):
        pass
