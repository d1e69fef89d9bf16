"""Files of values: numpy and safetensors read back what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from safetensors import safe_open

from tfreg.core.errors import PathNotFoundError, RequestInvalidError, TensorUnreadableError
from tfreg.core.values.saving import Saved, plan, write
from tfreg.core.values.selection import Selection, ValueHeader

Values = dict[str, tuple[ValueHeader, list[bytes]]]


def of_arrays(**arrays: np.ndarray) -> Values:
    return {
        name: (ValueHeader(name, array.dtype.name, array.shape, array.nbytes), [array.tobytes()])
        for name, array in arrays.items()
    }


def of_texts(name: str, texts: list[bytes], shape: tuple[int, ...]) -> Values:
    content = b"".join(len(text).to_bytes(8, "little") + text for text in texts)
    return {name: (ValueHeader(name, "string", shape, None), [content[:9], content[9:]])}


def save(path: Path, values: Values) -> Saved:
    planned = plan(path, [(Selection(name), header) for name, (header, _) in values.items()])
    return write(planned, (values[selection.name] for selection in planned.selections))


ARRAYS = {
    "a/kernel:0": np.arange(12, dtype=np.float32).reshape(3, 4),
    "flags": np.array([True, False]),
    "half": np.array([1.5, -2], np.float16),
    "scalar": np.array(7, np.int64),
    "nothing": np.zeros((0, 3), np.uint8),
    "complex": np.array([1 + 2j], np.complex64),
}


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,), (4, 1, 2)])
def test_numpy_reads_a_npy_of_any_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape)
    saved = save(tmp_path / "x.npy", of_arrays(x=np.asarray(array)))
    found = np.load(saved.path)
    assert (found.dtype, found.shape, found.tobytes()) == (np.float64, shape, np.asarray(array).tobytes())
    assert saved.size_bytes == saved.path.stat().st_size


def test_numpy_reads_a_npz_with_names_as_they_are(tmp_path: Path) -> None:
    save(tmp_path / "all.npz", of_arrays(**ARRAYS))
    with np.load(tmp_path / "all.npz") as found:
        assert set(found.files) == set(ARRAYS)
        for name, array in ARRAYS.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)


def test_safetensors_reads_what_was_written_each_tensor_aligned(tmp_path: Path) -> None:
    arrays = {name: array for name, array in ARRAYS.items() if name != "complex"}
    save(tmp_path / "all.safetensors", of_arrays(**arrays))
    found = safetensors.numpy.load_file(tmp_path / "all.safetensors")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_bfloat16_stays_itself_in_safetensors_and_becomes_float32_in_npy_which_is_told(tmp_path: Path) -> None:
    values: Values = {"b": (ValueHeader("b", "bfloat16", (2,), 4), [b"\x80\x3f", b"\x00\xc0"])}
    assert save(tmp_path / "b.safetensors", values).notes == ()
    with safe_open(tmp_path / "b.safetensors", "np") as file:
        assert file.get_slice("b").get_dtype() == "BF16"
    saved = save(tmp_path / "b.npy", values)
    assert np.load(saved.path).tolist() == [1.0, -2.0]
    assert saved.notes == ("bfloat16 is saved as float32, which holds the same values (1 of 1).",)


def test_texts_are_bytes_of_one_width_in_npy(tmp_path: Path) -> None:
    save(tmp_path / "names.npy", of_texts("names", [b"a", b"", "dé".encode(), b"xyzw"], (2, 2)))
    assert np.load(tmp_path / "names.npy").tolist() == [[b"a", b""], ["dé".encode(), b"xyzw"]]


def test_texts_are_refused_in_safetensors_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalidError, match=r"\.npz"):
        save(tmp_path / "names.safetensors", of_texts("names", [b"a"], (1,)))
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_numpy_would_lose_a_byte_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalidError, match="zero byte"):
        save(tmp_path / "names.npy", of_texts("names", [b"a\x00"], (1,)))


def test_a_value_that_cannot_be_read_leaves_what_was_there(tmp_path: Path) -> None:
    def broken() -> list[bytes]:
        raise TensorUnreadableError("gone")

    target = tmp_path / "x.npz"
    target.write_text("before")
    header = ValueHeader("x", "uint8", (1,), 1)
    with pytest.raises(TensorUnreadableError):
        write(plan(target, [(Selection("x"), header)]), ((header, broken()) for _ in range(1)))
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_an_unknown_suffix_a_second_tensor_in_npy_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    one = of_arrays(a=np.zeros(1))
    with pytest.raises(RequestInvalidError, match="safetensors"):
        save(tmp_path / "x.bin", one)
    with pytest.raises(RequestInvalidError, match="one tensor"):
        save(tmp_path / "x.npy", of_arrays(a=np.zeros(1), b=np.zeros(1)))
    with pytest.raises(PathNotFoundError):
        save(tmp_path / "no" / "x.npy", one)
