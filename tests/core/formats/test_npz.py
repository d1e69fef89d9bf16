"""Archives of numpy: arrays of numbers as tensors, others told."""

from __future__ import annotations

import io
import zipfile

import pytest

from tfreg.core.errors import NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.trees import MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection
from tfreg.core.verifying.verify import verify

np = pytest.importorskip("numpy")


class Runs:
    def __reduce__(self):
        import os

        return os.system, ("echo harm",)


def saved(save=np.savez, **arrays) -> bytes:
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, content in members.items():
            opened.writestr(name.replace("__", "."), content)
    return out.getvalue()


def inspect(content: bytes, name: str = "model.npz") -> Inspection:
    tree = MemoryTree({name: content})
    found = recognise(tree)
    assert found.name == "npz"
    return found.inspect(tree)


def codes(found: Inspection) -> list[str]:
    return sorted(problem.code for problem in found.problems)


ARRAYS = {
    "conv/kernel": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "bias": np.arange(3, dtype="float16"),
    "step": np.int64(7),
    "flags": np.array([True, False]),
    "wide": np.array([1 + 2j], "complex128"),
    "none": np.zeros((0, 3)),
}


def test_arrays_are_tensors_with_their_values():
    content = saved(**ARRAYS)
    found, tree = inspect(content), MemoryTree({"model.npz": content})
    assert {tensor.name: (tensor.dtype, tensor.shape) for tensor in found.tensors} == {
        name: (values.dtype.name, values.shape) for name, values in ARRAYS.items()
    }
    with Values(tree, found.tensors) as values:
        for name, expected in ARRAYS.items():
            assert b"".join(values.read(Selection(name))[1]) == expected.tobytes()
    assert codes(found) == ["TFR109"]


def test_tensors_are_where_files_are_cut():
    tree = MemoryTree({"model.npz": saved(**ARRAYS)})
    form = recognise(tree)
    assert len(form.tensor_spans(tree, form.inspect(tree))["model.npz"]) == len(ARRAYS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (saved(np.savez_compressed, a=np.ones((2, 3))), "packed"),
        (saved(a=np.asfortranarray(np.ones((2, 3)))), "Fortran"),
        (saved(a=np.ones(3, ">f4")), "byte order"),
        (saved(a=np.array(["text"])), "dtype"),
        (saved(a=np.zeros(2, [("x", "f4")])), "dtype"),
    ],
)
def test_what_is_no_run_of_numbers_is_told(content, said):
    found = inspect(content)
    assert found.tensors == ()
    assert codes(found) == ["TFR105", "TFR109"]
    assert any(said in problem.message for problem in found.problems)


def test_fortran_order_of_one_dimension_is_c_order():
    header = np.ones((1, 4, 1), order="F")
    assert [tensor.shape for tensor in inspect(saved(a=header)).tensors] == [(1, 4, 1)]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_objects_are_pickles_and_what_they_import_is_told(save):
    found = inspect(saved(save, a=np.array([Runs()], object), b=np.ones(2)))
    unsafe = next(problem for problem in found.problems if problem.code == "TFR404")
    assert "system" in unsafe.message


def test_an_archive_with_anything_else_is_none():
    for content in (archive(a__npy=b"", b__txt=b""), archive(), b"PK\x03\x04"):
        with pytest.raises(NotAModelError):
            recognise(MemoryTree({"model.npz": content}))


def test_a_keras_file_and_a_pytorch_file_stay_what_they_are(models):
    for name, expected in (("same_keras_v3.keras", "keras_v3"), ("stranger_torch_zip.pt", "pytorch")):
        assert recognise(MemoryTree({name: (models / name).read_bytes()})).name == expected


NO_ARRAYS = [b"", b"\x93NUMPY", b"junk", b"\x93NUMPY\x01\x00\x04\x00{}  ", b"\x93NUMPY\x09\x00\x04\x00{}  "]


@pytest.mark.parametrize("array", NO_ARRAYS)
def test_a_member_that_is_no_array_is_told(array):
    assert "TFR101" in codes(inspect(archive(a__npy=array)))


def test_an_array_of_another_size_than_its_shape_is_told():
    out = io.BytesIO()
    np.save(out, np.ones(4))
    assert "TFR101" in codes(inspect(archive(a__npy=out.getvalue()[:-1])))


def test_a_file_that_is_cut_off_is_known_and_told():
    content = saved(**ARRAYS)
    assert "TFR101" in codes(inspect(content[:-30]))


def test_a_long_header_is_told():
    assert "TFR104" in codes(inspect(archive(a__npy=b"\x93NUMPY\x02\x00" + (1 << 30).to_bytes(4, "little") + bytes(100))))


def test_a_wrong_checksum_is_found():
    content = bytearray(saved(a=np.ones(1000)))
    content[500] ^= 1
    tree = MemoryTree({"model.npz": bytes(content)})
    form = recognise(tree)
    assert [problem.code for problem in verify(tree, form, form.inspect(tree))] == ["TFR107"]
