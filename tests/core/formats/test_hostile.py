"""Broken and hostile files: recognised or refused with a reason, inspected without an exception, within bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.diagnostics import CODES, Severity
from tfreg.core.errors import GraphUnreadableError, NoGraphError, NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspection_json import decode, encode
from tfreg.core.inspections import Inspection
from tfreg.core.trees import MemoryTree
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.meta_graph_pb2 import MetaGraphDef
from tfreg.wire.saved_model_pb2 import SavedModel

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
MIB = 1 << 20


def files_of(name: str) -> dict[str, bytes]:
    path = MODELS / name
    found = [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
    root = path.parent if path.is_file() else path
    return {inner.relative_to(root).as_posix(): inner.read_bytes() for inner in found}


def read(files: dict[str, bytes]) -> Inspection | None:
    """Does all that is done with files of a stranger; None if they are no model."""
    tree = MemoryTree(files)
    try:
        found = recognise(tree)
    except NotAModelError:
        return None
    inspection = found.inspect(tree)
    assert {problem.code for problem in inspection.problems} <= CODES.keys()
    assert decode(encode(inspection)) == inspection
    sizes = {path: len(content) for path, content in files.items()}
    for path, spans in found.tensor_spans(tree, inspection).items():
        assert all(span.offset_bytes >= 0 and span.length_bytes >= 0 for span in spans), (path, sizes.get(path))
    for number in range(min(2, max(1, len(inspection.meta_graphs)))):
        with suppress(GraphUnreadableError, NoGraphError), found.graph(tree, number) as graph:
            len(graph.nodes)
    return inspection


def codes(inspection: Inspection | None, severity: Severity = Severity.ERROR) -> set[str]:
    assert inspection is not None
    return {problem.code for problem in inspection.problems if problem.severity is severity}


@pytest.mark.parametrize("name", ["tf1_placeholder_with_default", "tf1_sparse"])
def test_a_saved_model_cut_off_anywhere_is_still_one_with_a_problem(name):
    files = files_of(name)
    whole = files["saved_model.pb"]
    for cut in range(0, len(whole), 7):
        assert codes(read({**files, "saved_model.pb": whole[:cut]})) & {"TFR101", "TFR103"}, cut


def test_a_frozen_graph_cut_off_anywhere_is_refused_or_has_a_problem():
    whole = files_of("frozen_keras.pb")["frozen_keras.pb"]
    graph = GraphDef.FromString(whole)
    ends = {0}
    for node in graph.node:
        ends.add(max(ends) + 2 + node.ByteSize() + (node.ByteSize() > 127))
    for cut in range(len(whole)):
        inspection = read({"g.pb": whole[:cut]})
        assert inspection is None or cut in ends or codes(inspection), cut


@pytest.mark.parametrize("file", ["variables/variables.index", "fingerprint.pb", "saved_model.pb"])
def test_files_of_a_tf2_model_cut_off_anywhere_never_raise(file):
    files = files_of("tf2_module_signatures")
    for cut in range(0, len(files[file]), 97 if file == "saved_model.pb" else 1):
        assert read({**files, file: files[file][:cut]}) is not None


def test_a_text_model_cut_off_anywhere_has_a_problem():
    files = files_of("tf1_pbtxt")
    whole = files["saved_model.pbtxt"].rstrip()
    for cut in range(0, len(whole) - 1, 2011):
        assert "TFR101" in codes(read({**files, "saved_model.pbtxt": whole[:cut]}))


@pytest.mark.parametrize("name", ["tf2_module_signatures", "tf1_assets_table", "frozen_functions.pb", "tf1_pbtxt"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_raise(name, data):
    files = files_of(name)
    path = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[path])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read({**files, path: bytes(content)})


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_raises(content):
    read({"saved_model.pb": content, "variables/variables.index": content, "fingerprint.pb": content})
    read({"g.pb": content})
    read({"g.pbtxt": content})


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=100), st.sampled_from(["graph_def", "object_graph_def", "meta_info_def", "saver_def"]))
def test_garbage_within_a_saved_model_never_raises(content, field):
    number = MetaGraphDef.DESCRIPTOR.fields_by_name[field].number
    meta_graph = bytes([number << 3 | 2, len(content)]) + content
    read({"saved_model.pb": b"\x08\x01\x12" + bytes([len(meta_graph)]) + meta_graph})


@pytest.mark.parametrize("prefix", [b"", b"\x08\x01\x12\x00"])
def test_a_length_of_three_gigabytes_is_told(prefix):
    huge = prefix + b"\x12\x80\x80\x80\x80\x0c" + bytes(100)
    assert "TFR101" in codes(read({"saved_model.pb": huge}))
    graph = b"\x0a\x80\x80\x80\x80\x0c\x0a\x01x\x12\x0bPlaceholder" + bytes(100)
    assert "TFR101" in codes(read({"g.pb": graph}))


def test_a_graph_with_garbage_keeps_what_stands_before_it():
    whole = files_of("frozen_keras.pb")["frozen_keras.pb"]
    inspection = read({"g.pb": whole + b"\xff" * 50})
    assert codes(inspection) == {"TFR101"}
    assert inspection.meta_graphs[0].node_count == len(GraphDef.FromString(whole).node)


@pytest.mark.parametrize(
    ("missing", "code", "severity"),
    [
        ("variables/variables.data-00000-of-00001", "TFR102", Severity.ERROR),
        ("variables/variables.index", "TFR102", Severity.ERROR),
        ("assets/vocabulary.txt", "TFR102", Severity.ERROR),
    ],
)
def test_a_missing_file_is_told_by_name(missing, code, severity):
    files = files_of("tf1_assets_table")
    inspection = read({path: content for path, content in files.items() if path != missing})
    assert [(problem.code, problem.severity, problem.place.file) for problem in inspection.problems] == [
        (code, severity, missing)
    ]


def without_variables(name: str) -> Inspection | None:
    return read({path: content for path, content in files_of(name).items() if not path.startswith("variables/")})


@pytest.mark.parametrize("name", ["tf1_assets_table", "tf1_pbtxt", "tf2_module_signatures"])
def test_variables_that_are_restored_need_their_folder(name):
    inspection = without_variables(name)
    assert codes(inspection) == {"TFR102"}
    assert "whole folder" in next(problem.hint for problem in inspection.problems if problem.code == "TFR102")


def test_a_model_of_tf2_without_variables_lacks_a_file_that_python_wants():
    inspection = without_variables("tf2_arguments")
    assert (codes(inspection), codes(inspection, Severity.WARNING)) == (set(), {"TFR102"})


def test_variables_that_nobody_restores_are_a_warning():
    files = files_of("tf1_assets_table")
    model = SavedModel.FromString(files["saved_model.pb"])
    model.meta_graphs[0].ClearField("saver_def")
    assert codes(read({"saved_model.pb": model.SerializeToString()}), Severity.WARNING) == {"TFR102"}


def test_a_short_data_file_is_told():
    files = files_of("tf1_assets_table")
    files["variables/variables.data-00000-of-00001"] = b"short"
    assert codes(read(files)) == {"TFR101"}


def test_a_signature_that_names_what_the_graph_lacks_is_told():
    model = SavedModel.FromString(files_of("tf1_sparse")["saved_model.pb"])
    model.meta_graphs[0].signature_def["serving_default"].inputs["ghost"].name = "ghost:0"
    inspection = read({**files_of("tf1_sparse"), "saved_model.pb": model.SerializeToString()})
    (problem,) = [problem for problem in inspection.problems if problem.code == "TFR201"]
    assert (problem.place.operation, problem.place.signature) == ("ghost", "serving_default")


def test_a_schema_version_that_nobody_writes_is_told():
    model = SavedModel.FromString(files_of("tf1_sparse")["saved_model.pb"])
    model.saved_model_schema_version = 2
    assert "TFR105" in codes(read({**files_of("tf1_sparse"), "saved_model.pb": model.SerializeToString()}), Severity.WARNING)


@pytest.mark.parametrize(
    ("written", "read_as"), [(b"\xff" * 9 + b"\x01", -1), (b"\x80\x80\x80\x80\x08", -(2**31)), (b"\x80" * 5 + b"\x01", 0)]
)
def test_a_producer_beyond_32_bits_is_read_as_tensorflow_reads_it(written, read_as):
    content = GraphDef(node=[{"name": "c", "op": "NoOp"}]).SerializeToString() + _field(4, b"\x08" + written)
    assert GraphDef.FromString(content).versions.producer == read_as
    assert read({"g.pb": content}).meta_graphs[0].producer == read_as


def test_a_graph_that_is_not_frozen_is_told():
    graph = GraphDef(node=[{"name": "v", "op": "VariableV2"}]).SerializeToString()
    assert codes(read({"g.pb": graph}), Severity.WARNING) == {"TFR102"}


def test_strange_files_are_told_as_such():
    assert codes(read({**files_of("tf1_sparse"), "notes.txt": b"", "x/y": b""}), Severity.INFO) == {"TFR105"}


def test_deeply_nested_messages_never_raise():
    nested = b""
    for _ in range(3000):
        nested = b"\x9a\x03" + GraphDef(node=[{"device": "x" * 0}]).SerializeToString()[:0] + _varint(len(nested)) + nested
    deep = b"\x0a" + _varint(len(nested)) + nested
    entry = b"\x0a\x01f\x12" + _varint(len(deep)) + deep
    meta_graph = b"\x3a" + _varint(2 + len(entry) + 4) + b"\x12" + _varint(len(entry)) + entry
    read({"saved_model.pb": b"\x08\x01\x12" + _varint(len(meta_graph)) + meta_graph})
    read({"saved_model.pbtxt": b"meta_graphs { graph_def { node { attr { value { " + b"list { func { attr { value { " * 5000})


def test_a_million_signatures_stop_at_a_limit():
    model = b"\x08\x01" + _field(2, b"".join(_field(5, _field(1, str(i).encode())) for i in range(12_000)))
    inspection = read({"saved_model.pb": model})
    assert len(inspection.meta_graphs[0].signatures) == 10_000
    assert "TFR104" in codes(inspection, Severity.WARNING)


BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from tfreg.core.formats.registry import recognise
from tfreg.core.trees import LocalTree
tree = LocalTree(sys.argv[1])
inspection = recognise(tree).inspect(tree)
# Not ru_maxrss, which a process inherits from the one that started it.
peak_kib = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(inspection.meta_graphs[0].node_count, int(peak_kib) // 1024, seconds, *(p.code for p in inspection.problems))
"""


def bounded(path: Path) -> tuple[int, int, float, list[str]]:
    """Node count, peak memory in MiB, CPU seconds and problems, in a process of its own."""
    found = subprocess.run([sys.executable, "-c", BOUNDED, str(path)], capture_output=True, text=True, check=True, timeout=120)
    nodes, rss_mib, seconds, *problems = found.stdout.split()
    return int(nodes), int(rss_mib), float(seconds), problems


def test_ten_million_empty_nodes_stop_at_a_limit_in_little_memory(tmp_path):
    (tmp_path / "g.pb").write_bytes(_field(1, b"\x0a\x01x\x12\x04NoOp") + b"\x0a\x00" * 10_000_000)
    nodes, rss_mib, seconds, problems = bounded(tmp_path / "g.pb")
    assert (nodes, problems) == (2_000_000, ["TFR104"])
    assert rss_mib < 100
    assert seconds < 90


def test_four_hundred_thousand_nodes_are_read_in_flat_memory_and_few_times_the_time_of_a_bare_parse(tmp_path):
    graph = GraphDef()
    for number in range(400_000):
        graph.node.add(name=f"layer_{number // 100}/block_{number}", op="AddV2", input=[f"layer/{number - 1}", "x"])
    content = graph.SerializeToString()
    started = time.process_time()
    GraphDef.FromString(content)
    bare_s = time.process_time() - started
    (tmp_path / "g.pb").write_bytes(content)
    nodes, rss_mib, seconds, problems = bounded(tmp_path / "g.pb")
    assert (nodes, problems) == (400_000, [])
    assert rss_mib < 100
    assert seconds < 20 * bare_s + 5  # 2 times on a quiet machine


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def test_signatures_of_many_megabytes_stop_at_a_limit():
    signature = b"".join(_field(1, _field(1, f"{i:06d}".encode())) for i in range(10_000))
    entries = b"".join(_field(5, _field(1, bytes([65 + i])) + _field(2, signature)) for i in range(25))
    inspection = read({"saved_model.pb": b"\x08\x01" + _field(2, entries)})
    assert "TFR104" in codes(inspection, Severity.WARNING)
    assert 1 < len(inspection.meta_graphs[0].signatures) < 25


def test_a_wrong_checksum_in_a_checkpoint_is_told():
    files = files_of("tf1_assets_table")
    index = bytearray(files["variables/variables.index"])
    index[3] ^= 1
    assert "TFR107" in codes(read({**files, "variables/variables.index": bytes(index)}))
