"""docs/clients.md is true for Go: its own lines generate, build and run the example against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfreg.client import Client

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "clients.md"
KEPT = Path(sys.prefix) / "go"
"""Where modules, plugins and compiled packages are kept, so that they are fetched and built once."""
PROGRAM = "from tfreg.server.serve import serve; import sys; serve('127.0.0.1:0', sys.argv[1], grace_s=5.0)"


@pytest.fixture
def server(tmp_path: Path, models: Path) -> Iterator[str]:
    """The address of a server that has team/bert@prod."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            with Client(address) as client:
                client.push(models / "tf1_saved_model", "team/bert", aliases="prod")
            yield address
        finally:
            process.terminate()


def printed(title: str, fence: str) -> str:
    """The first block of a kind below a title of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2]
    found = re.search(rf"^```{fence}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def go_environment() -> dict[str, str]:
    """The user's own settings of Go's proxy and the like, with caches that stay and can be deleted."""
    folders = {"GOPATH": str(KEPT), "GOBIN": str(KEPT / "bin"), "GOCACHE": str(KEPT / "cache")}
    path = os.pathsep.join((folders["GOBIN"], str(Path(sys.executable).parent), os.environ["PATH"]))
    flags = f"{os.environ.get('GOFLAGS', '')} -modcacherw -buildvcs=false".strip()
    return {**os.environ, **folders, "PATH": path, "GOFLAGS": flags, "CGO_ENABLED": "0"}


def skip_without_modules() -> None:
    """Skips where Go is not, or what the example needs cannot be fetched and was not fetched before."""
    if shutil.which("go") is None:
        pytest.skip("Go is not on the PATH: https://go.dev/doc/install")
    folder = CHECKOUT / "examples" / "clients" / "go"
    fetched = subprocess.run(["go", "mod", "download"], cwd=folder, env=go_environment(), capture_output=True, check=False)
    if fetched.returncode != 0:
        pytest.skip(f"Go's modules cannot be fetched here: {fetched.stderr[-300:].decode(errors='replace')}")


@pytest.mark.timeout(3600)  # the first time it compiles grpc
def test_the_lines_of_the_page_make_a_client_that_resolves(server: str, tmp_path: Path) -> None:
    skip_without_modules()
    work = tmp_path / "work"
    shutil.copytree(CHECKOUT / "proto", work / "proto")
    shutil.copytree(
        CHECKOUT / "examples" / "clients" / "go", work / "examples" / "clients" / "go", ignore=shutil.ignore_patterns("gen")
    )
    lines = printed("Go", "sh go").replace("localhost:7433", server)
    *building, running = lines.splitlines()
    script = "set -eu\n" + "\n".join([*(f"{line} >&2" for line in building), running])

    ran = subprocess.run(["bash", "-c", script], cwd=work, env=go_environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == printed("Go", "text")

    program = work / "examples" / "clients" / "go" / "gen" / "resolve"
    refused = subprocess.run([program, server, "team/brt"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("MODEL_NOT_FOUND: ")
    assert "team/bert" in refused.stderr
