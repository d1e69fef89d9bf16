"""The parsers to fuzz, a file each: NAME, SEEDS (paths below tests/fixtures/models, or bytes) and `one_input(data)`.

`one_input` runs the parser on any bytes. It lets pass only what the parser says that it raises: anything else is a finding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "fixtures" / "models"
CASES = HERE.parent / "cases"
sys.path.append(str(HERE.parent))  # where targets find what they share, wherever the tests are run from


def load(name: str) -> ModuleType:
    """Imports a target by its file, wherever the tests are run from."""
    spec = spec_from_file_location(f"fuzz_target_{name}", HERE / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ValueError(f"there is no target {name}")
    target = module_from_spec(spec)
    spec.loader.exec_module(target)
    return target


def seeds_of(target: ModuleType) -> Iterator[bytes]:
    """Yields a target's seeds and the cases that fuzzing found before."""
    for seed in target.SEEDS:
        yield seed if isinstance(seed, bytes) else (MODELS / seed).read_bytes()
    folder = CASES / target.NAME
    for case in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield case.read_bytes()
