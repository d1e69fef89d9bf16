"""Values of HDF5 files that are not plain bytes: one child reads many, and one that is broken harms no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5 import several
from tfreg.core.codecs.hdf5.several import read_datasets
from tfreg.core.files import FileReader
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection

COUNT = 5


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of chunked datasets, made by h5py."""
    h5py = pytest.importorskip("h5py")
    path: Path = tmp_path_factory.mktemp("hdf5") / "x.h5"
    with h5py.File(path, "w") as file:
        for number in range(COUNT):
            file.create_dataset(f"d{number}", data=value(number), chunks=(30, 7), compression="gzip")
    return path.read_bytes()


def value(number: int) -> np.ndarray:
    return (np.arange(700, dtype=np.float32) * number).reshape(100, 7)


def tensors(content: bytes) -> list[StoredTensor]:
    return [StoredTensor(f"d{number}", "float32", (100, 7), "f", 0, len(content), StoredAs.HDF5) for number in range(COUNT)]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many values each child was asked for."""
    asked: list[int] = []
    converse = several.converse_about_values

    def counting(reader: FileReader, job: Mapping[str, object]) -> Iterator[tuple[bytes, bytes]]:
        asked.append(len(job["several"]))  # type: ignore[arg-type]
        return converse(reader, job)

    monkeypatch.setattr(several, "converse_about_values", counting)
    return asked


def test_values_asked_for_in_order_come_from_one_child_after_the_first(content: bytes, children: list[int]) -> None:
    with Values(MemoryTree({"f": content}), tensors(content)) as values:
        for number in range(COUNT):
            assert b"".join(values.read(Selection(f"d{number}"))[1]) == value(number).tobytes()
    assert children == [1, COUNT - 1]


def test_values_come_in_any_order_in_part_and_again(content: bytes, children: list[int]) -> None:
    with Values(MemoryTree({"f": content}), tensors(content)) as values:
        for number in (3, 0, 1, 2, 2, 4):
            _, chunks = values.read(Selection(f"d{number}", (10, 2), (50, 3)))
            assert b"".join(chunks) == value(number)[10:60, 2:5].tobytes()
    assert sum(children) >= COUNT


def test_a_value_that_is_left_is_passed_over(content: bytes) -> None:
    found = read_datasets(BytesReader(content), [(f"d{number}", 2800) for number in range(3)])
    next(found)
    assert next(next(found)) == value(1).tobytes()
    assert b"".join(next(found)) == value(2).tobytes()
    assert next(found, None) is None


def test_what_is_wrong_with_one_value_harms_no_other(content: bytes) -> None:
    found = read_datasets(BytesReader(content), [("nothing", 100), ("d1", 100), ("d2", 2800)])
    with pytest.raises(CodecError):
        list(next(found))
    with pytest.raises(LimitError):
        list(next(found))
    assert b"".join(next(found)) == value(2).tobytes()
