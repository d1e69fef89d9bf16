"""Pickles are walked and never loaded: what they would import is named."""

from __future__ import annotations

import gzip
import os
import pickle
import pickletools
import zlib

import pytest

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.pickle_scan import scan_pickle
from tfreg.core.diagnostics import Severity
from tfreg.core.errors import NoGraphError, NotAModelError
from tfreg.core.formats.pickle_safety import is_dangerous
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.trees import BytesReader, MemoryTree


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/never",)


class Harmless:
    pass


OBJECTS = {"weights": [1.5, 2**70, b"x" * 1000, "y" * 5000, None, True, {1, 2}, frozenset({3}), ("a", 1)], "object": Harmless()}


def inspect(content: bytes, name: str = "model.pkl") -> Inspection:
    tree = MemoryTree({name: content})
    found = recognise(tree)
    assert found.name == "pickle"
    return found.inspect(tree)


def walked(content: bytes, **limits: int):
    return scan_pickle(BytesReader(content), 0, len(content), **limits)


@pytest.mark.parametrize("protocol", range(6))
def test_a_command_in_a_pickle_of_any_protocol_is_named(protocol):
    inspection = inspect(pickle.dumps([OBJECTS, Command()], protocol))
    problem = inspection.problems[0]
    assert (problem.code, problem.severity) == ("TFR404", Severity.WARNING)
    assert f"{os.system.__module__}.system" in problem.message
    assert "names what does" in problem.message


@pytest.mark.parametrize("protocol", range(6))
def test_all_opcodes_are_walked_to_the_end(protocol):
    content = pickle.dumps(OBJECTS, protocol)
    found = walked(content)
    assert found.fault is None
    assert found.end == len(content)
    assert found.opcode_count == len(list(pickletools.genops(content)))
    assert any(name.endswith("test_pickle_file.Harmless") for name in found.globals)


def test_every_opcode_of_the_standard_library_is_known():
    for opcode in pickletools.opcodes:
        found = walked(opcode.code.encode("latin-1") + b"\0" * 8 + b"\n\n.")
        assert not found.fault or "no opcode" not in found.fault.message or found.opcode_count, opcode.name


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_a_packed_pickle_is_one_too(pack):
    inspection = inspect(pack(pickle.dumps(Command())), "model.joblib")
    assert inspection.facts["pickle.compressed"] == "true"
    assert "system" in inspection.problems[0].message


def test_a_module_is_dangerous_with_all_below_it_and_a_name_by_itself():
    assert is_dangerous("os.system")
    assert is_dangerous("os.path.join")
    assert is_dangerous("builtins.eval")
    assert not is_dangerous("builtins.set")
    assert not is_dangerous("osmosis.system")


@pytest.mark.parametrize("name", ["stranger_pickle.pkl", "stranger_pickle_old.pkl", "stranger_joblib.joblib"])
def test_fixtures_are_pickles(models, name):
    inspection = inspect((models / name).read_bytes(), name)
    assert inspection.facts["pickle.globals"]
    assert (inspection.problems[0].code, inspection.problems[-1].code) == ("TFR404", "TFR109")


@pytest.mark.parametrize("content", [b"N.", b"a text.", b".", b"(lp0\n."])
def test_short_texts_are_none(content):
    with pytest.raises(NotAModelError):
        inspect(content)


def test_it_has_no_graph_and_says_so():
    tree = MemoryTree({"model.pkl": pickle.dumps(OBJECTS)})
    with pytest.raises(NoGraphError, match="Python objects"):
        recognise(tree).graph(tree, 0)
    assert recognise(tree).tensor_spans(tree, recognise(tree).inspect(tree)) == {}


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_cut_off_anywhere_is_told_or_refused(protocol):
    content = pickle.dumps([OBJECTS, Command()], protocol)
    for cut in range(len(content)):
        assert walked(content[:cut]).fault is not None
        try:
            inspection = inspect(content[:cut])
        except NotAModelError:
            continue
        assert "TFR104" in {problem.code for problem in inspection.problems}


def test_flipped_bytes_never_raise_anything_else():
    content = pickle.dumps([OBJECTS, Command()], 4)
    for position in range(0, len(content), 3):
        for value in (0, 0x2E, 0x63, 0x93, 0xFF):
            changed = bytearray(content)
            changed[position] = value
            found = walked(bytes(changed))
            assert found.fault is None or isinstance(found.fault, CodecError)


def test_a_claim_of_many_bytes_is_no_allocation():
    found = walked(b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little") + b"x")
    assert "passes the end" in found.fault.message


def test_many_opcodes_stop_at_a_limit():
    found = walked(b"\x80\x02" + b"N0" * 1_000_000 + b".")
    assert isinstance(found.fault, LimitError)


def test_a_bomb_is_unpacked_in_part_only():
    bomb = zlib.compress(b"\x80\x04]" + b"N" * (30 << 20) + b"e.", 1)
    inspection = inspect(bomb)
    assert "TFR104" in {problem.code for problem in inspection.problems}


def test_ten_thousand_long_lines_are_walked_over():
    content = b"(" + b"".join(b"S'" + b"x" * 5000 + b"'\n" for _ in range(1000)) + b"t."
    found = walked(content)
    assert (found.fault, found.opcode_count) == (None, 1003)
