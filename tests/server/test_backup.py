"""A folder in use is backed up as docs/storage-layout.md says, whatever happens meanwhile."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tfreg.app.collection import remove_strangers
from tfreg.app.examination import Fault, examine
from tfreg.server.compose import open_stores
from tfreg.server.embedded import close_stores
from tfreg.v1 import registry_pb2

PAGE = Path(__file__).parents[2] / "docs" / "storage-layout.md"
NEEDED = ("flock", "sqlite3", "cp")
COPYING = """#!/bin/sh
touch "$BEGAN"
for _ in $(seq 2000); do [ -e "$GO_ON" ] && break; sleep 0.01; done
exec {cp} "$@"
"""

pytestmark = pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"the recipe needs {', '.join(NEEDED)}")


def _recipe(data: Path, backup: Path) -> str:
    (found,) = re.findall(r"^```\n(flock .*?)```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return found.replace("<data>", str(data)).replace("<backup>", str(backup))


class _Backup:
    """The recipe, stopped before it copies blobs."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.target = folder / "backup"
        self.target.mkdir()
        self._go_on, began = folder / "go-on", folder / "began"
        copying = folder / "bin" / "cp"
        copying.parent.mkdir()
        copying.write_text(COPYING.format(cp=shutil.which("cp")))
        copying.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{copying.parent}:{os.environ['PATH']}",
            "BEGAN": str(began),
            "GO_ON": str(self._go_on),
        }
        self._process = subprocess.Popen(["sh", "-c", _recipe(data, self.target)], env=environment)
        until = time.monotonic() + 60
        while not began.exists() and time.monotonic() < until:
            time.sleep(0.01)

    def finish(self) -> None:
        self._go_on.touch()
        assert self._process.wait(60) == 0


def test_a_backup_is_whole_though_versions_are_purged_and_collected_while_it_runs(
    tmp_path: Path, serve, frozen, saved_model
) -> None:
    stores = open_stores(tmp_path / "data")
    caller = serve(stores)
    caller.push("team/bert", frozen)
    backup = _Backup(tmp_path, tmp_path / "data")
    caller.registry.DeleteVersion(registry_pb2.DeleteVersionRequest(model="team/bert", version=1, purge=True))
    caller.push("team/bert", saved_model)
    backup.finish()

    restored = open_stores(backup.target)
    assert {finding.fault for finding in examine(restored).findings} <= {Fault.STRANGER}  # such as of the push meanwhile
    assert serve(restored).pull("team/bert:1") == frozen
    assert caller.pull("team/bert") == saved_model
    assert remove_strangers(stores).blobs > 0
    assert examine(stores).findings == ()
    for opened in (stores, restored):
        close_stores(opened)
