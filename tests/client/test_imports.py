"""Importing the client costs next to nothing until one is made."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"grpc", "google.protobuf", "tfreg.v1", "asyncio", "tensorflow", "numpy"}


def test_importing_the_client_loads_neither_grpc_nor_protobuf() -> None:
    program = "import sys, tfreg.client; from tfreg.client import Client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)


def test_making_and_using_a_client_loads_no_server_and_no_tensorflow() -> None:
    program = (
        "import sys\nfrom tfreg.client import Client\nfrom tfreg.core.errors import TfregError\n"
        "try:\n    Client('unix:/nobody').resolve('a/b')\nexcept TfregError:\n    print(*sys.modules)"
    )
    loaded = set(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split())
    assert "grpc" in loaded
    assert not {"tfreg.server", "tfreg.app", "tfreg.store", "sqlite3", "tensorflow", "numpy"} & loaded
