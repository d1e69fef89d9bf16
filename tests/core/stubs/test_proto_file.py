"""`tfreg stub proto`: files that compile and pass buf's rules, and whose field numbers stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from tfreg.core.bindings import Feed, FeedUse
from tfreg.core.errors import RequestInvalidError
from tfreg.core.locks.lock import LockedModel, LockedSignature
from tfreg.core.stubs.proto_file import default_package, proto_file
from tfreg.core.tensors import TensorSpec

COMMAND = "tfreg stub proto team/x"
BUF_RULES = "version: v2\nlint:\n  use: [STANDARD, COMMENT_FIELD, COMMENT_MESSAGE, COMMENT_RPC, COMMENT_SERVICE]\n"


def model(*inputs: tuple[str, str]) -> LockedModel:
    """A model whose one signature has inputs of these keys and dtypes, each of shape [3]."""
    feeds = tuple(Feed(TensorSpec(key, None, dtype, (3,)), FeedUse.REQUIRED) for key, dtype in inputs)
    return LockedModel("team/x", "team/x", 1, "", "saved_model", "", (LockedSignature("run", "", "", feeds, ()),))


def compiled(folder: Path, *names: str) -> FileDescriptorSet:
    """What protoc makes of files."""
    out = folder / "all.binpb"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--descriptor_set_out={out}", *names]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return FileDescriptorSet.FromString(out.read_bytes())


def messages(folder: Path, text: str) -> dict[str, DescriptorProto]:
    """The messages of one file."""
    (folder / "x.proto").write_text(text, encoding="utf-8")
    (file,) = compiled(folder, "x.proto").file
    return {message.name: message for message in file.message_type}


def numbers(folder: Path, text: str) -> dict[str, int]:
    """The numbers of the request's fields."""
    return {field.name: field.number for field in messages(folder, text)["RunRequest"].field}


def test_every_fixture_with_signatures_compiles_and_passes_bufs_rules(
    signed: dict[str, LockedModel], awkward: LockedModel, tmp_path: Path
) -> None:
    assert len(signed) > 40
    paths = []
    for name, entry in {**signed, "awkward": awkward}.items():
        package = f"m_{name.lower()}.v1" if name != "awkward" else default_package(entry.model)
        path = tmp_path.joinpath(*package.split("."), f"{name.lower()}.proto")
        path.parent.mkdir(parents=True)
        path.write_text(proto_file(entry, COMMAND, package), encoding="utf-8")
        paths.append(str(path.relative_to(tmp_path)))
    assert len(compiled(tmp_path, *paths).file) == len(paths)
    (tmp_path / "buf.yaml").write_text(BUF_RULES)
    buf = Path(sys.executable).with_name("buf")
    for command in (["lint"], ["format", "-d", "--exit-code"]):
        ran = subprocess.run([buf, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def test_it_has_a_method_for_each_signature(signed: dict[str, LockedModel], tmp_path: Path) -> None:
    (tmp_path / "x.proto").write_text(proto_file(signed["tf1_saved_model"], COMMAND, "acme.bert.v1"))
    (file,) = compiled(tmp_path, "x.proto").file
    assert isinstance(file, FileDescriptorProto)
    (service,) = file.service
    assert (file.package, service.name) == ("acme.bert.v1", "Tf1SavedModelService")
    assert [(method.name, method.input_type) for method in service.method] == [
        ("Features", ".acme.bert.v1.FeaturesRequest"),
        ("ServingDefault", ".acme.bert.v1.ServingDefaultRequest"),
    ]


def test_open_sizes_are_told_beside_the_elements_and_fixed_ones_are_not(signed: dict[str, LockedModel], tmp_path: Path) -> None:
    found = messages(tmp_path, proto_file(signed["saved_model_defaults"], COMMAND))
    assert [field.name for field in found["ServingDefaultRequest"].field] == ["x", "factor"]
    found = messages(tmp_path, proto_file(signed["tf1_saved_model"], COMMAND))
    assert [(field.name, field.number) for field in found["ServingDefaultResponse"].field] == [
        ("label", 1), ("label_shape", 2), ("probabilities", 3), ("probabilities_shape", 4),
    ]  # fmt: skip


def test_dtypes_have_the_scalars_that_fit_and_the_rest_are_bytes(signed: dict[str, LockedModel], tmp_path: Path) -> None:
    found = messages(tmp_path, proto_file(signed["tf2_bf16_string"], COMMAND))["ServingDefaultResponse"]
    kinds = {field.name: (field.type, field.label == FieldDescriptorProto.LABEL_REPEATED) for field in found.field}
    assert kinds == {
        "b": (FieldDescriptorProto.TYPE_INT32, True),
        "c": (FieldDescriptorProto.TYPE_BYTES, False),
        "d": (FieldDescriptorProto.TYPE_DOUBLE, False),
        "e": (FieldDescriptorProto.TYPE_FLOAT, True),
        "fixed": (FieldDescriptorProto.TYPE_BYTES, False),
        "flags": (FieldDescriptorProto.TYPE_BOOL, True),
        "names": (FieldDescriptorProto.TYPE_BYTES, True),
        "suffix": (FieldDescriptorProto.TYPE_BYTES, True),
        "sum": (FieldDescriptorProto.TYPE_BYTES, False),
        "u": (FieldDescriptorProto.TYPE_UINT64, True),
        "y": (FieldDescriptorProto.TYPE_BYTES, False),
    }


def test_fields_keep_their_numbers_when_it_is_written_again(awkward: LockedModel, tmp_path: Path) -> None:
    before = proto_file(awkward, COMMAND)
    assert proto_file(awkward, COMMAND, before=before) == before


def test_a_new_field_gets_a_new_number_and_a_field_that_is_gone_leaves_its_own_reserved(tmp_path: Path) -> None:
    first = proto_file(model(("a", "float32"), ("b", "int32"), ("d", "bool")), COMMAND)
    second = proto_file(model(("a", "float32"), ("c", "int64"), ("d", "bool")), COMMAND, before=first)
    assert numbers(tmp_path, second) == {"a": 1, "d": 3, "c": 4}
    request = messages(tmp_path, second)["RunRequest"]
    assert ([gone.start for gone in request.reserved_range], list(request.reserved_name)) == ([2], ["b"])
    third = proto_file(model(("a", "float32"), ("b", "int32")), COMMAND, before=second)
    assert numbers(tmp_path, third) == {"a": 1, "b": 5}
    request = messages(tmp_path, third)["RunRequest"]
    assert [gone.start for gone in request.reserved_range] == [2, 3, 4]
    assert list(request.reserved_name) == ["c", "d"]


def test_a_field_of_another_type_is_another_field(tmp_path: Path) -> None:
    first = proto_file(model(("a", "float32"), ("b", "int32")), COMMAND)
    second = proto_file(model(("a", "int64"), ("b", "int32")), COMMAND, before=first)
    assert numbers(tmp_path, second) == {"a": 3, "b": 2}
    assert "  reserved 1;\n" in second


def test_reserved_ranges_and_hand_written_comments_are_understood(tmp_path: Path) -> None:
    before = """syntax = "proto3";
    /* message RunRequest { int32 no = 99; } */
message RunRequest {
  reserved 2, 4 to 6; // float x = 50;
  reserved "old";
  repeated float a = 3; // kept
}
"""
    assert numbers(tmp_path, proto_file(model(("a", "float32"), ("b", "int32")), COMMAND, before=before)) == {"a": 3, "b": 7}


def test_what_protobuf_keeps_for_itself_is_not_given(tmp_path: Path) -> None:
    before = "message RunRequest {\n  reserved 18999;\n}\n"
    assert numbers(tmp_path, proto_file(model(("a", "float32")), COMMAND, before=before)) == {"a": 20000}


def test_a_package_must_be_one() -> None:
    with pytest.raises(RequestInvalidError, match="package"):
        proto_file(model(), COMMAND, "acme..bert")
    assert default_package("team/Bert-large.2") == "team.bert_large_2.v1"
