"""RegisterRuntime and Diagnose over the wire, and what a runtime changes for Resolve, on every kind of stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfreg.app.runtimes import forget_unused
from tfreg.core.digests import digest_of
from tfreg.core.runtimes.known import known_runtime
from tfreg.translate.runtimes import profile_to_proto
from tfreg.v1 import bindings_pb2, capabilities_pb2
from tfreg.v1.diagnostics_pb2 import SEVERITY_ERROR

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
PROFILE, OPS = known_runtime("tensorflow-java-1.1.0")


def files_of(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def registration(op_list: bytes = OPS, **fields: Any) -> capabilities_pb2.RegisterRuntimeRequest:
    profile = profile_to_proto(PROFILE)
    for name, value in fields.items():
        profile.ClearField(name)
        profile.MergeFrom(capabilities_pb2.RuntimeProfile(**{name: value}))
    return capabilities_pb2.RegisterRuntimeRequest(profile=profile, op_list=op_list)


def question(reference: str = "m", runtime: str = PROFILE.digest, **fields: Any) -> bindings_pb2.DiagnoseRequest:
    return bindings_pb2.DiagnoseRequest(reference=reference, runtime=runtime, **fields)


@pytest.fixture
def registered(caller):
    """A caller whose runtime the server knows."""
    assert caller.capabilities.RegisterRuntime(registration()).runtime == PROFILE.digest
    return caller


def test_the_list_of_ops_is_asked_for_once(caller) -> None:
    first = caller.capabilities.RegisterRuntime(registration(b""))
    assert (first.runtime, first.op_list_needed) == ("", True)
    taken = caller.capabilities.RegisterRuntime(registration())
    assert (taken.runtime, taken.op_list_needed) == (PROFILE.digest, False)
    again = caller.capabilities.RegisterRuntime(registration(b""))
    assert (again.runtime, again.op_list_needed) == (PROFILE.digest, False)
    other = caller.capabilities.RegisterRuntime(registration(b"", tensorflow_version="2.18.1"))
    assert other.runtime not in ("", PROFILE.digest)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (registration(b"no list"), "RUNTIME_INVALID"),
        (registration(b"no list", op_list_digest=digest_of(b"no list")), "RUNTIME_INVALID"),
        (registration(b"", op_list_digest="sha256:0"), "RUNTIME_INVALID"),
        (registration(name=""), "RUNTIME_INVALID"),
        (registration(name="two\nlines"), "RUNTIME_INVALID"),
        (registration(tensorflow_version="2" * 1000), "RUNTIME_INVALID"),
        (registration(formats=[]), "RUNTIME_INVALID"),
        (registration(formats=["saved_model", "saved_model"]), "RUNTIME_INVALID"),
        (registration(formats=["savedmodel"]), "RUNTIME_INVALID"),
        (registration(b"x" * ((8 << 20) + 1)), "LIMIT_EXCEEDED"),
    ],
    ids=["digest", "list", "no digest", "nameless", "name", "version", "no formats", "twice", "format", "large"],
)
def test_what_is_no_runtime_is_refused_with_the_next_step(caller, request_, reason) -> None:
    failure = caller.failure(caller.capabilities.RegisterRuntime, request_)
    assert failure.reason == reason
    assert failure.hint


def test_what_does_not_fit_is_told_by_op_node_and_function(registered) -> None:
    registered.push("m", files_of(MODELS / "unfit_branch"))
    found = registered.bindings.Diagnose(question())
    assert (found.model, found.version, found.format, found.fits) == ("m", 1, "saved_model", False)
    (finding,) = found.diagnostics
    assert (finding.code, finding.severity, finding.operation) == ("TFR304", SEVERITY_ERROR, "cond/DecodeWebP")
    assert finding.function.startswith("cond_true_")
    assert registered.bindings.Diagnose(question()) == found
    assert found.artifact_digest == registered.bindings.Diagnose(question(f"m@{found.artifact_digest}")).artifact_digest


def test_a_model_that_the_runtime_runs_fits(registered, saved_model) -> None:
    registered.push("m", saved_model)
    found = registered.bindings.Diagnose(question())
    assert (found.fits, list(found.diagnostics)) == (True, [])


def test_a_format_that_the_runtime_does_not_load_is_told_with_the_way_to_one_that_it_does(registered) -> None:
    registered.push("m", files_of(MODELS / "same_keras_v3.keras"))
    found = registered.bindings.Diagnose(question())
    assert (found.fits, found.format, [one.code for one in found.diagnostics]) == (False, "keras_v3", ["TFR307"])
    assert "tfreg convert m:1 --to saved_model" in found.diagnostics[0].hint


def test_the_tag_set_that_is_named_is_looked_at(registered) -> None:
    registered.push("m", files_of(MODELS / "tf1_multi_tag"))
    assert registered.bindings.Diagnose(question(tags=["gpu", "serve"])).fits
    assert registered.failure(registered.bindings.Diagnose, question(tags=["mobile"])).reason == "TAG_SET_NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"runtime": digest_of(b"another")}, "RUNTIME_NOT_FOUND"),
        ({"runtime": ""}, "RUNTIME_NOT_FOUND"),
        ({"runtime": "tensorflow-java"}, "RUNTIME_NOT_FOUND"),
        ({"reference": "other"}, "MODEL_NOT_FOUND"),
        ({"formats": ["frozen_graph"]}, "FORMAT_NOT_STORED"),
        ({"formats": ["frozen"]}, "FORMAT_UNKNOWN"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_question_without_answer_is_refused_with_the_next_step(registered, saved_model, fields, reason) -> None:
    registered.push("m", saved_model)
    failure = registered.failure(registered.bindings.Diagnose, question(**fields))
    assert (failure.reason, bool(failure.hint)) == (reason, True)


def test_resolve_takes_the_formats_of_the_runtime(registered, saved_model) -> None:
    registered.push("m", saved_model)
    resolve, runtime = registered.bindings.Resolve, PROFILE.digest
    answer = resolve(bindings_pb2.ResolveRequest(reference="m", runtime=runtime)).binding
    assert answer.format == "saved_model"
    assert answer == resolve(bindings_pb2.ResolveRequest(reference="m")).binding
    registered.push("k", files_of(MODELS / "tflite_keras_float.tflite"))
    refused = registered.failure(resolve, bindings_pb2.ResolveRequest(reference="k", runtime=runtime))
    assert (refused.reason, "tfreg convert" in refused.hint) == ("FORMAT_NOT_STORED", True)
    own = bindings_pb2.ResolveRequest(reference="k", runtime=runtime, formats=["tflite"])
    assert resolve(own).binding.format == "tflite"
    unknown = bindings_pb2.ResolveRequest(reference="m", runtime=digest_of(b"another"))
    assert registered.failure(resolve, unknown).reason == "RUNTIME_NOT_FOUND"


def test_a_runtime_that_nobody_asked_with_is_forgotten_and_registered_again(registered, stores) -> None:
    from dataclasses import replace

    later = replace(stores, clock=lambda: stores.clock() + 91 * 24 * 3600 * 1000)
    assert forget_unused(stores) == 0
    assert forget_unused(later) == 1
    assert registered.failure(registered.bindings.Diagnose, question()).reason == "RUNTIME_NOT_FOUND"
    assert registered.capabilities.RegisterRuntime(registration(b"")).op_list_needed
    assert registered.capabilities.RegisterRuntime(registration()).runtime == PROFILE.digest
