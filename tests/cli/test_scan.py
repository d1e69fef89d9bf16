"""`tfreg scan`: what is unsafe in a model, and an exit code that says whether there is anything."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfreg.wire.graph_pb2 import GraphDef

Tfreg = Callable[..., Any]
MODELS = Path(__file__).parents[1] / "fixtures" / "models"


def unsafe_graph(folder: Path, *ops: str) -> Path:
    graph = GraphDef(node=[{"name": "x", "op": "Placeholder"}])
    body = graph.library.function.add()
    body.signature.name = "serve"
    for op in ops:
        body.node_def.add(name=f"at/{op}", op=op)
    path = folder / "g.pb"
    path.write_bytes(graph.SerializeToString())
    return path


def test_a_plain_model_has_nothing_to_tell(tfreg: Tfreg) -> None:
    ran = tfreg("scan", MODELS / "tf1_saved_model")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("saved_model, nothing unsafe found\n")


def test_findings_are_grouped_with_places_and_the_next_step(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("scan", unsafe_graph(tmp_path, "ReadFile", "WriteFile", "PyFunc", "Vendor>Op"))
    assert ran.code == 9
    assert ran.lines[0].endswith("frozen_graph, 4 findings")
    assert [line.split()[0] for line in ran.lines if line.startswith("TFR")] == ["TFR401", "TFR402", "TFR405"]
    assert "  warning in g.pb, function serve, operation at/ReadFile: ReadFile reads a whole file." in ran.lines
    assert sum(line.startswith("  next: ") for line in ran.lines) == 3


def test_the_json_document_has_the_same(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("scan", unsafe_graph(tmp_path, "WriteFile"), "-o", "json")
    assert (ran.code, ran.json["unsafe"], ran.json["format"], ran.json["unread"]) == (9, True, "frozen_graph", [])
    ((finding,),) = [group["findings"] for group in ran.json["groups"]]
    assert finding["place"] == {"file": "g.pb", "operation": "at/WriteFile", "function": "serve", "signature": ""}


def test_remarks_alone_do_not_fail(tfreg: Tfreg, tmp_path: Path) -> None:
    ran = tfreg("scan", unsafe_graph(tmp_path, "PrintV2"))
    assert ran.code == 0
    assert "PrintV2 prints" in ran.out


def test_a_model_that_cannot_be_read_whole_is_not_called_safe(tfreg: Tfreg, tmp_path: Path) -> None:
    whole = (MODELS / "frozen_tf1.pb").read_bytes()
    (tmp_path / "cut.pb").write_bytes(whole[:-20])
    ran = tfreg("scan", tmp_path / "cut.pb")
    assert ran.code == 10
    assert "not all could be read" in ran.lines[0]


def test_a_version_of_the_registry_is_scanned_as_the_path_it_came_from(tfreg: Tfreg, tmp_path: Path) -> None:
    path = unsafe_graph(tmp_path, "ReadFile")
    pushed = tfreg("push", path, "team/unsafe")
    assert pushed.code == 0
    assert "TFR401" in pushed.err
    of_path, of_version = tfreg("scan", path, "-o", "json").json, tfreg("scan", "team/unsafe", "-o", "json").json
    assert of_version["groups"] == of_path["groups"]
    assert "TFR401" in tfreg("show", "team/unsafe").out


def test_a_damaged_member_may_hide_a_lambda(tfreg: Tfreg, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(MODELS / "keras_3_lambda_v3.keras") as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    content = bytearray(path.read_bytes())
    content[content.index(b"Lambda")] ^= 1
    path.write_bytes(content)
    ran = tfreg("scan", path)
    assert ran.code == 10
    assert "config.json" in ran.out


def test_safetensors_have_nothing_that_could_hold_code(tfreg: Tfreg, tmp_path: Path) -> None:
    header = b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"x")
    ran = tfreg("scan", tmp_path / "w.safetensors")
    assert (ran.code, ran.out.endswith("safetensors, nothing unsafe found\n")) == (0, True)


def test_values_that_were_damaged_are_told_by_show_verify_and_refused_by_push(tfreg: Tfreg, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODELS / "tf1_saved_model", folder)
    data = folder / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1] + bytes([data.read_bytes()[-1] ^ 1]))
    assert "TFR107" not in tfreg("show", folder).out
    assert "TFR107" in tfreg("show", folder, "--verify").out
    assert tfreg("push", folder, "team/damaged").code != 0
    assert tfreg("push", folder, "team/damaged", "--allow-broken").code == 0
    assert "TFR107" in tfreg("show", "team/damaged").out
