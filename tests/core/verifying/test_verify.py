"""Values that do not have the checksums of their format are found; whole ones are not told of."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import google_crc32c
import pytest

from tests.table_writer import table
from tfreg.core.codecs.crc32c import mask, unmask
from tfreg.core.diagnostics import Severity
from tfreg.core.errors import CancelledError, TensorUnreadableError
from tfreg.core.formats.registry import format_named, recognise
from tfreg.core.inspections import Inspection
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection
from tfreg.core.verifying.verify import verify, with_verified
from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
DATA = "variables/variables.data-00000-of-00001"


def files_of(folder: str) -> dict[str, bytes]:
    tree = LocalTree(MODELS / folder)
    return {file.path: tree.open(file.path).read_at(0, file.size_bytes) for file in tree.files()}


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def verified(files: dict[str, bytes]) -> list[tuple[str, str, str]]:
    tree = MemoryTree(files)
    kind = recognise(tree)
    return [(p.code, p.severity.value, p.message) for p in verify(tree, kind, kind.inspect(tree))]


@pytest.mark.parametrize("name", ["tf1_saved_model", "tf1_assets_table", "checkpoint_tf2_objects", "checkpoint_types"])
def test_what_tensorflow_wrote_is_whole(name):
    assert verified(files_of(name)) == []


@pytest.mark.parametrize("name", ["keras_3_sequential_v3.keras", "keras_2_two_inputs_2_15_v3.keras"])
def test_what_keras_wrote_is_whole(name):
    assert verified({name: (MODELS / name).read_bytes()}) == []


def test_each_byte_of_a_checkpoints_data_is_covered():
    files = files_of("checkpoint_types")
    (data,) = (path for path in files if ".data-" in path)
    tree = MemoryTree(files)
    kind = recognise(tree)
    inspection = kind.inspect(tree)
    for at in range(len(files[data])):
        found = verify(MemoryTree({**files, data: flipped(files[data], at)}), kind, inspection)
        assert [problem.code for problem in found] == ["TFR107"], at
        assert found[0].severity is Severity.ERROR
        assert found[0].place.file == data


def test_the_tensor_and_its_file_are_named():
    files = files_of("tf1_saved_model")
    tensor = next(t for t in recognise(MemoryTree(files)).inspect(MemoryTree(files)).tensors if t.crc32c is not None)
    files[DATA] = flipped(files[DATA], tensor.offset_bytes)
    ((code, _, message),) = verified(files)
    assert code == "TFR107"
    assert repr(tensor.name) in message
    assert DATA in message


def test_a_value_that_is_read_whole_is_compared_too():
    files = files_of("tf1_saved_model")
    tensor = next(t for t in recognise(MemoryTree(files)).inspect(MemoryTree(files)).tensors if t.crc32c is not None)
    files[DATA] = flipped(files[DATA], tensor.offset_bytes)
    tree = MemoryTree(files)
    with Values(tree, recognise(tree).inspect(tree).tensors) as values, pytest.raises(TensorUnreadableError, match="checksum"):
        list(values.read(Selection(tensor.name))[1])


@pytest.mark.parametrize("member", ["model.weights.h5", "metadata.json"])
def test_a_members_crc32_is_compared(member):
    content = (MODELS / "keras_3_sequential_v3.keras").read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
        inside = after.read(member)
    whole = out.getvalue()
    damaged = flipped(whole, whole.index(inside) + len(inside) // 2)
    assert [(code, severity) for code, severity, _ in verified({"m.keras": damaged})] == [("TFR107", "error")]


def test_pytorch_loads_what_has_another_crc32_so_it_is_no_error():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("m/data.pkl", b"\x80\x02}.")
        archive.writestr("m/data/0", b"0123456789")
    whole = out.getvalue()
    found = verified({"m.pt": flipped(whole, whole.index(b"0123456789"))})
    assert [(code, severity) for code, severity, _ in found] == [("TFR107", "warning")]


def test_problems_are_told_once():
    tree = MemoryTree({"m.keras": (MODELS / "keras_3_sequential_v3.keras").read_bytes()})
    problems = format_named("keras_v3").inspect(tree).problems
    assert with_verified(problems, problems) == problems


def test_whoever_gives_up_ends_the_reading():
    def give_up() -> None:
        raise CancelledError("The caller gave up.")

    tree = LocalTree(MODELS / "tf1_saved_model")
    kind = recognise(tree)
    with pytest.raises(CancelledError):
        verify(tree, kind, kind.inspect(tree), give_up)


def test_tensors_that_share_bytes_are_read_up_to_twice_the_files():
    content = bytes(4 << 20)
    entry = BundleEntryProto(dtype=1, size=len(content), crc32c=mask(google_crc32c.value(content)))
    entry.shape.dim.add(size=len(content) // 4)
    header = BundleHeaderProto(num_shards=1)
    entries = [(b"", header.SerializeToString())] + [(b"%06d" % at, entry.SerializeToString()) for at in range(10_000)]
    tree = MemoryTree({"m.index": table(entries), "m.data-00000-of-00001": content})
    kind = recognise(tree)
    inspection: Inspection = kind.inspect(tree)
    start = time.perf_counter()
    found = verify(tree, kind, inspection)
    assert time.perf_counter() - start < 10
    assert [problem.code for problem in found] == ["TFR104"]


@pytest.mark.parametrize("value", [0, 1, 0xA282EAD8, 0xFFFF_FFFF])
def test_masks_come_off(value):
    assert unmask(mask(value)) == value
