"""TFLite files that are cut off, changed or made to be expensive: less is said of them, in little time and memory."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.diagnostics import CODES
from tfreg.core.formats.tflite import TfliteFormat
from tfreg.core.inspection_json import decode, encode
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.trees import LocalTree, MemoryTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
SMALL = (MODELS / "tflite_custom_op.tflite").read_bytes()
CODES_OF_FILES = {"TFR101", "TFR103", "TFR104", "TFR201"}


def read(content: bytes) -> Inspection:
    """Does all that is done with a file of a stranger."""
    tree = MemoryTree({"m.tflite": content})
    inspection = TfliteFormat().inspect(tree)
    assert {problem.code for problem in inspection.problems} <= CODES.keys()
    assert decode(encode(inspection)) == inspection
    for spans in TfliteFormat().tensor_spans(tree, inspection).values():
        assert all(0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(content) for span in spans)
    for tensor in inspection.tensors:
        assert tensor.offset_bytes + tensor.size_bytes <= len(content)
    return inspection


def codes(inspection: Inspection) -> set[str]:
    return {problem.code for problem in inspection.problems}


def test_a_file_cut_off_anywhere_never_raises():
    for cut in range(8, len(SMALL)):
        read(SMALL[:cut])


@pytest.mark.parametrize("name", ["tflite_metadata", "tflite_two_signatures", "tflite_int8", "tflite_buffer_offset"])
def test_larger_ones_cut_off_never_raise(name):
    content = (MODELS / f"{name}.tflite").read_bytes()
    for cut in range(8, len(content), max(1, len(content) // 100)):
        read(content[:cut])


def test_every_byte_changed_never_raises():
    for position in range(8, len(SMALL)):
        for value in (0, 0x7F, 0xFF):
            read(SMALL[:position] + bytes([value]) + SMALL[position + 1 :])


@pytest.mark.parametrize("name", ["tflite_metadata", "tflite_control_flow", "tflite_int8"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_flipped_words_never_raise(name, data):
    content = bytearray((MODELS / f"{name}.tflite").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(2, len(content) // 4 - 1)) * 4
        value = data.draw(st.one_of(st.integers(-64, 64), st.integers(-(2**31), 2**31 - 1)))
        content[position : position + 4] = struct.pack("<i", value)
    read(bytes(content))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_garbage_never_raises(content):
    read(b"\x08\0\0\0TFL3" + content)


class Builder:
    """Writes a flatbuffer back to front in the reader's eyes: every reference goes to what is appended later."""

    def __init__(self) -> None:
        self.out = bytearray(b"\0\0\0\0TFL3")
        self.patches: list[tuple[int, object]] = []

    def table(self, *fields: object) -> int:
        """Appends a table; a field is None, an int, eight bytes, or a callable that appends what it refers to and says where."""
        sizes = [len(field) if isinstance(field, bytes) else 4 for field in fields]
        offsets = [0 if field is None else 4 + sum(sizes[:number]) for number, field in enumerate(fields)]
        described = len(self.out)
        self.out += struct.pack(f"<{len(fields) + 2}H", 4 + 2 * len(fields), 4 + sum(sizes), *offsets)
        self.out += bytes(-len(self.out) % 4)
        start = len(self.out)
        self.out += struct.pack("<i", start - described)
        places = []
        for field in fields:
            places.append(len(self.out))
            self.out += field if isinstance(field, bytes) else struct.pack("<i", field if isinstance(field, int) else 0)
        for place, field in zip(places, fields, strict=True):
            if callable(field):
                struct.pack_into("<I", self.out, place, field() - place)
        return start

    def vector(self, elements: bytes, count: int) -> int:
        start = len(self.out)
        self.out += struct.pack("<I", count) + elements
        return start

    def many(self, count: int, *fields: object) -> int:
        """Appends a vector of `count` references to one table."""
        start = len(self.out)
        self.out += struct.pack("<I", count) + bytes(4 * count)
        table = self.table(*fields)
        places = range(start + 4, start + 4 + 4 * count, 4)
        self.out[start + 4 : start + 4 + 4 * count] = struct.pack(f"<{count}I", *(table - place for place in places))
        return start

    def text(self, text: bytes) -> int:
        return self.vector(text, len(text))

    def finish(self, root: int) -> bytes:
        struct.pack_into("<I", self.out, 0, root)
        return bytes(self.out)


def model(**fields: object) -> bytes:
    """A model with these fields of the root: operator_codes, subgraphs, buffers, metadata, signatures."""
    builder = Builder()
    bound = {name: (lambda make=make: make(builder)) for name, make in fields.items()}
    names = ("operator_codes", "subgraphs", "description", "buffers", "metadata_buffer", "metadata", "signatures")
    return builder.finish(builder.table(3, *(bound.get(name) for name in names)))


def subgraph(builder: Builder, *, tensors: object = None, inputs: object = None) -> int:
    return builder.many(1, tensors, inputs, None, None, None)


def bomb_tensors(builder: Builder) -> int:
    """A million references to one tensor that has a value."""
    named = (lambda: builder.vector(struct.pack("<i", 4), 1), 0, 1, lambda: builder.text(b"t"))
    return subgraph(builder, tensors=lambda: builder.many(1_000_000, *named))


def bomb_inputs(builder: Builder) -> int:
    one = (lambda: builder.vector(struct.pack("<i", 4), 1), 0, 0, lambda: builder.text(b"n" * 4000))
    return subgraph(
        builder,
        tensors=lambda: builder.many(1, *one),
        inputs=lambda: builder.vector(bytes(4 * 60_000), 60_000),
    )


def long_shape(builder: Builder) -> int:
    return builder.vector(struct.pack("<i", (1 << 31) - 1) * 254, 254)


def bomb_shapes(builder: Builder) -> int:
    """Constants and inputs that all refer to one long shape."""
    return subgraph(
        builder,
        tensors=lambda: builder.many(60_000, lambda: long_shape(builder), 0, 1, lambda: builder.text(b"t")),
        inputs=lambda: builder.vector(bytes(4 * 60_000), 60_000),
    )


def bomb_scales(builder: Builder) -> int:
    """A hundred thousand references to a tensor with a hundred thousand scales."""
    scales = (None, None, lambda: builder.vector(struct.pack("<f", 0.5) * 100_000, 100_000), None, None, None, None)
    one = (None, 0, 1, None, lambda: builder.table(*scales))
    return subgraph(builder, tensors=lambda: builder.many(100_000, *one))


def bomb_signatures(builder: Builder) -> int:
    pair = (lambda: builder.text(b"k" * 1000), 0)
    return builder.many(10_000, lambda: builder.many(1000, *pair), None, lambda: builder.text(b"s" * 1000), None, 0)


def one_buffer(builder: Builder) -> int:
    return builder.many(2, lambda: builder.vector(bytes(16), 16))


def bomb_metadata(builder: Builder) -> int:
    return builder.many(100_000, lambda: builder.text(b"CONVERSION_METADATA"), 1)


BOMBS = {
    "tensors": model(subgraphs=bomb_tensors, buffers=one_buffer),
    "inputs": model(subgraphs=bomb_inputs),
    "shapes": model(subgraphs=bomb_shapes, buffers=one_buffer),
    "scales": model(subgraphs=bomb_scales, buffers=one_buffer),
    "signatures": model(subgraphs=subgraph, signatures=bomb_signatures),
    "subgraphs": model(subgraphs=lambda builder: builder.many(1_000_000, None)),
    "operators": model(subgraphs=subgraph, operator_codes=lambda builder: builder.many(1_000_000, 127)),
    "metadata": model(subgraphs=subgraph, metadata=bomb_metadata, buffers=one_buffer),
    "description": model(subgraphs=subgraph, description=lambda builder: builder.text(b"d" * (20 << 20))),
}


MEASURED = """
import sys, time
from tfreg.core.formats.tflite import TfliteFormat
import tfreg.core.formats.tflite_reading
from tfreg.core.inspection_json import encode
from tfreg.core.trees import LocalTree

def peak_kib():  # not ru_maxrss, which a process inherits from the one that started it
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))

tree, before, started = LocalTree(sys.argv[1]), peak_kib(), time.process_time()
inspection = TfliteFormat().inspect(tree)
spent_s = time.process_time() - started
print(spent_s, peak_kib() - before, len(encode(inspection)), *(problem.code for problem in inspection.problems))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_small_files_that_claim_much_are_read_in_part_in_little_time_and_memory(name, tmp_path):
    (tmp_path / "m.tflite").write_bytes(BOMBS[name])
    found = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "m.tflite")], capture_output=True, text=True, check=True, timeout=60
    )
    spent_s, grown_kib, encoded_bytes, *found_codes = found.stdout.split()
    assert float(spent_s) < 20  # half of it on a quiet machine
    assert int(grown_kib) < 64 << 10
    assert int(encoded_bytes) < 4 << 20
    assert set(found_codes) <= CODES_OF_FILES


def test_a_signature_that_names_what_its_subgraph_lacks_is_told():
    content = model(
        subgraphs=subgraph,
        signatures=lambda builder: builder.many(
            1, lambda: builder.many(1, lambda: builder.text(b"x"), 7), None, lambda: builder.text(b"s"), None, 0
        ),
    )
    inspection = read(content)
    assert codes(inspection) == {"TFR201"}
    assert inspection.problems[0].place.signature == "s"


def test_a_value_that_does_not_fit_its_shape_is_told_and_not_listed():
    one = (lambda b: lambda: b.vector(struct.pack("<i", -7), 1), 0, 1)
    content = model(
        subgraphs=lambda b: subgraph(b, tensors=lambda: b.many(1, one[0](b), 0, 1)),
        buffers=one_buffer,
    )
    inspection = read(content)
    assert (inspection.tensors, codes(inspection)) == ((), {"TFR103"})


def test_values_behind_four_gigabytes_are_found(tmp_path):
    start, size_bytes = (4 << 30) + 16, 1 << 20
    places = (None, struct.pack("<Q", start), struct.pack("<Q", size_bytes))
    content = model(
        subgraphs=lambda b: subgraph(
            b, tensors=lambda: b.many(1, lambda: b.vector(struct.pack("<i", size_bytes // 4), 1), 0, 1, lambda: b.text(b"w"))
        ),
        buffers=lambda b: b.many(2, *places),
    )
    with (tmp_path / "large.tflite").open("wb") as file:
        file.write(content)
        file.truncate(start + size_bytes)
    tree = LocalTree(tmp_path / "large.tflite")
    inspection = TfliteFormat().inspect(tree)
    (tensor,) = inspection.tensors
    assert (tensor.name, tensor.offset_bytes, tensor.size_bytes) == ("w", start, size_bytes)
    assert TfliteFormat().tensor_spans(tree, inspection) == {"large.tflite": [Span(start, size_bytes)]}


def test_an_op_of_tensorflow_that_writes_files_is_told():
    custom = (32, lambda builder: lambda: builder.text(b"FlexWriteFile"))
    inspection = read(
        model(subgraphs=subgraph, operator_codes=lambda builder: builder.many(1, custom[0], custom[1](builder), None, None))
    )
    assert inspection.meta_graphs[0].ops == ("FlexWriteFile",)
    assert codes(inspection) == {"TFR301", "TFR401"}


def test_a_buffer_beyond_the_file_is_told():
    content = bytearray((MODELS / "tflite_buffer_offset.tflite").read_bytes())
    inspection = read(bytes(content[: len(content) // 2]))
    assert codes(inspection) & CODES_OF_FILES
