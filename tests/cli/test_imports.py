"""Start-up is a feature: what a command does not need, it does not import. Asked of a fresh process, as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
HEAVY = (
    "grpc",
    "google.rpc",
    "rich",
    "pydantic",
    "numpy",
    "sqlite3",
    "sqlite_utils",
    "tensorflow",
    "asyncio",
    "tfreg.client",
    "tfreg.server",
    "tfreg.v1",
)
"""Packages, as the start of module names."""

PROBE = """
import sys
from tfreg.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write("\\n".join(sorted(sys.modules)))
sys.exit(code)
"""


def modules_of(*arguments: str) -> set[str]:
    """Returns the modules that `tfreg ARGUMENTS` has loaded when it ends."""
    ran = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stderr.splitlines())


def heavy(modules: set[str]) -> list[str]:
    return sorted(name for name in modules if any(name == package or name.startswith(package + ".") for package in HEAVY))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("show", "--help"),
        ("push", "--help"),
        ("resolve", "--help"),
        ("show", f"{MODELS}/tf2_module_signatures"),
        ("show", f"{MODELS}/tf2_module_signatures", "--all", "-o", "json"),
        ("show", f"{MODELS}/tf1_pbtxt"),
        ("show", f"{MODELS}/tf1_saved_model", "--nodes"),
        ("show", f"{MODELS}/same_keras_v3.keras", "--layers"),
        ("tensors", f"{MODELS}/tf1_partitioned"),
        ("resolve", f"{MODELS}/tf1_saved_model"),
        ("lock", "--help"),
        ("stub", "python", f"{MODELS}/tf1_saved_model"),
        ("stub", "proto", f"{MODELS}/tf1_saved_model"),
        ("resolve", f"{MODELS}/frozen_tf1.pb"),
    ],
    ids=" ".join,
)
def test_it_imports_no_grpc_rich_pydantic_numpy_or_sqlite(arguments: tuple[str, ...]) -> None:
    assert heavy(modules_of(*arguments)) == []


def test_help_imports_no_command() -> None:
    assert not [name for name in modules_of("--help") if name.startswith("tfreg.cli.commands.")]


def test_a_command_imports_no_other_command() -> None:
    commands = {name for name in modules_of("show", f"{MODELS}/tf1_saved_model") if name.startswith("tfreg.cli.commands.")}
    assert commands == {"tfreg.cli.commands.show"}
