"""The data folder: made when it is not there, refused with a reason when it cannot be used."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from tfreg.core.errors import DataFolderInvalidError
from tfreg.store.data_folder import open_data_folder


def opened(path):
    blobs, catalog = open_data_folder(path)
    blobs.close()
    catalog.close()


def test_a_folder_is_made_with_all_above_it_and_is_private(tmp_path):
    data = tmp_path / "a" / "b" / "data"
    opened(data)
    assert {path.name for path in data.iterdir()} == {"tfreg.db", "blobs", "incoming"}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "tfreg.db").stat().st_mode) == 0o600


def test_an_empty_folder_that_is_there_is_used(tmp_path):
    opened(tmp_path)
    opened(str(tmp_path))


def test_a_new_disk_and_hidden_files_are_no_reason_to_refuse_a_folder(tmp_path):
    (tmp_path / "lost+found").mkdir()
    (tmp_path / ".snapshots").mkdir()
    opened(tmp_path)


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataFolderInvalidError, match=r"is not empty and is no registry: 'thesis\.tex'"):
        open_data_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_registry_may_hold_other_things(tmp_path):
    opened(tmp_path)
    (tmp_path / "server.log").touch()
    opened(tmp_path)


def test_blobs_without_their_catalog_are_left_as_they_are(tmp_path, samples):
    blobs, catalog = open_data_folder(tmp_path)
    blob = samples.write(blobs, "lease", b"weights")
    blobs.seal("lease", [blob.digest])
    blobs.close()
    catalog.close()
    for path in tmp_path.glob("tfreg.db*"):
        path.unlink()
    with pytest.raises(DataFolderInvalidError, match=r"holds blobs, but tfreg\.db") as caught:
        open_data_folder(tmp_path)
    assert "Restore tfreg.db" in caught.value.hint
    assert not (tmp_path / "tfreg.db").exists()


def test_a_folder_that_was_only_begun_is_used(tmp_path):
    (tmp_path / "blobs" / "sha256" / "ab").mkdir(parents=True)
    opened(tmp_path)


def test_a_read_only_file_system_is_named(tmp_path, monkeypatch):
    opened(tmp_path)
    read_only = os.statvfs_result((*os.statvfs(tmp_path)[:8], os.ST_RDONLY, 255))
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    monkeypatch.setattr(os, "fstatvfs", lambda _: read_only)
    monkeypatch.setattr(os, "supports_effective_ids", ())
    with pytest.raises(DataFolderInvalidError, match="Read-only file system") as caught:
        open_data_folder(tmp_path)
    assert caught.value.hint.startswith("Reading needs to write too")


def test_a_folder_reached_through_a_link_is_used(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    opened(tmp_path / "data")
    assert (tmp_path / "disk" / "tfreg.db").exists()


def test_a_file_is_no_data_folder(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(DataFolderInvalidError) as caught:
        open_data_folder(tmp_path / "data")
    assert "is not a folder" in caught.value.message
    with pytest.raises(DataFolderInvalidError):
        open_data_folder(tmp_path / "data" / "below")


def test_a_link_in_the_catalogs_place_is_not_followed(tmp_path):
    (tmp_path / "tfreg.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(DataFolderInvalidError) as caught:
        open_data_folder(tmp_path)
    assert "not a plain file" in caught.value.message
    assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody else")
def test_a_folder_that_cannot_be_written_is_told_with_a_way_out():
    program = (
        "import fcntl, os, sys, tempfile; from tfreg.core.errors import TfregError; from tfreg.store.data_folder import open_data_folder;"
        "import tfreg.store.blobs.local, tfreg.store.catalog.sqlite.catalog, sqlite_utils.migrations;"
        "data = tempfile.mkdtemp(); os.chmod(data, 0o755); os.setuid(65534)\n"
        "try: open_data_folder(data)\n"
        "except TfregError as error: print(error.reason, error.hint)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "DATA_FOLDER_INVALID Name a folder that you may write, by --data or TFREG_DATA.\n"


def test_opening_a_folder_twice_in_one_process_is_fine(tmp_path, samples):
    first_blobs, first = open_data_folder(tmp_path)
    samples.commit(first, b"one")
    second_blobs, second = open_data_folder(tmp_path)
    samples.commit(second, b"two")
    assert first.model("team/bert").newest_version == 2
    for store in (first, second, first_blobs, second_blobs):
        store.close()


def test_importing_the_module_imports_no_database():
    program = "import sys, tfreg.store.data_folder; print([name for name in ('sqlite3', 'sqlite_utils', 'ctypes') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
