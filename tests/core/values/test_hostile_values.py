"""Values in broken and hostile files: read or refused, within a second and little memory."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.errors import TensorUnreadableError, TfregError
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection
from tfreg.core.values.unpacking import unpack
from tfreg.wire.tensor_pb2 import TensorProto

TESTS = Path(__file__).parents[2]


def load_target() -> ModuleType:
    spec = spec_from_file_location("fuzz_target_values", TESTS / "fuzz" / "targets" / "values.py")
    assert spec is not None
    assert spec.loader is not None
    target = module_from_spec(spec)
    spec.loader.exec_module(target)
    return target


TARGET = load_target()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_value_or_unreadable(data: bytes) -> None:
    TARGET.one_input(data)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TARGET.SEEDS), st.randoms(use_true_random=False))
def test_so_are_good_ones_cut_off_or_with_a_byte_flipped(seed: bytes, chance: random.Random) -> None:
    data = bytearray(seed)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    TARGET.one_input(bytes(data[: chance.randrange(len(data) + 1)]))


def read_all(tensor: StoredTensor, content: bytes) -> int:
    with Values(MemoryTree({"f": content}), [tensor]) as values:
        return sum(map(len, values.read(Selection(tensor.name))[1]))


def huge_strings() -> tuple[StoredTensor, bytes]:
    return StoredTensor("t", "string", (10**9,), "f", 0, 1 << 20, StoredAs.STRINGS), bytes(1 << 20)


def endless_varints() -> tuple[StoredTensor, bytes]:
    return StoredTensor("t", "string", (1,), "f", 0, 1 << 20, StoredAs.STRINGS), b"\xff" * (1 << 20)


def far_away() -> tuple[StoredTensor, bytes]:
    return StoredTensor("t", "float32", (1 << 40,), "f", 1 << 50, 4 << 40), b"x"


def filled_up() -> tuple[StoredTensor, bytes]:
    content = TensorProto(int_val=[1]).SerializeToString()
    return StoredTensor("t", "int32", (1 << 40,), "f", 0, len(content), StoredAs.PROTO), content


def many_empty_fields() -> tuple[StoredTensor, bytes]:
    content = b"\x42\x00" * 100_000
    return StoredTensor("t", "string", (1,), "f", 0, len(content), StoredAs.PROTO), content


@pytest.mark.parametrize("make", [huge_strings, endless_varints, far_away, filled_up, many_empty_fields])
def test_what_claims_too_much_is_refused_at_once(make: Callable[[], tuple[StoredTensor, bytes]]) -> None:
    tensor, content = make()
    started_s = time.process_time()
    with pytest.raises(TensorUnreadableError):
        read_all(tensor, content)
    assert time.process_time() - started_s < 10


def test_a_deflate_bomb_is_stopped() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    with pytest.raises(Exception, match="more than"):
        unpack(BytesReader(bomb), Span(0, len(bomb)), "f")


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_deflated_member_that_is_cut_off_is_told(cut: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(random.Random(1).randbytes(1000)) + packer.flush()
    with pytest.raises(Exception, match="within a member"):
        unpack(BytesReader(packed[:cut]), Span(0, len(packed[:cut])), "f")


def deflated(source: Path, target: Path) -> Path:
    """Packs an archive anew, every member deflated."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    return target


def values_of(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    selected = select(*open_path(path))
    tensors = selected.format.inspect(selected.tree).tensors
    with Values(selected.tree, tensors) as values:
        for tensor in tensors[:limit]:
            yield tensor.name, b"".join(values.read(Selection(tensor.name))[1])


def test_the_values_of_a_deflated_keras_file_are_those_of_a_stored_one(tmp_path: Path, models: Path) -> None:
    stored = models / "same_keras_v3.keras"
    packed = deflated(stored, tmp_path / "packed.keras")
    tensors = select(*open_path(packed)).format.inspect(select(*open_path(packed)).tree).tensors
    assert {tensor.stored_as for tensor in tensors} == {StoredAs.ZIPPED}
    assert list(values_of(packed, 2)) == list(values_of(stored, 2))


PROGRAM = """
import sys
from tfreg.core.tensors import Part, StoredTensor
from tfreg.core.trees import LocalTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection
def peak_mib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
rows, columns = 16384, 4096
half = rows * columns * 2
def half_of(n):
    part = Part("v", (rows, columns), (0, n * columns // 2))
    return StoredTensor(f"v{n}", "float32", (rows, columns // 2), "big", n * half, half, part=part)
parts = [half_of(0), half_of(1)]
with Values(LocalTree(sys.argv[1]), [StoredTensor("t", "float32", (rows, columns), "big", 0, 2 * half), *parts]) as values:
    before = peak_mib()
    for name in ("t", "v"):
        print(sum(len(chunk) for chunk in values.read(Selection(name))[1]), peak_mib() - before)
"""


def test_a_large_value_is_read_in_little_memory(tmp_path: Path) -> None:
    """Of 256 MiB, whole and put together from two halves that lie side by side."""
    with (tmp_path / "big").open("wb") as file:
        file.truncate(256 << 20)
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60)
    for line in ran.stdout.splitlines():
        size, grown_mib = line.split()
        assert int(size) == 256 << 20
        assert float(grown_mib) < 64


def test_errors_are_ours(tmp_path: Path) -> None:
    with pytest.raises(TfregError):
        read_all(StoredTensor("t", "float32", (1,), "f", 0, 4, StoredAs.HDF5), b"no hdf5")
