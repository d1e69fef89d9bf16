"""Small files that are made to become large in memory: they stop at a limit, in memory and time of the order of their size."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import LocalTree
from tfreg.wire import object_graph_pb2
def peak_mib():  # Not ru_maxrss, which a process inherits from the one that started it.
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
tree = LocalTree(sys.argv[1])
format_ = recognise(tree)
before_mib = peak_mib()
inspection = format_.inspect(tree)
json_bytes = len(encode(inspection))
for number in range(len(sys.argv[2:])):
    try:
        with format_.graph(tree, int(sys.argv[2 + number])) as graph:
            len(graph.nodes)
            for function in graph.functions.values():
                len(function.nodes)
    except GraphUnreadableError:
        pass
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(peak_mib() - before_mib, seconds, json_bytes, ",".join(p.code for p in inspection.problems), len(inspection.functions))
"""


@dataclass(frozen=True)
class Cost:
    """What reading a file took in a process of its own."""

    memory_mib: float
    cpu_s: float
    json_mib: float
    problems: list[str]
    functions: int


def cost(path: Path, *graphs: int) -> Cost:
    """Inspects a file, and reads the graphs of those MetaGraphDefs."""
    command = [sys.executable, "-c", PROGRAM, str(path), *map(str, graphs)]
    memory, seconds, json_bytes, problems, functions = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120
    ).stdout.split(" ")
    return Cost(
        float(memory), float(seconds), int(json_bytes) / (1 << 20), list(filter(None, problems.split(","))), int(functions)
    )


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def saved_model(folder: Path, *meta_graph: bytes) -> Path:
    (folder / "saved_model.pb").write_bytes(b"\x08\x01" + field(2, b"".join(meta_graph)))
    return folder


def object_graph(root: bytes, objects: list[bytes], traces: dict[bytes, bytes]) -> bytes:
    entries = b"".join(field(2, field(1, name) + field(2, trace)) for name, trace in traces.items())
    return field(7, b"".join(field(1, found) for found in (root, *objects)) + entries)


def child(node: int, name: str) -> bytes:
    return field(1, b"\x08" + varint(node) + field(2, name.encode()))


def trace_of(arguments: int) -> bytes:
    """A trace whose positional arguments are so many empty tensor specs."""
    positional = field(52, field(1, field(33, b"")) * arguments)
    return field(3, field(52, field(1, positional)))


def test_three_thousand_names_of_one_large_trace_stop_at_a_limit(tmp_path: Path) -> None:
    root = b"".join(child(1, f"f{number}") for number in range(3000))
    function = field(6, field(1, b"trace"))
    path = saved_model(tmp_path, object_graph(root, [function], {b"trace": trace_of(20_000)}))
    found = cost(path)
    assert "TFR104" in found.problems
    assert 0 < found.functions < 3000
    assert found.memory_mib < 100
    assert found.cpu_s < 60
    assert found.json_mib < 16


def test_a_function_of_many_names_is_read_once(tmp_path: Path) -> None:
    root = b"".join(child(1, f"f{number}") for number in range(3000))
    function = field(6, field(1, b"trace") + field(2, field(1, field(1, b"\x0a\x00" * 100_000))))
    path = saved_model(tmp_path, object_graph(root, [function], {b"trace": trace_of(1)}))
    found = cost(path)
    assert ("TFR104" in found.problems, found.functions) == (False, 3000)
    assert found.memory_mib < 100
    assert found.cpu_s < 60


@pytest.mark.parametrize("entry", [b"\x2a\x00" * 5_000_000, field(5, b"\x12\x00" * 5_000_000)], ids=["attributes", "values"])
def test_a_constant_of_five_million_parts_is_not_looked_through(tmp_path: Path, entry: bytes) -> None:
    node = field(1, b"c") + field(2, b"Const") + entry
    (tmp_path / "g.pb").write_bytes(field(1, node))
    found = cost(tmp_path / "g.pb", 0)
    assert set(found.problems) <= {"TFR104"}  # that its op stands only once is looked for in so many parts
    assert found.memory_mib < 64
    assert found.cpu_s < 90


def test_of_two_million_meta_graphs_no_list_is_made(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01" + b"\x12\x00" * 2_000_000)
    found = cost(tmp_path, 0, 255, 256, 1_999_999)
    assert "TFR104" in found.problems
    assert found.memory_mib < 64
    assert found.cpu_s < 90


def signature(key: bytes, *tensors: bytes) -> bytes:
    """A SignatureDef with these TensorInfos as its inputs."""
    inputs = b"".join(field(1, field(1, str(number).encode()) + field(2, tensor)) for number, tensor in enumerate(tensors))
    return field(5, field(1, key) + field(2, inputs))


def test_a_composite_tensor_of_half_a_million_components_stops_at_a_limit(tmp_path: Path) -> None:
    composite = field(5, b"\x12\x00" * 500_000)
    found = cost(saved_model(tmp_path, signature(b"a", b""), signature(b"b", composite)))
    assert "TFR104" in found.problems
    assert found.memory_mib < 150
    assert found.json_mib < 8


def test_a_hundred_thousand_sparse_tensors_stop_at_a_limit(tmp_path: Path) -> None:
    signatures = [signature(bytes([65 + number]), *[field(4, b"")] * 10_000) for number in range(10)]
    found = cost(saved_model(tmp_path, *signatures))
    assert "TFR104" in found.problems
    assert found.memory_mib < 150
    assert found.json_mib < 16


def test_ops_of_many_long_names_stop_at_a_limit(tmp_path: Path) -> None:
    nodes = b"".join(field(1, field(1, b"n") + field(2, f"{number:04d}".encode() * 1000)) for number in range(2000))
    found = cost(saved_model(tmp_path, field(2, nodes)))
    assert "TFR104" in found.problems
    assert found.json_mib < 4


def test_a_problem_with_a_name_of_a_megabyte_is_told_in_short(tmp_path: Path) -> None:
    found = cost(saved_model(tmp_path, signature(b"a", field(1, b"\x01" * 900_000 + b":0"))))
    assert "TFR201" in found.problems
    assert found.json_mib < 900_000 * 7 / (1 << 20)  # once as the signature has it, each byte escaped


def test_tags_and_versions_of_many_meta_graphs_stop_at_a_limit(tmp_path: Path) -> None:
    meta_graph = field(1, b"".join(field(4, f"{number:04d}".encode() * 1000) for number in range(20)))
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01" + field(2, meta_graph) * 100)
    found = cost(tmp_path)
    assert "TFR104" in found.problems
    assert found.json_mib < 4


def test_functions_of_many_small_parts_are_not_all_kept(tmp_path: Path) -> None:
    def function(number: int) -> bytes:
        return field(1, field(1, field(1, f"f{number}".encode()) + b"\x1a\x00" * 16_000))

    (tmp_path / "g.pb").write_bytes(field(1, field(1, b"x") + field(2, b"NoOp")) + field(2, b"".join(map(function, range(300)))))
    found = cost(tmp_path / "g.pb", 0)
    assert found.problems == []
    assert found.memory_mib < 150
