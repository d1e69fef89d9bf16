"""Broken and hostile checkpoints: inspected without an exception, within a second and 64 MiB above what the file itself needs."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.diagnostics import CODES
from tfreg.core.errors import GraphUnreadableError, NoGraphError, NotAModelError
from tfreg.core.formats.object_graph import Objects, read_objects
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.selecting import select
from tfreg.core.inspection_json import decode, encode
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredAs
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto, SavedTensorSlices
from tfreg.wire.object_graph_pb2 import TrackableObjectGraph
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_STRING

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
OBJECT_GRAPH = b"_CHECKPOINTABLE_OBJECT_GRAPH"
PROGRAM = """
import resource, sys
from tfreg.core.formats import checkpoint_graph, checkpoint_reading, checkpoint_v1, object_graph
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.inspection_json import encode
def peak_mib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
def cpu_s():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime
before_mib, before_s = peak_mib(), cpu_s()
selected = select(*open_path(sys.argv[1]))
inspection = selected.format.inspect(selected.tree)
took_s = cpu_s() - before_s
print(peak_mib() - before_mib, took_s, len(encode(inspection)), ",".join(problem.code for problem in inspection.problems), sep=" ")
"""


@dataclass(frozen=True)
class Cost:
    """What inspecting a checkpoint took in a process of its own."""

    memory_mib: float
    cpu_s: float
    json_mib: float
    codes: list[str]


def cost(path: Path) -> Cost:
    command = [sys.executable, "-c", PROGRAM, str(path)]
    memory, seconds, size, codes = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split(
        " "
    )
    return Cost(float(memory), float(seconds), int(size) / (1 << 20), [code for code in codes.strip().split(",") if code])


def files_of(name: str, prefix: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (MODELS / name).iterdir() if path.is_file() and path.name.startswith(prefix)}


def read(files: dict[str, bytes]) -> Inspection | None:
    """Does all that is done with the files of a stranger; None if they are no model."""
    tree = MemoryTree(files)
    try:
        selected = select(tree)
    except NotAModelError:
        return None
    inspection = selected.format.inspect(selected.tree)
    assert {problem.code for problem in inspection.problems} <= CODES.keys()
    assert decode(encode(inspection)) == inspection
    for spans in selected.format.tensor_spans(selected.tree, inspection).values():
        assert all(span.offset_bytes >= 0 and span.length_bytes >= 0 for span in spans)
    try:
        with selected.format.graph(selected.tree, 0) as graph:
            len(graph.nodes)
    except (GraphUnreadableError, NoGraphError):
        pass
    return inspection


def codes(inspection: Inspection | None) -> set[str]:
    return {problem.code for problem in inspection.problems} if inspection else {"no model"}


WHOLE = {
    ("checkpoint_tf1_partitioned", "model.ckpt-3"): ("model.ckpt-3.index",),
    ("checkpoint_tf2_objects", "ckpt-1"): ("ckpt-1.index",),
    ("checkpoint_v1_sharded", "model.ckpt-3"): ("model.ckpt-3-00001-of-00002",),
}
FILES = [(*case, file) for case, files in WHOLE.items() for file in files]


@pytest.mark.parametrize(("name", "prefix", "file"), FILES)
def test_an_index_or_a_table_cut_off_anywhere_has_a_problem(name, prefix, file):
    files = files_of(name, prefix)
    for cut in range(0, len(files[file]), max(1, len(files[file]) // 400)):
        assert codes(read({**files, file: files[file][:cut]})) & {"TFR106", "TFR107", "TFR104", "TFR102"}, cut


@pytest.mark.parametrize(("name", "prefix", "file"), FILES)
def test_a_flipped_byte_of_an_index_or_a_table_is_a_wrong_checksum_or_told(name, prefix, file):
    files = files_of(name, prefix)
    for position in range(0, len(files[file]), max(1, len(files[file]) // 300)):
        content = bytearray(files[file])
        content[position] ^= 0x55
        read({**files, file: bytes(content)})
    content = bytearray(files[file])
    content[5] ^= 1
    assert "TFR107" in codes(read({**files, file: bytes(content)}))


def test_a_graph_cut_off_anywhere_has_a_problem():
    files = files_of("checkpoint_tf1_sharded", "model.ckpt-3")
    whole = files["model.ckpt-3.meta"]
    for cut in range(1, len(whole), 61):
        assert codes(read({**files, "model.ckpt-3.meta": whole[:cut]})) & {"TFR101", "TFR103"}, cut


def test_a_data_file_cut_off_anywhere_is_told():
    files = files_of("checkpoint_tf2_objects", "ckpt-1")
    whole = files["ckpt-1.data-00000-of-00001"]
    for cut in range(0, len(whole), 501):
        assert "TFR101" in codes(read({**files, "ckpt-1.data-00000-of-00001": whole[:cut]})), cut


@given(st.binary(max_size=400), st.sampled_from(FILES))
@settings(max_examples=60)
def test_any_bytes_may_stand_in_place_of_a_file(content, case):
    name, prefix, file = case
    read({**files_of(name, prefix), file: content})


# ---- object graphs ----


def objects(graph: TrackableObjectGraph | bytes) -> tuple[Objects, Problems]:
    content = graph if isinstance(graph, bytes) else graph.SerializeToString()
    problems = Problems()
    return read_objects(BytesReader(content), Span(0, len(content)), "d", problems), problems


def test_objects_that_hold_each_other_are_walked_once():
    graph = TrackableObjectGraph()
    for number in range(3):
        node = graph.nodes.add()
        for child in range(3):
            node.children.add(node_id=child, local_name=f"to_{child}")
        node.attributes.add(name="VARIABLE_VALUE", checkpoint_key=f"k{number}")
    found, problems = objects(graph)
    assert found.paths == {"k0": "", "k1": "to_1", "k2": "to_2"}
    assert problems == []


def test_references_to_objects_that_are_not_there_lead_nowhere():
    graph = TrackableObjectGraph()
    root = graph.nodes.add()
    for number in (-1, 7, 2**31 - 1):
        root.children.add(node_id=number, local_name="gone")
        root.slot_variables.add(original_variable_node_id=number, slot_name="m", slot_variable_node_id=number)
    assert objects(graph)[0].paths == {}


def test_a_slot_is_named_by_the_optimiser_and_its_variable():
    graph = TrackableObjectGraph()
    root, optimizer, model, kernel, momentum = (graph.nodes.add() for _ in range(5))
    root.children.add(node_id=1, local_name="optimizer")
    root.children.add(node_id=2, local_name="model")
    model.children.add(node_id=3, local_name="kernel")
    kernel.attributes.add(name="VARIABLE_VALUE", checkpoint_key="model/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    optimizer.slot_variables.add(original_variable_node_id=3, slot_name="momentum", slot_variable_node_id=4)
    key = "model/kernel/.OPTIMIZER_SLOT/optimizer/momentum/.ATTRIBUTES/VARIABLE_VALUE"
    momentum.attributes.add(name="VARIABLE_VALUE", checkpoint_key=key)
    assert objects(graph)[0].paths[key] == "optimizer/model/kernel/momentum"


def test_objects_with_a_saver_of_their_own_are_named():
    graph = TrackableObjectGraph()
    graph.nodes.add().children.add(node_id=1, local_name="table")
    graph.nodes.add().registered_saver.name = "Custom.Saver"
    assert objects(graph)[0].savers == {"table": "Custom.Saver"}


def test_a_chain_of_a_hundred_thousand_objects_has_no_path_of_that_length():
    graph = TrackableObjectGraph()
    for number in range(100_000):
        node = graph.nodes.add()
        node.children.add(node_id=number + 1, local_name="n")
        node.attributes.add(name="VARIABLE_VALUE", checkpoint_key=str(number))
    found, problems = objects(graph)
    assert [problem.code for problem in problems] == ["TFR104"]
    assert max(map(len, found.paths.values())) <= 4096


def test_a_list_of_variables_that_is_named_again_and_again_is_looked_at_once():
    graph = TrackableObjectGraph()
    root, listed = graph.nodes.add(), graph.nodes.add()
    for _ in range(20_000):
        root.children.add(node_id=1, local_name="trainable_variables")
        listed.children.add(node_id=2, local_name="0")
    graph.nodes.add().attributes.add(name="VARIABLE_VALUE", checkpoint_key="k")
    started_s = time.process_time()
    assert objects(graph)[0].trainable == {"k": True}
    assert time.process_time() - started_s < 10


def test_a_thousand_variables_behind_a_long_way_cost_their_paths_only():
    graph = TrackableObjectGraph()
    for number in range(4000):
        graph.nodes.add().children.add(node_id=number + 1, local_name="")
    last = graph.nodes.add()
    for number in range(10_000):
        last.children.add(node_id=4001 + number, local_name=str(number))
        graph.nodes.add().attributes.add(name="VARIABLE_VALUE", checkpoint_key=str(number))
    started_s = time.process_time()
    objects(graph)
    assert time.process_time() - started_s < 10


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_may_be_an_object_graph(content):
    objects(content)


# ---- what is small on the disk and large in memory ----


def field(number: int, payload: bytes) -> bytes:
    length, out = len(payload), bytearray()
    while length > 127:
        out.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *out, length]) + payload


def write_v2(folder: Path, table_writer, entries: dict[bytes, bytes], data: bytes = b"") -> Path:
    header = BundleHeaderProto(num_shards=1, version={"producer": 1}).SerializeToString()
    table = sorted({b"": header, **entries}.items())
    (folder / "m-1.index").write_bytes(table_writer.table(table, block_size=2000, restart_every=16))
    (folder / "m-1.data-00000-of-00001").write_bytes(data)
    return folder


def write_objects(folder: Path, table_writer, graph: bytes) -> Path:
    stored = field(1, graph)[1:]  # length and content
    at = len(stored) - len(graph)
    content = stored[:at] + b"crc " + graph
    entry = BundleEntryProto(dtype=DT_STRING, shape={}, offset=0, size=len(content)).SerializeToString()
    return write_v2(folder, table_writer, {OBJECT_GRAPH: entry}, content)


def test_ten_million_empty_objects_stop_at_a_limit(tmp_path, table_writer):
    found = cost(write_objects(tmp_path, table_writer, b"\x0a\x00" * 10_000_000))
    assert "TFR104" in found.codes
    assert found.memory_mib < 64
    assert found.cpu_s < 15


def test_a_million_references_between_objects_stop_at_a_limit(tmp_path, table_writer):
    child = field(1, b"\x08\x01" + field(2, b"a"))
    found = cost(write_objects(tmp_path, table_writer, field(1, child * 100_000) * 20))
    assert found.memory_mib < 64
    assert found.cpu_s < 15


def test_a_variable_of_a_hundred_thousand_slices_of_which_none_is_there(tmp_path, table_writer):
    entry = BundleEntryProto(dtype=DT_FLOAT, shape={"dim": [{"size": 9}]})
    for number in range(50_000):
        entry.slices.add().extent.add(start=number, length=1)
    found = cost(write_v2(tmp_path, table_writer, {b"w": entry.SerializeToString()}))
    assert "TFR106" in found.codes
    assert found.memory_mib < 64
    assert found.cpu_s < 15


def write_v1(folder: Path, table_writer, meta: SavedTensorSlices, entries: dict[bytes, bytes]) -> Path:
    table = sorted({b"": meta.SerializeToString(), **entries}.items())
    (folder / "m-1").write_bytes(table_writer.table(table, block_size=2000, restart_every=16))
    return folder


def test_a_version_1_table_that_lists_a_hundred_thousand_values_that_it_lacks(tmp_path, table_writer):
    meta = SavedTensorSlices()
    for number in range(1000):
        tensor = meta.meta.tensor.add(name=str(number), type=DT_FLOAT, shape={"dim": [{"size": 100}]})
        for start in range(100):
            tensor.slice.add().extent.add(start=start, length=1)
    found = cost(write_v1(tmp_path, table_writer, meta, {}))
    assert "TFR106" in found.codes
    assert found.memory_mib < 64
    assert found.cpu_s < 15


def test_a_version_1_value_of_a_million_fields_is_not_looked_through(tmp_path, table_writer):
    meta = SavedTensorSlices()
    meta.meta.tensor.add(name="w", type=DT_FLOAT, shape={"dim": [{"size": 1}]}).slice.add().extent.add()
    found = cost(write_v1(tmp_path, table_writer, meta, {slice_key(b"w", [(0, None)]): b"\x0a\x00" * 1_000_000}))
    assert "TFR106" in found.codes
    assert found.memory_mib < 64
    assert found.cpu_s < 10


@pytest.mark.parametrize("size", [2**62, 2**40])
def test_a_version_1_tensor_larger_than_any_file_is_no_run_of_bytes(tmp_path, table_writer, size):
    meta, value = SavedTensorSlices(), SavedTensorSlices()
    tensor = meta.meta.tensor.add(name="w", type=DT_FLOAT, shape={"dim": [{"size": size}, {"size": size}]})
    tensor.slice.add(extent=[{}, {}])
    value.data.data.float_val.append(1.0)
    write_v1(tmp_path, table_writer, meta, {slice_key(b"w", [(0, None)] * 2): value.SerializeToString()})
    inspection = read({"m-1": (tmp_path / "m-1").read_bytes()})
    assert inspection is not None
    assert [(found.shape, found.stored_as) for found in inspection.tensors] == [((size, size), StoredAs.PROTO)]


def test_a_state_file_of_many_megabytes_is_not_read(tmp_path, table_writer):
    write_v2(tmp_path, table_writer, {})
    (tmp_path / "checkpoint").write_bytes(b'all_model_checkpoint_paths: "m-1"\n' * 600_000)
    found = cost(tmp_path)
    assert found.memory_mib < 64
    assert found.cpu_s < 10
