"""Generates the protobuf and grpc code into `gen/`, as a hatch build hook and as a command (`python build_protos.py`)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
JAR = "tfreg-codegen-0.1.0-cli.jar"
"""The generator of Java classes, which a wheel brings along if Maven built it before."""


def generate() -> None:
    """Runs protoc with the Python, grpc and type-stub plugins over all of `proto/`."""
    from grpc_tools import protoc

    gen = ROOT / "gen"
    gen.mkdir(exist_ok=True)
    protos = sorted(str(path) for path in (ROOT / "proto").rglob("*.proto"))
    api = [path for path in protos if "/wire/" not in path]
    well_known = Path(protoc.__file__).parent / "_proto"
    include = ["protoc", f"-I{ROOT / 'proto'}", f"-I{well_known}"]
    search = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    plugins = [f"--plugin={name}={shutil.which(name, path=search)}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    for arguments in (
        [f"--python_out={gen}", f"--mypy_out=quiet:{gen}", *protos],
        [f"--grpc_python_out={gen}", f"--mypy_grpc_out=quiet:{gen}", *api],
    ):
        if protoc.main([*include, *plugins, *arguments]) != 0:
            raise SystemExit("protoc failed: see its message above")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a command without hatchling
    pass
else:

    class ProtoBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Generates before each build, so that generated code is never committed and never stale."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Called by hatch before it collects files."""
            generate()
            jar = ROOT / "clients" / "java" / "tfreg-codegen" / "target" / JAR
            if self.target_name == "wheel" and version == "standard" and jar.is_file():
                build_data["force_include"][str(jar)] = f"tfreg/cli/data/{JAR}"


if __name__ == "__main__":
    generate()
