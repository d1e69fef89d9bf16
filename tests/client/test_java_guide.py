"""docs/java.md is true: each of its Java blocks compiles against the modules, without a warning."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "docs" / "java.md"
EXAMPLES = CHECKOUT / "examples"
OURS = ("dev.tfreg.client.*", "java.nio.file.Path", "java.time.Duration", "java.util.*", "org.tensorflow.*")
IMPORTS = {
    "java": (*OURS, "dev.tfreg.examples.typed.models.*", "dev.tfreg.tensorflow.*", "org.tensorflow.types.*"),
    "java tensorflow-1.15": OURS,
}
GIVEN = {
    "java": """
      static TfregClient client; static BoundModel model; static Binding binding; static Session session; static TFloat32 tensor;
      static int[][] ids, mask, segments;
    """,
    "java tensorflow-1.15": "static TfregClient client;",
}
"""What the blocks of a kind take for granted."""
TYPED = (EXAMPLES / "typed" / "target" / "classes", EXAMPLES / "typed" / "target" / "lib" / "*")
LIBRARIES = {"java": TYPED, "java tensorflow-1.15": (EXAMPLES / "tensorflow-1.15" / "target" / "lib" / "*",)}

pytestmark = [pytest.mark.java, pytest.mark.timeout(300)]


def programs(kind: str) -> Mapping[str, str]:
    """The sources that the blocks of a kind make, by the name of their class; those with imports are whole already."""
    made = {}
    for number, block in enumerate(re.findall(rf"^```{re.escape(kind)}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)):
        whole = re.search(r"^class (\w+)", block, re.MULTILINE) if block.startswith("import ") else None
        made[whole[1] if whole else f"Block{number}"] = block if whole else wrapped(f"Block{number}", kind, block)
    return made


def wrapped(name: str, kind: str, block: str) -> str:
    imports = "".join(f"import {each};\n" for each in IMPORTS[kind])
    return f"{imports}final class {name} {{\n{GIVEN[kind]}\nvoid run() throws Exception {{\n{block}\n}}\n}}\n"


@pytest.mark.parametrize("kind", ["java", "java tensorflow-1.15"])
def test_every_java_block_of_the_guide_compiles(kind: str, tmp_path: Path) -> None:
    sources = programs(kind)
    for name, source in sources.items():
        (tmp_path / f"{name}.java").write_text(source)
    files = [str(tmp_path / f"{name}.java") for name in sources]
    classpath = os.pathsep.join(map(str, LIBRARIES[kind]))
    command = ["javac", "-proc:none", "-Xlint:deprecation,rawtypes,unchecked", "-Werror", "-cp", classpath, "-d", str(tmp_path)]
    ran = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert files


def test_the_reasons_of_the_guide_are_told_on_the_page_of_errors() -> None:
    rows = GUIDE.read_text().partition("\n## Errors\n")[2]
    told = set(re.findall(r"^\| `([A-Z_]+)`", (CHECKOUT / "docs" / "errors.md").read_text(), re.MULTILINE))
    assert {reason for row in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE) for reason in re.findall(r"`(\w+)`", row)} <= told
