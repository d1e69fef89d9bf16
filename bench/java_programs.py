"""Compiles the Java programs of the bench against the built modules, and runs them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import run

_SOURCES = Path(__file__).with_name("java")
_MODULE = Path(__file__).parents[1] / "clients/java/tfreg-tensorflow/target"


@dataclass(frozen=True)
class JavaPrograms:
    """Compiled programs and what they need."""

    class_path: str

    def run(self, name: str, *arguments: object, flags: Sequence[str] = ()) -> dict[str, Any]:
        """Runs a program in a JVM of its own and returns what it prints, read as JSON."""
        command = ["java", *flags, "-cp", self.class_path, f"dev.tfreg.bench.{name}", *map(str, arguments)]
        found: dict[str, Any] = json.loads(run(command).output)
        return found


@contextmanager
def java_programs() -> Iterator[JavaPrograms]:
    """Compiles all; `make install` has built what they are compiled against."""
    libraries = f"{_MODULE / 'classes'}:{(_MODULE / 'test-classpath.txt').read_text().strip()}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["javac", "--release", "11", "-cp", libraries, "-d", folder, *map(str, sorted(_SOURCES.glob("*.java")))]
        subprocess.run(command, check=True)
        yield JavaPrograms(f"{folder}:{libraries}")
