"""HDF5 read in a child process against h5py, and a child that breaks in every way."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from struct import pack
from threading import BoundedSemaphore

import h5py
import ml_dtypes
import numpy as np
import pytest

from tfreg.core.codecs import hdf5
from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5 import Hdf5File, open_hdf5, process, read_dataset
from tfreg.core.codecs.window import WindowReader
from tfreg.core.trees import BytesReader

FIXTURES = Path(__file__).parents[2] / "fixtures"
TRUTHS = {path.stem: json.loads(path.read_text()).get("hdf5") for path in sorted((FIXTURES / "truth").glob("*.json"))}
FILES = [
    path
    for path in sorted((FIXTURES / "models").glob("*.h5"))
    if TRUTHS.get(path.name.split(".")[0]) and ("hdf5" in path.name or "attributes" in path.name or "_3_" in path.name)
]
HALF = np.random.RandomState(0)


@cache
def truth(path: Path) -> dict:
    return TRUTHS[path.name.split(".")[0]]


@cache
def opened(path: Path) -> Hdf5File:
    """One child for all that is asked about a file."""
    return open_hdf5(BytesReader(path.read_bytes()))


def written(fill, **options) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w", **options) as file:
        fill(file)
    return out.getvalue()


def read(content: bytes, path: str) -> bytes:
    return b"".join(read_dataset(BytesReader(content), path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_dataset_has_the_dtype_shape_and_bytes_that_h5py_reads(path):
    content, expected = path.read_bytes(), truth(path)
    with opened(path) as file:
        assert file.directory.superblock_version == expected["superblock_version"]
        assert file.directory.faults == ()
        assert {dataset.path for dataset in file.datasets} == expected["datasets"].keys()
        packed = []
        for dataset in file.datasets:
            told = expected["datasets"][dataset.path]
            assert (dataset.dtype, list(dataset.shape), dataset.layout) == (
                told["dtype"].replace("void16", "bfloat16"),
                told["shape"],
                told["layout"],
            )
            assert dataset.offset_bytes == told["offset"]
            assert dataset.big_endian == (told["byte_order"] == "big")
            if dataset.is_raw:
                raw = content[dataset.offset_bytes :][: dataset.size_bytes]
                assert hashlib.sha256(raw).hexdigest() == told["sha256"]
            else:
                packed.append(dataset)
        for dataset in packed[:2]:  # a child each
            value = b"".join(file.read(dataset.path))
            assert hashlib.sha256(value).hexdigest() == expected["datasets"][dataset.path]["sha256"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_attribute_of_a_group_is_what_h5py_reads(path):
    expected = truth(path)
    with opened(path) as file:
        assert {group or "/" for group in file.directory.groups} == set(expected["groups"])
        for group in expected["groups"]:
            told = file.attributes("" if group == "/" else group)
            for name, value in expected["attributes"].get(group, {}).items():
                if isinstance(value, dict):
                    assert hashlib.sha256(told[name].encode()).hexdigest() == value["sha256"]
                else:
                    assert (
                        told[name] == [text if isinstance(text, str) else told[name][n] for n, text in enumerate(value)]
                        if (isinstance(value, list))
                        else told[name] == value
                    )


def fill_with_types(file: h5py.File) -> None:
    for dtype in ("<f4", ">f4", "<f8", "f2", "i1", "u1", "<i2", ">i4", "i8", "u8", "bool", "c8", "c16", "u2", "u4"):
        file[f"plain/{dtype}"] = HALF.normal(size=(3, 5)).astype(dtype)
    file["bfloat16"] = np.arange(6, dtype=np.float32).reshape(2, 3).astype(ml_dtypes.bfloat16)
    file["bfloat16"].attrs["dtype"] = "bfloat16"  # as Keras marks it
    file["scalar"] = np.float32(3)
    file["empty"] = np.zeros((0, 4), "f4")
    file["fixed"] = np.array([b"abc", b"d"])
    file["texts"] = ["hello", "wörld", ""]
    file.create_dataset("chunked", data=HALF.normal(size=(100, 30)).astype("f4"), chunks=(7, 11))
    many = {"chunks": (7, 11), "compression": "gzip", "shuffle": True, "fletcher32": True}
    file.create_dataset("packed", data=HALF.randint(0, 9, (100, 30)).astype(">i4"), **many)
    file.create_dataset("flags", data=HALF.randint(0, 2, (100,)).astype(bool), chunks=(7,), compression="gzip")
    file.create_dataset("lzf", data=HALF.randint(0, 9, (100, 30)), chunks=(50, 30), compression="lzf")
    file.create_dataset("unwritten", shape=(4, 5), dtype="f4", fillvalue=2.5)


@pytest.mark.parametrize("options", [{}, {"track_order": True}, {"userblock_size": 512}, {"libver": ("v108", "v108")}])
def test_values_of_every_type_are_those_of_h5py(options):
    content = written(fill_with_types, **options)
    with open_hdf5(BytesReader(content)) as file, h5py.File(io.BytesIO(content)) as theirs:
        dtypes = {dataset.path: dataset.dtype for dataset in file.datasets}
        assert {name: dtypes[f"plain/{name}"] for name in ("bool", "f2", ">f4", "c8", "u2")} == {
            "bool": "bool", "f2": "float16", ">f4": "float32", "c8": "complex64", "u2": "uint16"
        }  # fmt: skip
        assert (dtypes["bfloat16"], dtypes["texts"], dtypes["fixed"], dtypes["flags"]) == ("bfloat16", "string", "string", "bool")
        for dataset in file.datasets:
            value = np.asarray(theirs[dataset.path][()])
            if dataset.dtype == "string":
                expected = b"".join(len(text).to_bytes(8, "little") + text for text in value.reshape(-1).tolist())
            else:
                expected = value.astype(value.dtype.newbyteorder("<")).tobytes()
            if dataset.is_raw:
                assert content[dataset.offset_bytes :][: dataset.size_bytes] == expected, dataset.path
            elif options == {}:  # a child each
                assert b"".join(file.read(dataset.path)) == expected, dataset.path


def test_attributes_are_texts_numbers_and_lists_however_they_are_stored():
    def fill(file: h5py.File) -> None:
        file.attrs["config"] = "x" * 200_000
        file.attrs["names"] = [b"a", b"bcd"]
        file.attrs["number"], file.attrs["nothing"], file.attrs["umlauts"] = np.float32(2.5), h5py.Empty("f"), ["ä", "b"]
        for number in range(60):
            file.attrs[f"many{number}"] = number

    for options in ({}, {"libver": "latest"}):
        with open_hdf5(BytesReader(written(fill, **options))) as file:
            told = dict(file.attributes())
            assert (len(told["config"]), told["names"], told["number"], told["umlauts"]) == (
                200_000,
                ["a", "bcd"],
                2.5,
                ["ä", "b"],
            )
            assert told["nothing"] is None
            assert told["many59"] == 59


def test_links_that_form_a_circle_end_and_soft_links_are_left_out():
    def fill(file: h5py.File) -> None:
        file["a/value"] = np.float32(1)
        file["a/up"], file["a/b/again"], file["soft"] = file["/"], file["a"], h5py.SoftLink("/a")

    with open_hdf5(BytesReader(written(fill))) as file:
        assert [dataset.path for dataset in file.datasets] == ["a/value"]
        assert set(file.directory.groups) == {"", "a", "a/b"}


def test_a_file_within_a_file_is_read_in_few_pieces():
    content = FIXTURES.joinpath("models", "same_keras_h5.h5").read_bytes()

    class Counting(BytesReader):
        asked = 0

        def read_at(self, offset: int, length: int) -> bytes:
            Counting.asked += 1
            return super().read_at(offset, length)

    inside = WindowReader(Counting(b"?" * 77 + content + b"?" * 9), 77, len(content))
    with open_hdf5(inside) as file:
        assert len(file.datasets) == 55
    assert Counting.asked <= 1 + len(content) // 65536


def test_a_dataset_that_is_not_there_or_too_large_is_refused():
    content = written(lambda file: file.create_dataset("x", data=np.zeros(1000), chunks=(10,)))
    with pytest.raises(CodecError):
        read(content, "y")
    with pytest.raises(LimitError, match="more than 100 bytes"):
        list(read_dataset(BytesReader(content), "x", 100))


def test_chunks_that_unpack_to_gigabytes_stop_at_a_limit():
    def fill(file: h5py.File) -> None:
        file.create_dataset("bomb", shape=(1 << 31,), dtype="u1", chunks=(1 << 30,), compression="gzip")

    content = written(fill)
    with open_hdf5(BytesReader(content)) as file:
        (dataset,) = file.datasets
        assert dataset.size_bytes == 1 << 31
    with pytest.raises(LimitError):
        list(read_dataset(BytesReader(content), "bomb", 1 << 20))


def test_only_so_many_values_are_read_at_a_time_and_each_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(process, "_value_readers", BoundedSemaphore(1))
    monkeypatch.setattr(process, "_WAIT_S", 0)
    content = BytesReader(written(lambda file: file.create_dataset("x", data=np.zeros(1 << 18), chunks=(1 << 12,))))
    first = read_dataset(content, "x")
    next(first)
    with pytest.raises(LimitError, match="try again"):
        list(read_dataset(content, "x"))
    first.close()
    assert sum(map(len, read_dataset(content, "x"))) == 8 << 18


def test_the_number_of_objects_is_limited(monkeypatch):
    content = FIXTURES.joinpath("models", "same_keras_h5.h5").read_bytes()
    monkeypatch.setattr(hdf5, "MAX_OBJECTS", 20)
    with open_hdf5(BytesReader(content)) as file:
        assert file.directory.limited
        assert 0 < len(file.datasets) <= 20
        assert "more groups and datasets" in file.directory.faults[-1]


def test_the_parent_imports_neither_numpy_nor_pyfive():
    program = """
import sys
from tfreg.core.codecs.hdf5 import open_hdf5
from tfreg.core.trees import LocalTree
tree = LocalTree(sys.argv[1])
with tree.open(tree.files()[0].path) as reader:
    assert open_hdf5(reader).datasets
print(*({"numpy", "pyfive", "fsspec"} & sys.modules.keys()))
"""
    command = [sys.executable, "-c", program, str(FIXTURES / "models" / "same_keras_h5.h5")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == []


# A child that breaks


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import os; os.abort()", LimitError),
        ("raise SystemExit(3)", CodecError),
        ("print('what?' * 100)", (CodecError, LimitError)),
        ("import sys, time; sys.stdout.close(); time.sleep(60)", (CodecError, LimitError)),
        ("import time; time.sleep(60)", LimitError),
        ("import sys; sys.stdout.buffer.write(b'A' + bytes([16]) + bytes(7) + bytes(8) + b'\\xff' * 8)", CodecError),
    ],
)
def test_a_child_that_breaks_is_an_error_of_the_file(monkeypatch, program, error):
    monkeypatch.setattr(process, "_START", program.replace("{", "{{").replace("}", "}}"))
    monkeypatch.setattr(process, "_SILENCE_S", 0.3)
    monkeypatch.setattr(process, "_EXIT_S", 0.3)
    with pytest.raises(error):
        open_hdf5(BytesReader(written(lambda file: None)))


def test_no_interpreter_is_an_error_of_the_file(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CodecError, match="does not start"):
        open_hdf5(BytesReader(written(lambda file: None)))


# Hostile files

UNDEFINED = (1 << 64) - 1


def superblock(root: int = 96, size: int = 0) -> bytes:
    start = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + pack("<HHI", 4, 16, 0)
    return start + pack("<4Q", 0, UNDEFINED, size, UNDEFINED) + pack("<QQII16x", 0, root, 0, 0)


def group_header(btree: int, heap: int) -> bytes:
    return pack("<BBHII4x", 1, 0, 1, 1, 24) + pack("<HHB3xQQ", 0x11, 16, 0, btree, heap)


def node(level: int, children: list[int]) -> bytes:
    keys = b"".join(pack("<QQ", 0, child) for child in children) + bytes(8)
    return b"TREE" + pack("<BBHQQ", 0, level, len(children), UNDEFINED, UNDEFINED) + keys


def refused(content: bytes) -> CodecError:
    """The error, or what the directory says; never anything else, and within a second beyond the child's start."""
    started = time.process_time(), time.monotonic()
    try:
        directory = open_hdf5(BytesReader(content)).directory
        return CodecError("; ".join(directory.faults))
    except CodecError as error:
        return error
    finally:
        assert time.process_time() - started[0] < 10
        assert time.monotonic() - started[1] < 60  # of a busy machine


def test_a_tree_whose_nodes_all_have_the_same_children_stops_at_a_limit():
    place, content = 96 + 40, superblock() + group_header(136, 0)
    width = 1000
    length = len(node(0, [0] * width))
    for level in range(9, -1, -1):
        content += node(level, [place + length * (10 - level)] * width)
    assert isinstance(refused(content), LimitError)


def test_a_million_claimed_messages_and_bytes_are_no_more_than_the_file_has():
    header = pack("<BBHII4x", 1, 0, 0xFFFF, 1, 0xFFFFFFFF)
    assert refused(superblock() + header + bytes(100)).message
    heap = b"HEAP" + pack("<B3xQQQ", 0, 1 << 62, 0, 300)
    assert refused(superblock() + group_header(136, 136 + 48) + node(0, [400])[:48] + heap + bytes(300)).message


def test_continuations_that_lead_in_a_circle_end():
    message = pack("<HHB3xQQ", 0x10, 16, 0, 112, 24)
    assert refused(superblock() + pack("<BBHII4x", 1, 0, 0xFFFF, 1, 24) + message + bytes(64)).message


@pytest.mark.parametrize("place", [0, 1 << 20, UNDEFINED, 1 << 63])
def test_places_past_the_end_are_told(place):
    assert refused(superblock(place)).message
    assert refused(superblock() + group_header(place, place)).message


def test_a_dataset_past_the_end_is_told_and_left_out():
    content = bytearray(written(lambda file: file.create_dataset("x", data=np.arange(5.0))))
    with open_hdf5(BytesReader(bytes(content))) as file:
        (dataset,) = file.datasets
    at = content.find(pack("<QQ", dataset.offset_bytes, dataset.size_bytes))
    content[at : at + 8] = pack("<Q", len(content) - 3)
    with open_hdf5(BytesReader(bytes(content))) as file:
        assert file.datasets == ()
        assert "reaches past its end" in file.directory.faults[0]


def test_other_bytes_are_no_hdf5():
    for content in (b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04" * 100, b"\x89HDF\r\n\x1a\n" + b"\xff" * 500):
        with pytest.raises(CodecError):
            open_hdf5(BytesReader(content))


def test_values_in_other_files_are_told_and_left_out(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(100)))

    def fill(file):
        file.create_dataset("external", (100,), "u1", external=[(str(secret), 0, 100)])
        layout = h5py.VirtualLayout((100,), "u1")
        layout[:] = h5py.VirtualSource("other.h5", "x", (100,))
        file.create_virtual_dataset("virtual", layout)
        file["own"] = np.ones(3, np.float32)

    with open_hdf5(BytesReader(written(fill, libver="latest"))) as file:
        assert [dataset.path for dataset in file.directory.datasets] == ["own"]
        assert file.directory.faults == tuple(
            f"has {name!r}, which keeps its values in other files" for name in ("external", "virtual")
        )
