"""Each fuzz target takes its seeds, what fuzzing found before, and these cut off or with a byte flipped."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CUTS = 40
FLIPS = 40


def _targets_package():
    spec = spec_from_file_location("fuzz_targets", HERE / "targets" / "__init__.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGETS = _targets_package()
NAMES = sorted(file.stem for file in (HERE / "targets").glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("name", NAMES)
def test_a_target_has_its_file_s_name_and_seeds(name):
    target = TARGETS.load(name)
    assert name == target.NAME
    assert list(TARGETS.seeds_of(target))


@pytest.mark.parametrize("name", NAMES)
def test_a_target_takes_its_seeds_whole_cut_and_flipped(name):
    target = TARGETS.load(name)
    for seed in TARGETS.seeds_of(target):
        target.one_input(seed)
        for number in range(CUTS):
            target.one_input(seed[: number * len(seed) // CUTS])
        for number in range(FLIPS):
            position = number * len(seed) // FLIPS
            target.one_input(seed[:position] + bytes([seed[position] ^ 0xFF]) + seed[position + 1 :] if seed else b"")


def test_what_was_found_belongs_to_a_target():
    assert {folder.name for folder in (HERE / "cases").glob("*") if folder.is_dir()} <= set(NAMES)
