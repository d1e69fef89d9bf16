"""Runs the generator of Java classes, which is a program in Java: finds its jar and a Java that runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlparse

from tfreg.core.errors import JavaMissingError, StubFailedError, StubGeneratorMissingError

_VERSION = "0.1.0"
"""Of the generator that fits this command."""
JAR = f"tfreg-codegen-{_VERSION}-cli.jar"
_OLDEST_JAVA = 17


def write_java(lock: Path, package: str, out: Path, reference: str) -> list[str]:
    """Writes the classes of a lock file's entry below a folder, and returns the files written.

    Raises:
        StubGeneratorMissingError: The jar was not found.
        JavaMissingError: There is no Java, or one before 17.
        StubFailedError: The generator refused.
    """
    jar, java = find_jar(), find_java()
    command = [java, "-jar", str(jar), "--lock", str(lock), "--package", package, "--out", str(out), "--model", reference]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 the jar that the user chose
    if ran.returncode != 0:
        told = ran.stderr.strip().removeprefix("error: ") or f"it ended with {ran.returncode}"
        raise StubFailedError(
            f"The generator of Java classes refused: {told}", hint="Correct what it says and repeat the command."
        )
    return ran.stdout.splitlines()


def find_jar() -> Path:
    """Returns the generator's jar: TFREG_CODEGEN_JAR, else beside this package, in its checkout, or in the local Maven repository.

    Raises:
        StubGeneratorMissingError: It is in none of these.
    """
    named = os.environ.get("TFREG_CODEGEN_JAR")
    places = [Path(named).expanduser()] if named else list(_places())
    for place in places:
        if place.is_file():
            return place
    raise StubGeneratorMissingError(
        f"The generator of Java classes, {JAR}, was not found."
        if not named
        else f"TFREG_CODEGEN_JAR is '{named}', where there is no file.",
        hint="Build it in clients/java of a checkout (mvn -DskipTests -pl tfreg-codegen -am package) and name it by TFREG_CODEGEN_JAR; "
        "or use tfreg-maven-plugin, which brings it along.",
        looked_in=", ".join(map(str, places)),
    )


def find_java() -> str:
    """Returns the command that runs Java: that of JAVA_HOME, else the one on the PATH.

    Raises:
        JavaMissingError: There is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    hint = f"Install a JDK or JRE of Java {_OLDEST_JAVA} or later, and name it by JAVA_HOME or put it on the PATH."
    if java is None or not os.access(java, os.X_OK):
        where = f"JAVA_HOME is '{home}', which has no bin/java" if home else "no java is on the PATH"
        raise JavaMissingError(f"There is no Java: {where}.", hint=hint)
    ran = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(?:1\.)?(\d+)', ran.stderr + ran.stdout)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        version = f"of version {found[1]}" if found else "does not tell its version"
        raise JavaMissingError(
            f"The Java at {java} {'is ' if found else ''}{version}; the generator needs {_OLDEST_JAVA}.", hint=hint
        )
    return java


def _places() -> Iterator[Path]:
    yield Path(str(files("tfreg.cli"))) / "data" / JAR
    checkout = _checkout()
    if checkout is not None:
        yield checkout / "clients" / "java" / "tfreg-codegen" / "target" / JAR
    yield Path("~/.m2/repository/dev/tfreg/tfreg-codegen").expanduser() / _VERSION / JAR


def _checkout() -> Path | None:
    """Returns the checkout that an editable install points to: direct_url.json, as PEP 610 says."""
    try:
        told = Distribution.from_name("tfreg").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    found = json.loads(told or "{}")
    if not found.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlparse(found["url"]).path))
