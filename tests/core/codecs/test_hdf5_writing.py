"""HDF5 files that are put together of pieces, read back by the HDF5 library itself and by the registry's own reader."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.codecs.hdf5 import read_directory
from tfreg.core.codecs.hdf5.several import read_datasets
from tfreg.core.codecs.hdf5_messages import FixedTexts
from tfreg.core.codecs.hdf5_writing import HdfDataset, HdfGroup, group_at, text_attributes, write_hdf5
from tfreg.core.rewrites.pieces import Inline, RewrittenTree, Slice, chunks_of
from tfreg.core.trees import BytesReader, MemoryTree

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

NUMBERS = ["float16", "float32", "float64", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)), "bool"]


def content(root: HdfGroup) -> bytes:
    return b"".join(chunks_of(write_hdf5(root)))


def opened(root: HdfGroup):
    return h5py.File(io.BytesIO(content(root)))


def dataset(values, **attributes) -> HdfDataset:
    values = np.asarray(values)
    return HdfDataset(values.dtype.name, values.shape, [Inline(values.tobytes())], attributes)


def plain(*texts: bytes) -> bytes:
    return b"".join(len(text).to_bytes(8, "little") + text for text in texts)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_of_every_type_come_back(dtype):
    values = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    with opened(HdfGroup({}, {"x": dataset(values)})) as file:
        assert file["x"].dtype == values.dtype
        assert np.array_equal(file["x"][()], values)


def test_bfloat16_is_opaque_as_keras_3_writes_it():
    with opened(HdfGroup({}, {"x": HdfDataset("bfloat16", (2,), [Inline(b"\x80\x3f\x00\x40")], {"dtype": "bfloat16"})})) as file:
        assert file["x"].dtype == np.dtype("V2")
        assert file["x"].attrs["dtype"] == "bfloat16"
        assert file["x"][()].tobytes() == b"\x80\x3f\x00\x40"


def test_texts_of_any_length_come_back():
    texts = [b"", b"abc", "ü".encode(), b"x" * 100_000]
    with opened(HdfGroup({}, {"x": HdfDataset("string", (2, 2), [Inline(plain(*texts))])})) as file:
        assert [bytes(text) for text in file["x"][()].reshape(-1)] == texts


def test_scalars_and_empty_datasets_come_back():
    with opened(HdfGroup({}, {"one": dataset(np.float32(1.5)), "none": dataset(np.zeros((0, 3), "float32"))})) as file:
        assert file["one"][()] == np.float32(1.5)
        assert file["none"].shape == (0, 3)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("é", "é"),
        (b"ascii", "ascii"),
        ("", ""),
        ("x" * 1_000_000, "x" * 1_000_000),
        (True, True),
        (-3, -3),
        (0.5, 0.5),
        ([1, -2], [1, -2]),
        ([0.5, 2], [0.5, 2.0]),
        (["a", "bü"], ["a", "bü"]),
        ([b"a", b"bb"], ["a", "bb"]),
        ([], []),
        (FixedTexts((b"a", b"bbb")), [b"a", b"bbb"]),
        (FixedTexts((b"abc",), is_scalar=True), b"abc"),
    ],
)
def test_attributes_come_back(value, expected):
    with opened(HdfGroup({"of root": value}, {"x": dataset([1.0], own=value)})) as file:
        for found in (file.attrs["of root"], file["x"].attrs["own"]):
            assert (list(found) if isinstance(expected, list) else found) == expected


def test_a_list_of_texts_too_long_for_an_attribute_is_cut_as_keras_cuts_it():
    names = [f"layer_{number}" for number in range(9_000)]
    with opened(HdfGroup(text_attributes("layer_names", names))) as file:
        assert sorted(file.attrs) == ["layer_names0", "layer_names1", "layer_names2"]
        assert [name for key in sorted(file.attrs) for name in file.attrs[key]] == names


@pytest.mark.parametrize("count", [0, 1, 8, 9, 256, 257, 9_000])
def test_groups_of_any_size_come_back(count):
    members = {f"m{number}": HdfGroup() for number in range(count)}
    with opened(HdfGroup({}, members)) as file:
        assert list(file) == sorted(members)
        assert all(name in file for name in members)
        assert "m" not in file


def test_groups_may_be_nested_deeply():
    root = HdfGroup({}, {"x": dataset([1.0])})
    for _ in range(3_000):
        root = HdfGroup({}, {"g": root})
    assert content(root).count(b"TREE") == 3_001


def test_the_library_can_write_on():
    file = io.BytesIO(content(HdfGroup({"a": "b"}, {f"m{n}": dataset([float(n)]) for n in range(40)})))
    with h5py.File(file, "r+") as opened_again:
        opened_again["new/one"] = [1, 2]
        opened_again.attrs["c"] = "d"
    with h5py.File(file, "r") as opened_again:
        assert dict(opened_again.attrs) == {"a": "b", "c": "d"}
        assert opened_again["m7"][0] == 7.0


def test_values_stay_slices_and_start_at_multiples_of_eight():
    tree = MemoryTree({"f": bytes(range(100))})
    parts = {"a": Slice(tree, "f", 0, 12), "b": Slice(tree, "f", 50, 4), "c": Slice(tree, "f", 60, 40)}
    root = HdfGroup({}, {name: HdfDataset("float32", (part.length_bytes // 4,), [part]) for name, part in parts.items()})
    pieces = RewrittenTree({"out": write_hdf5(root)}).pieces("out")
    assert [piece for piece in pieces if isinstance(piece, Slice)] == list(parts.values())
    directory = read_directory(BytesReader(content(root)))
    assert all(found.is_raw and found.offset_bytes % 8 == 0 for found in directory.datasets)


@pytest.mark.parametrize("name", ["", ".", "a/b", "a\0b"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match="no name"):
        write_hdf5(HdfGroup({}, {name: HdfGroup()}))


@pytest.mark.parametrize("dtype", ["complex64", "variant", "int4", "qint8", "resource", ""])
def test_a_type_that_hdf5_lacks_is_refused(dtype):
    with pytest.raises(ValueError, match="no datatype"):
        write_hdf5(HdfGroup({}, {"x": HdfDataset(dtype, (), [])}))


def test_an_attribute_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="cannot be written"):
        write_hdf5(HdfGroup({"x": list(range(9_000))}))


def test_a_value_of_another_size_than_its_shape_is_refused():
    with pytest.raises(ValueError, match="bytes"):
        write_hdf5(HdfGroup({}, {"x": HdfDataset("float32", (3,), [Inline(b"1234")])}))


def test_groups_are_made_on_the_way_to_a_member():
    root: dict = {}
    group_at(root, "layers/dense/vars")["0"] = dataset([1.0])
    group_at(root, "layers/dense_1/vars")["0"] = dataset([2.0])
    group_at(root, "")["top"] = dataset([3.0])
    with opened(HdfGroup({}, root)) as file:
        assert file["layers/dense_1/vars/0"][0] == 2.0
        assert file["top"][0] == 3.0
    with pytest.raises(ValueError, match="through a dataset"):
        group_at(root, "top/further")


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..")
)
ATTRIBUTES = st.dictionaries(
    NAMES, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30) | st.booleans(), max_size=3
)


def counted(dtype: str, shape: list[int], attributes: dict) -> HdfDataset:
    values = np.arange(np.prod(shape, dtype=int)).astype(dtype)
    return HdfDataset(dtype, tuple(shape), [Inline(values.tobytes())], attributes)


DATASETS = st.builds(counted, st.sampled_from(NUMBERS), st.lists(st.integers(0, 4), max_size=3), ATTRIBUTES)
TREES = st.recursive(
    DATASETS, lambda below: st.builds(HdfGroup, ATTRIBUTES, st.dictionaries(NAMES, below, max_size=12)), max_leaves=30
)


def same(found, written) -> bool:
    if dict(found.attrs) != dict(written.attributes):
        return False
    if isinstance(written, HdfDataset):
        return found.shape == written.shape and found[()].tobytes() == b"".join(chunks_of(written.pieces))
    return set(found) == set(written.members) and all(same(found[name], one) for name, one in written.members.items())


@given(tree=st.builds(HdfGroup, ATTRIBUTES, st.dictionaries(NAMES, TREES, max_size=12)))
def test_every_tree_comes_back_by_the_library(tree):
    with opened(tree) as file:
        assert same(file, tree)


@settings(max_examples=5)
@given(values=st.lists(st.lists(st.integers(0, 255), max_size=9), min_size=1, max_size=12))
def test_every_value_comes_back_by_our_own_reader(values):
    members = {f"d{number}": dataset(np.array(one, "uint8"), dtype="uint8") for number, one in enumerate(values)}
    written = BytesReader(content(HdfGroup({"a": "b"}, {"g": HdfGroup({}, members)})))
    directory = read_directory(written)
    assert not directory.faults
    assert directory.groups[""]["a"] == "b"
    assert {found.path: found.shape for found in directory.datasets} == {f"g/d{n}": (len(one),) for n, one in enumerate(values)}
    read = read_datasets(written, [(f"g/d{number}", 100) for number in range(len(values))])
    assert [list(b"".join(chunks)) for chunks in read] == values
