"""What reading a model imports: `tfreg show` must start fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
HEAVY = ("tensorflow", "numpy", "grpc", "sqlite3", "sqlite_utils", "rich", "typer", "pydantic")
READ = """
import sys
from tfreg.core.formats.registry import recognise
from tfreg.core.trees import LocalTree
tree = LocalTree(sys.argv[1])
recognise(tree).inspect(tree)
print(*(name for name in sys.argv[2:] if name in sys.modules))
"""


def test_reading_a_saved_model_imports_nothing_heavy():
    command = [sys.executable, "-c", READ, str(MODELS / "tf2_keras_export"), *HEAVY]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert found == []
