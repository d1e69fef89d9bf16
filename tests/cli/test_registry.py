"""Commands over a registry: the embedded one in a folder of the test, and a server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


class Terminal(io.StringIO):
    """A stdin that somebody types into."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pushed(tfreg: Tfreg) -> Tfreg:
    """`tfreg` over a registry with team/bert:1 (prod) and team/bert:2 (canary)."""
    assert tfreg("push", MODELS / "tf1_saved_model", "team/bert", "--alias", "prod", "--label", "step=900").code == 0
    assert tfreg("push", MODELS / "tf1_sparse", "team/bert", "--alias", "canary").code == 0
    return tfreg


# ---- push ----


def test_a_push_tells_the_version_and_what_was_sent(tfreg: Tfreg) -> None:
    document = tfreg("push", MODELS / "tf1_saved_model", "team/bert", "-o", "json").json
    assert document["reference"] == "team/bert:1"
    assert document["created"] is True
    assert 0 < document["sent_bytes"] <= document["size_bytes"]
    assert document["problems"] == []


def test_the_same_model_again_is_the_same_version_and_sends_nothing(pushed: Tfreg) -> None:
    document = pushed("push", MODELS / "tf1_saved_model", "team/bert", "-o", "json").json
    assert (document["reference"], document["created"], document["sent_bytes"]) == ("team/bert:1", False, 0)


def test_labels_that_a_repeated_push_does_not_store_are_told(pushed: Tfreg) -> None:
    again = ("push", MODELS / "tf1_saved_model", "team/bert", "--label", "step=901")
    assert "not stored: step=901; team/bert:1 keeps the labels of its first push" in pushed(*again).err
    assert pushed(*again, "--quiet").err == ""
    assert pushed(*again, "-o", "json").json["ignored_labels"] == {"step": "901"}


def test_what_may_be_wrong_with_a_model_is_told_on_stderr_unless_quiet(tfreg: Tfreg) -> None:
    assert "TFR204" in tfreg("push", MODELS / "tf1_sparse", "team/bert").err
    assert tfreg("push", MODELS / "tf1_sparse", "team/bert", "--quiet").err == ""


def test_a_broken_model_is_refused_unless_it_is_wanted(tfreg: Tfreg, tmp_path: Path) -> None:
    whole = (MODELS / "tf1_saved_model" / "saved_model.pb").read_bytes()
    (tmp_path / "saved_model.pb").write_bytes(whole[: len(whole) // 2])
    assert tfreg("push", tmp_path, "team/broken").code == 4
    assert tfreg("push", tmp_path, "team/broken", "--allow-broken").code == 0


def test_a_push_that_expects_another_newest_version_is_refused(pushed: Tfreg) -> None:
    ran = pushed("push", MODELS / "tf1_pbtxt", "team/bert", "--expect-newest", 1)
    assert ran.code == 5
    assert "code: VERSION_CONFLICT" in ran.err


def test_attachments_travel_with_the_version(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("one\ntwo\n")
    tfreg("push", MODELS / "tf1_sparse", "team/bert", "--attach", f"vocabulary={tmp_path}/vocab.txt")
    (version,) = tfreg("ls", "team/bert", "-o", "json").json["versions"]
    (attachment,) = version["attachments"]
    assert (attachment["role"], attachment["file_name"], attachment["size_bytes"]) == ("vocabulary", "vocab.txt", 8)
    pulled = tfreg("pull", "team/bert", tmp_path / "out", "--attachments", "-o", "json").json
    assert Path(pulled["attachments"][0]["path"]).read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--alias", "Prod"), "ALIAS_INVALID"),
        (("--label", "step"), "LABEL_INVALID"),
        (("--attach", "vocab.txt"), "ATTACHMENT_INVALID"),
        (("--format", "frozen_graph"), "FORMAT_MISMATCH"),
    ],
)
def test_a_wrong_option_of_push_is_told_with_its_reason(tfreg: Tfreg, options: tuple[str, ...], reason: str) -> None:
    ran = tfreg("push", MODELS / "tf1_sparse", "team/bert", *options)
    assert ran.code == 2
    assert f"code: {reason}" in ran.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("./m", "team/multi:3"), "tfreg gives the numbers: write team/multi, and --alias prod for a name of the version."),
        (("./m", "team/multi@prod"), "Write team/multi --alias prod."),
        (("team/multi", "./m"), "The path comes first: tfreg push ./m team/multi"),
        (("./m", "Team/Multi"), "Upper case is not allowed: write team/multi."),
    ],
    ids=["number", "alias", "swapped", "upper case"],
)
def test_a_wrong_model_of_push_is_told_with_the_right_one(tfreg: Tfreg, words: tuple[str, str], hint: str) -> None:
    ran = tfreg("push", *words)
    assert ran.code == 2
    assert f"next: {hint}" in ran.err


def test_a_model_for_python_only_is_pushed_with_a_note(tfreg: Tfreg) -> None:
    ran = tfreg("push", MODELS / "tf2_no_signatures", "team/python")
    assert "note: no signatures" in ran.err
    assert "tfreg resolve team/python:1" in ran.err
    assert "note:" not in tfreg("push", MODELS / "tf1_sparse", "team/bert").err


def test_labels_and_attachments_are_shown(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("one\ntwo\n")
    attached = ("--attach", f"vocabulary={tmp_path}/vocab.txt", "--label", "step=900")
    tfreg("push", MODELS / "tf1_saved_model", "team/bert", *attached)
    shown = tfreg("show", "team/bert").lines
    assert shown[-4:] == ["labels", "  step  900", "attachments", "  vocabulary  vocab.txt  8 B"]
    listed = tfreg("ls", "team/bert").lines
    assert listed[0].endswith("ATTACHMENTS")
    assert listed[1].endswith(" 1")


# ---- pull ----


def test_a_pull_without_destination_prints_a_path_in_the_cache(pushed: Tfreg, tmp_path: Path) -> None:
    ran = pushed("pull", "team/bert@prod")
    path = Path(ran.lines[0])
    assert path.is_relative_to(tmp_path / "cache")
    assert (path / "saved_model.pb").read_bytes() == (MODELS / "tf1_saved_model" / "saved_model.pb").read_bytes()


def test_a_pull_that_was_damaged_on_the_disk_is_mended_by_verify(pushed: Tfreg) -> None:
    graph = Path(pushed("pull", "team/bert@prod").lines[0]) / "saved_model.pb"
    graph.chmod(0o644)
    graph.write_bytes(b"x" * graph.stat().st_size)
    path = Path(pushed("pull", "team/bert@prod", "--verify").lines[0])
    assert (path / "saved_model.pb").read_bytes() == (MODELS / "tf1_saved_model" / "saved_model.pb").read_bytes()


def test_something_else_at_the_destination_is_left_alone(pushed: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    ran = pushed("pull", "team/bert", tmp_path / "out")
    assert ran.code == 4
    assert "code: DESTINATION_EXISTS" in ran.err


def test_a_file_that_lost_its_ending_is_told(tfreg: Tfreg, tmp_path: Path) -> None:
    tfreg("push", MODELS / "keras_3_sequential_v3.keras", "team/net")
    assert "loaders want .keras" in tfreg("pull", "team/net", tmp_path / "net").err
    assert "loaders want" not in tfreg("pull", "team/net", tmp_path / "net.keras").err
    inside = tfreg("pull", "team/net", f"{tmp_path}/folder/")
    assert "loaders want" not in inside.err
    assert inside.lines[0].endswith(".keras")


# ---- ls ----


def test_models_are_listed_by_the_start_of_their_names(pushed: Tfreg) -> None:
    pushed("push", MODELS / "tf1_sparse", "other/bert")
    assert [model["name"] for model in pushed("ls", "-o", "json").json["models"]] == ["other/bert", "team/bert"]
    assert [model["name"] for model in pushed("ls", "team/", "-o", "json").json["models"]] == ["team/bert"]
    assert [model["name"] for model in pushed("ls", "tea", "-o", "json").json["models"]] == ["team/bert"]


def test_the_versions_of_a_model_are_listed_newest_first(pushed: Tfreg) -> None:
    document = pushed("ls", "team/bert", "-o", "json").json
    assert [(version["number"], version["aliases"]) for version in document["versions"]] == [(2, ["canary"]), (1, ["prod"])]
    assert document["model"]["aliases"] == {"canary": 2, "prod": 1}
    assert document["versions"][1]["labels"] == {"step": "900"}


def test_an_empty_registry_lists_nothing_and_says_how_to_begin(tfreg: Tfreg) -> None:
    ran = tfreg("ls")
    assert (ran.code, ran.out) == (0, "")
    assert "tfreg push" in ran.err
    assert tfreg("ls", "--quiet").err == ""
    assert tfreg("ls", "-o", "json").json == {"models": []}


def test_a_model_that_is_not_there_is_an_error(pushed: Tfreg) -> None:
    assert pushed("ls", "team/bart").code == 3
    assert pushed("ls", "Team/Bert").code == 2


def test_a_model_whose_versions_are_all_deleted_says_so(tfreg: Tfreg) -> None:
    tfreg("push", MODELS / "tf1_sparse", "team/bert")
    assert "team/bert has no aliases" in tfreg("alias", "team/bert").err
    tfreg("rm", "team/bert:1")
    ran = tfreg("ls", "team/bert")
    assert (ran.code, ran.out) == (0, "")
    assert "tfreg ls team/bert --deleted" in ran.err


def test_the_start_of_a_digest_does_not_look_whole(pushed: Tfreg) -> None:
    assert pushed("ls", "team/bert").lines[1].split()[-2].endswith("...")


def test_a_model_of_an_empty_registry_is_told_with_how_to_begin(tfreg: Tfreg) -> None:
    assert "next: The registry has no models yet: push one.\n" in tfreg("show", "team/bert").err


def test_a_start_that_no_name_has_lists_nothing(pushed: Tfreg) -> None:
    ran = pushed("ls", "other/")
    assert (ran.code, ran.out) == (0, "")
    assert "other/" in ran.err


# ---- show and resolve ----


def test_show_tells_the_same_of_a_version_as_of_its_folder(pushed: Tfreg) -> None:
    stored = pushed("show", "team/bert@prod", "-o", "json").json
    local = pushed("show", MODELS / "tf1_saved_model", "-o", "json").json
    assert stored.pop("subject") == "team/bert:1"
    assert stored.pop("artifact_digest").startswith("sha256:")
    assert stored.pop("labels") == {"step": "900"}
    assert stored.pop("fingerprints")["model"].startswith("sha256:")
    for of_a_path in ("subject", "artifact_digest", "labels", "fingerprints"):
        del local[of_a_path]
    assert stored == local


def test_resolve_tells_the_same_of_a_version_as_of_its_folder(pushed: Tfreg) -> None:
    stored = pushed("resolve", "team/bert@prod", "-o", "json").json
    local = pushed("resolve", MODELS / "tf1_saved_model", "-o", "json").json
    for pinned in ("subject", "artifact_digest", "revision"):
        assert stored.pop(pinned)
        del local[pinned]
    assert stored == local


def test_a_known_revision_that_still_holds_is_answered_by_unchanged(pushed: Tfreg) -> None:
    revision = pushed("resolve", "team/bert@prod", "-o", "json").json["revision"]
    again = pushed("resolve", "team/bert@prod", "--known-revision", revision, "-o", "json").json
    assert again["unchanged"] is True
    assert "feeds" not in again
    assert "unchanged" in pushed("resolve", "team/bert@prod", "--known-revision", revision).out


@pytest.mark.parametrize(("form", "comment"), [("java", "// "), ("python", "# ")])
def test_where_a_program_is_asked_for_unchanged_is_a_comment(pushed: Tfreg, form: str, comment: str) -> None:
    revision = pushed("resolve", "team/bert@prod", "-o", "json").json["revision"]
    (line,) = pushed("resolve", "team/bert@prod", "--known-revision", revision, "-o", form).lines
    assert line.startswith(comment)
    assert "unchanged" in line


@pytest.mark.parametrize("form", ["java", "python"])
def test_lines_to_paste_hold_the_names(pushed: Tfreg, form: str) -> None:
    out = pushed("resolve", "team/bert@prod", "-o", form).out
    assert "pred_prob" in out
    assert "input_ids" in out


def test_pull_takes_no_path(tfreg: Tfreg) -> None:
    ran = tfreg("pull", "./x")
    assert ran.code == 2
    assert "next: show and resolve take paths." in ran.err


def test_a_destination_may_begin_with_the_home_folder(pushed: Tfreg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert pushed("pull", "team/bert", "~/q").code == 0
    assert (tmp_path / "home" / "q" / "saved_model.pb").is_file()


@pytest.mark.parametrize("verb", ["show", "resolve"])
def test_a_reference_that_is_not_there_hints_at_the_path_of_that_name(
    tfreg: Tfreg, verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "team" / "bert").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    ran = tfreg(verb, "team/bert")
    assert ran.code == 3
    assert "Write ./team/bert for the local path of that name." in ran.err


def test_a_name_that_breaks_the_grammar_hints_at_the_path_of_that_name(
    tfreg: Tfreg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "My_Model").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = tfreg("show", "My_Model")
    assert ran.code == 2
    assert "Write ./My_Model for the local path" in ran.err


# ---- alias ----


def test_aliases_move_all_or_none(pushed: Tfreg) -> None:
    assert pushed("alias", "team/bert", "prod=2", "canary=7").code == 3
    assert pushed("alias", "team/bert", "-o", "json").json["model"]["aliases"] == {"canary": 2, "prod": 1}
    assert pushed("alias", "team/bert", "prod=2", "canary=1", "-o", "json").json["model"]["aliases"] == {"canary": 1, "prod": 2}


def test_an_alias_can_be_moved_to_where_another_points(pushed: Tfreg) -> None:
    assert pushed("alias", "team/bert", "prod=@canary", "-o", "json").json["model"]["aliases"]["prod"] == 2


def test_an_alias_that_is_not_where_it_was_expected_stays(pushed: Tfreg) -> None:
    assert pushed("alias", "team/bert", "prod=2", "--expect", 2).code == 5
    assert pushed("alias", "team/bert", "prod=2", "--expect", 1).code == 0
    assert pushed("alias", "team/bert", "new=2", "--expect", 0).code == 0


def test_an_alias_can_be_removed_and_its_history_stays(pushed: Tfreg) -> None:
    assert pushed("alias", "team/bert", "--remove", "prod", "-o", "json").json["model"]["aliases"] == {"canary": 2}
    moves = pushed("alias", "team/bert", "--history", "-o", "json").json["alias_moves"]
    assert [(move["alias"], move["from_version"], move["to_version"]) for move in moves] == [
        ("prod", 1, 0),
        ("canary", 0, 2),
        ("prod", 0, 1),
    ]


@pytest.mark.parametrize(
    "arguments", [("prod",), ("prod=",), ("prod=0",), ("prod=two",), ("prod=1", "canary=1", "--expect", "1"), ("--expect", "1")]
)
def test_a_move_that_makes_no_sense_is_refused(pushed: Tfreg, arguments: tuple[str, ...]) -> None:
    assert pushed("alias", "team/bert", *arguments).code == 2


# ---- rm ----


def test_a_deleted_version_is_gone_and_comes_back_by_undo(pushed: Tfreg) -> None:
    pushed("alias", "team/bert", "--remove", "prod")
    assert pushed("rm", "team/bert:1").code == 0
    assert pushed("show", "team/bert:1").code == 3
    deleted = pushed("ls", "team/bert", "--deleted", "-o", "json").json["versions"][1]
    assert deleted["deleted_at"].endswith("Z")
    assert pushed("rm", "--undo", "team/bert:1", "-o", "json").json["version"]["deleted_at"] is None
    assert pushed("show", "team/bert:1").code == 0


def test_a_version_that_an_alias_points_at_is_kept(pushed: Tfreg) -> None:
    ran = pushed("rm", "team/bert@prod")
    assert ran.code == 4
    assert "code: VERSION_ALIASED" in ran.err


def test_purging_asks_and_without_a_terminal_needs_yes(pushed: Tfreg) -> None:
    pushed("alias", "team/bert", "--remove", "prod")
    assert pushed("rm", "team/bert:1", "--purge").code == 2
    assert pushed("rm", "team/bert:1", "--purge", "--yes").code == 0
    assert pushed("rm", "--undo", "team/bert:1").code == 3


def test_purging_is_refused_before_asking_if_an_alias_points_there(pushed: Tfreg) -> None:
    ran = pushed("rm", "team/bert:1", "--purge")
    assert ran.code == 4
    assert "code: VERSION_ALIASED" in ran.err


def test_answering_no_deletes_nothing(pushed: Tfreg, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed("alias", "team/bert", "--remove", "prod")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    ran = pushed("rm", "team/bert:1", "--purge")
    assert ran.code == 130
    assert ran.err.endswith("nothing deleted\n")
    assert pushed("show", "team/bert:1").code == 0


def test_a_digest_of_several_versions_does_not_say_which_to_delete(tfreg: Tfreg) -> None:
    same = ("push", MODELS / "tf1_sparse", "team/bert")
    tfreg(*same)
    tfreg("rm", "team/bert:1")
    tfreg(*same)
    tfreg("rm", "--undo", "team/bert:1")
    digest = tfreg("ls", "team/bert", "-o", "json").json["versions"][0]["artifact_digest"]
    ran = tfreg("rm", f"team/bert@{digest}")
    assert ran.code == 2
    assert "Several versions of team/bert have that digest: 2, 1." in ran.err


@pytest.mark.parametrize("arguments", [("team/bert",), ("--undo", "team/bert@prod"), ("--undo", "--purge", "team/bert:1")])
def test_a_deletion_that_is_not_clear_is_refused(pushed: Tfreg, arguments: tuple[str, ...]) -> None:
    assert pushed("rm", *arguments).code == 2


# ---- version, doctor, server ----


def test_version_tells_client_server_api_and_formats(tfreg: Tfreg) -> None:
    document = tfreg("version", "-o", "json").json
    assert document["server"]["target"] is None
    assert "v1" in document["server"]["api_versions"]
    assert document["server"]["formats"]["saved_model"] == {"resolves": True}
    assert set(tfreg("version", "--client", "-o", "json").json) == {"client"}


def test_a_healthy_registry_has_nothing_to_do(pushed: Tfreg) -> None:
    pushed("pull", "team/bert")
    document = pushed("doctor", "--deep", "-o", "json").json
    assert document["healthy"] is True
    assert {check["state"] for check in document["checks"]} == {"ok"}


def stored_blob(folder: Path) -> Path:
    return next(path for path in sorted((folder / "data" / "tfreg" / "blobs").rglob("*")) if path.is_file())


def test_doctor_finds_a_blob_that_is_gone(pushed: Tfreg, tmp_path: Path) -> None:
    stored_blob(tmp_path).unlink()
    ran = pushed("doctor")
    assert ran.code == 6
    assert any(line.startswith("error  blobs") for line in ran.lines)


def test_doctor_names_the_versions_that_a_damaged_blob_hits_with_one_hint(pushed: Tfreg, tmp_path: Path) -> None:
    for path in (tmp_path / "data" / "tfreg" / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    ran = pushed("doctor", "--quiet")
    assert not [line for line in ran.lines if line.startswith("ok")]
    assert "part of team/bert:2, team/bert:1" in ran.out
    assert ran.out.count("next:") == 1
    assert len(ran.lines) <= 12


def test_doctor_has_nothing_to_say_quietly_of_a_healthy_registry(pushed: Tfreg) -> None:
    assert (pushed("doctor", "-q").code, pushed("doctor", "-q").out) == (0, "")


def test_doctor_finds_changed_bytes_only_by_reading_them(pushed: Tfreg, tmp_path: Path) -> None:
    blob = stored_blob(tmp_path)
    blob.chmod(0o600)
    blob.write_bytes(b"x" * blob.stat().st_size)
    assert pushed("doctor").code == 0
    assert pushed("doctor", "--deep").code == 6


def test_doctor_finds_and_cleans_what_an_unfinished_push_left(pushed: Tfreg, tmp_path: Path) -> None:
    stranger = tmp_path / "data" / "tfreg" / "blobs" / "sha256" / "ab" / f"ab{'0' * 62}"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"left behind")
    ran = pushed("doctor")
    assert ran.code == 0
    assert "tfreg doctor --clean" in ran.out
    cleaned = pushed("doctor", "--clean")
    assert cleaned.code == 0
    assert "1 blob that nothing holds any more removed, 11 B freed" in cleaned.out
    assert not stranger.exists()


def test_doctor_does_not_clean_where_the_catalog_was_lost(pushed: Tfreg, tmp_path: Path) -> None:
    data = tmp_path / "data" / "tfreg"
    for name in ("tfreg.db", "tfreg.db-wal", "tfreg.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "tfreg.db").touch()
    blobs = sorted((data / "blobs").rglob("*"))
    ran = pushed("doctor", "--clean")
    assert ran.code != 0
    assert "knows no versions" in ran.out
    assert sorted((data / "blobs").rglob("*")) == blobs


def test_doctor_finds_a_catalog_that_is_none(pushed: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "data" / "tfreg" / "tfreg.db").write_bytes(b"no database at all" * 100)
    assert pushed("doctor").code == 6


def test_doctor_finds_a_data_folder_that_is_a_file(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert tfreg("doctor", "--data", tmp_path / "file").code == 4


def test_doctor_makes_nothing(tfreg: Tfreg, tmp_path: Path) -> None:
    assert tfreg("doctor", "--data", tmp_path / "nowhere").code == 0
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_damage_in_the_cache(pushed: Tfreg) -> None:
    graph = Path(pushed("pull", "team/bert").lines[0]) / "saved_model.pb"
    graph.chmod(0o644)
    graph.write_bytes(b"damaged")
    states = [(check["name"], check["state"]) for check in pushed("doctor", "--deep", "-o", "json").json["checks"]]
    assert ("cache", "warning") in states


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server over a folder of the test."""
    from tfreg.server.embedded import EmbeddedServer

    with EmbeddedServer(tmp_path / "served") as running:
        yield running.target


@pytest.mark.parametrize("before", [True, False], ids=["before the verb", "after the verb"])
def test_a_server_is_named_before_or_after_the_verb(tfreg: Tfreg, server: str, before: bool) -> None:
    named = ("--server", server)
    words = ("push", MODELS / "tf1_sparse", "team/bert")
    assert tfreg(*named, *words).code == 0 if before else tfreg(*words, *named).code == 0
    assert tfreg("ls", *named, "-o", "json").json["models"][0]["name"] == "team/bert"
    assert tfreg("ls", "-o", "json").json == {"models": []}


def test_the_environment_names_a_server(tfreg: Tfreg, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFREG_SERVER", server)
    assert tfreg("version", "-o", "json").json["server"]["target"] == server
    assert [check["name"] for check in tfreg("doctor", "-o", "json").json["checks"]] == ["server", "cache", "workers"]


def test_a_server_that_is_down_is_told_with_7(tfreg: Tfreg) -> None:
    ran = tfreg("ls", "--server", "127.0.0.1:1")
    assert ran.code == 7
    assert "code: SERVER_UNAVAILABLE" in ran.err


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "127.0.0.1", "127.0.0.1:http", ":"])
def test_an_address_that_is_none_is_refused(tfreg: Tfreg, address: str) -> None:
    assert tfreg("serve", "--listen", address).code == 2


def test_a_port_alone_hints_at_an_address_of_all_interfaces(tfreg: Tfreg) -> None:
    assert "0.0.0.0:7499" in tfreg("serve", "--listen", ":7499").err


def test_serve_and_a_server_make_no_sense_together(tfreg: Tfreg) -> None:
    assert tfreg("serve", "--server", "127.0.0.1:1").code == 2
