"""Files of PyTorch: recognised by their members, their pickles walked, their tensors places to cut at."""

from __future__ import annotations

import io
import os
import pickle
import zipfile

import pytest

from tfreg.core.errors import NoGraphError, NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.trees import LocalTree, MemoryTree


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/never",)


def archive(*, method: int = zipfile.ZIP_STORED, script: bool = False, prefix: str = "model/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as found:
        found.writestr(f"{prefix}data.pkl", pickle.dumps([Command(), list(range(300))], 2))
        if script:
            found.writestr(f"{prefix}constants.pkl", pickle.dumps((), 2))
        found.writestr(f"{prefix}data/0", b"\1" * 40_000)
        found.writestr(f"{prefix}version", "3\n")
    return out.getvalue()


def inspect(content: bytes) -> Inspection:
    tree = MemoryTree({"model.pt": content})
    found = recognise(tree)
    assert found.name == "pytorch"
    return found.inspect(tree)


LEGACY = b"".join(
    pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {"w": Command()}, ["0"])
) + bytes(100)


@pytest.mark.parametrize("content", [archive(), archive(method=zipfile.ZIP_DEFLATED), LEGACY])
def test_what_its_pickle_imports_is_named(content):
    inspection = inspect(content)
    assert [problem.code for problem in inspection.problems] == ["TFR404", "TFR109"]
    assert "system" in inspection.problems[0].message


def test_kinds_are_told():
    assert inspect(archive()).facts["pytorch.kind"] == "state or model saved by torch.save"
    assert inspect(archive(script=True)).facts["pytorch.kind"] == "TorchScript"
    assert "1.6" in inspect(LEGACY).facts["pytorch.kind"]


def test_files_are_cut_at_their_tensors():
    content = archive()
    tree = MemoryTree({"model.pt": content})
    ((span,),) = recognise(tree).tensor_spans(tree, recognise(tree).inspect(tree)).values()
    assert content[span.offset_bytes : span.offset_bytes + span.length_bytes] == b"\1" * 40_000


def test_another_zip_is_none():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as found:
        found.writestr("a.txt", "a")
    with pytest.raises(NotAModelError):
        inspect(out.getvalue())


def test_it_has_no_graph_and_says_so():
    tree = MemoryTree({"model.pt": archive()})
    with pytest.raises(NoGraphError, match="PyTorch"):
        recognise(tree).graph(tree, 0)


@pytest.mark.parametrize("content", [archive(), LEGACY])
def test_cut_off_and_changed_ones_are_told_or_refused(content):
    for position in [*range(300), *range(len(content) - 400, len(content))]:
        for changed in (content[:position], content[:position] + b"\xff" + content[position + 1 :]):
            tree = MemoryTree({"model.pt": changed})
            try:
                found = recognise(tree)
            except NotAModelError:
                continue
            found.tensor_spans(tree, found.inspect(tree))


@pytest.mark.parametrize("name", ["stranger_torch_zip.pt", "stranger_torch_legacy.pth", "stranger_torchscript.pt"])
def test_fixtures_are_of_it(models, name):
    tree = LocalTree(models / name)
    assert recognise(tree).name == "pytorch"
    found = recognise(tree).inspect(tree)
    assert [problem.code for problem in found.problems] == ["TFR404", "TFR109"]
    assert "torch._utils._rebuild_tensor_v2" in found.facts["pytorch.globals"]
