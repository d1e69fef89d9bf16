"""Files of other frameworks that are made to be expensive: named in part, in little time and memory."""

from __future__ import annotations

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest

MEASURED = """
import sys, time
from tfreg.core.formats.registry import FORMATS, format_named
import tfreg.core.codecs.compressed, tfreg.core.codecs.pickle_scan
from tfreg.core.trees import LocalTree

def peak_kib():  # not ru_maxrss, which a process inherits from the one that started it
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))

kind, tree, before, started = format_named(sys.argv[2]), LocalTree(sys.argv[1]), peak_kib(), time.process_time()
assert kind.recognise(tree)
inspection = kind.inspect(tree)
kind.tensor_spans(tree, inspection)
print(time.process_time() - started, peak_kib() - before, *(problem.code for problem in inspection.problems))
"""


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def onnx_nodes() -> bytes:
    graph = b"\x0a\x00" * 10_000_000
    return b"\x08\x08\x12\x01p\x3a" + varint(len(graph)) + graph


def onnx_names() -> bytes:
    graph = (b"\x5a\xfa\x1f\x0a\xf7\x1f" + b"n" * 4087) * 5000
    return b"\x08\x08\x12\x01p\x3a" + varint(len(graph)) + graph


def pickle_memo() -> bytes:
    return b"\x80\x04" + b"\x8c\x02ab\x94" * 2_000_000 + b"."


def pickle_globals() -> bytes:
    return b"\x80\x02" + b"".join(b"cos\nname%d\n0" % number for number in range(500_000)) + b"N."


def pickle_line() -> bytes:
    return b"cos\nsystem\nS'" + b"x" * (50 << 20) + b"'\n."


def torch_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as found:
        found.writestr("m/data.pkl", pickle.dumps([]))
        for number in range(20_000):
            found.writestr(f"m/data/{number}", b"")
    return out.getvalue()


def torch_pickles() -> bytes:
    out = io.BytesIO()
    content = b"\x80\x02" + b"N0" * 1_000_000 + b"N."
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as found:
        for number in range(30):
            found.writestr(f"m{number}/data.pkl", content)
    return out.getvalue()


def safetensors_many() -> bytes:
    header = json.dumps(
        {f"t{number}": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]} for number in range(40_000)}
    ).encode()
    return struct.pack("<Q", len(header)) + header + b"1"


def npz_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as found:
        for number in range(20_000):
            found.writestr(f"a{number}.npy", b"\x93NUMPY\x01\x00\x04\x00{}  ")
    return out.getvalue()


def npz_headers() -> bytes:
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 4000 + b")}"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as found:
        for number in range(2_000):
            found.writestr(f"a{number}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(1 << 16))
    return out.getvalue()


def tfjs_shards() -> bytes:
    return json.dumps({"modelTopology": {}, "weightsManifest": [{"paths": [str(number) for number in range(300_000)]}]}).encode()


@pytest.mark.parametrize(
    ("kind", "name", "make"),
    [
        ("onnx", "m.onnx", onnx_nodes),
        ("onnx", "m.onnx", onnx_names),
        ("pickle", "m.pkl", pickle_memo),
        ("pickle", "m.pkl", pickle_globals),
        ("pickle", "m.pkl", pickle_line),
        ("pytorch", "m.pt", torch_members),
        ("pytorch", "m.pt", torch_pickles),
        ("safetensors", "m.safetensors", safetensors_many),
        ("npz", "m.npz", npz_members),
        ("npz", "m.npz", npz_headers),
        ("tfjs", "model.json", tfjs_shards),
    ],
)
def test_much_is_read_in_part_in_little_time_and_memory(kind: str, name: str, make: Callable[[], bytes], tmp_path) -> None:
    (tmp_path / name).write_bytes(make())
    found = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / name), kind], capture_output=True, text=True, check=True, timeout=60
    )
    spent_s, grown_kib, *codes = found.stdout.split()
    assert codes
    assert float(spent_s) < 20  # less than one on a quiet machine
    assert int(grown_kib) < 64 << 10
