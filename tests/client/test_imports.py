"""Importing the client costs next to nothing until one is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tfreg.client
from tfreg.core import errors

HEAVY = {"grpc", "google.protobuf", "tfreg.v1", "asyncio", "tensorflow", "numpy"}


def test_importing_the_client_loads_neither_grpc_nor_protobuf() -> None:
    program = "import sys, tfreg.client; from tfreg.client import Client, TfregError, ModelNotFoundError; print(*sys.modules)"
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


@pytest.mark.parametrize("name", tfreg.client.__all__)
def test_what_the_package_names_can_be_imported_from_it(name: str) -> None:
    found = getattr(tfreg.client, name)
    assert found.__name__ == name
    if name.endswith("Error"):
        assert found is getattr(errors, name)
        assert issubclass(found, errors.TfregError)


def test_what_the_package_does_not_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Cleint'"):
        tfreg.client.Cleint  # noqa: B018 the attribute is looked up
