"""Conversions over the wire: what goes in comes out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.conversions.options import (
    ConversionOptions,
    InputShape,
    NamedTensor,
    Renamed,
    VariableKey,
    encode,
)
from tfreg.core.conversions.records import Conversion, Derived, Job
from tfreg.core.conversions.requests import AttachedFile, ConversionInput, ConversionRequest, UploadedFiles
from tfreg.core.conversions.results import (
    Check,
    CheckState,
    JobFailure,
    JobState,
    MappedName,
    Progress,
    Provenance,
    Result,
    WeightMatch,
    WeightMatches,
)
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.digests import digest_of
from tfreg.core.inspections import Signature
from tfreg.core.layouts import FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import parse_model_name, parse_reference
from tfreg.core.records import DeclaredSignature
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.translate.conversion_requests import options_from_proto, options_to_proto, request_from_proto, request_to_proto
from tfreg.translate.conversions import conversion_from_proto, conversion_to_proto, job_from_proto, job_to_proto

TEXT = st.text(min_size=1, max_size=5)
NAMED = st.builds(NamedTensor, TEXT, st.text(max_size=5))
MANY = st.lists(NAMED, max_size=3).map(tuple)
OPTIONS = st.builds(
    ConversionOptions,
    signature=st.text(max_size=5),
    tags=st.lists(TEXT, max_size=2).map(tuple),
    inputs=MANY,
    outputs=MANY,
    shapes=st.lists(
        st.builds(InputShape, TEXT, st.lists(st.none() | st.integers(0, 1000), max_size=4).map(tuple)), max_size=2
    ).map(tuple),
    renamed=st.lists(st.builds(Renamed, TEXT, TEXT), max_size=2).map(tuple),
    placeholders=MANY,
    clear_devices=st.booleans(),
    keep_variables=st.lists(TEXT, max_size=2).map(tuple),
    variable_keys=st.lists(st.builds(VariableKey, TEXT, TEXT), max_size=2).map(tuple),
    ema=st.booleans(),
    quantize=st.sampled_from(["", "float16", "int8"]),
    partial=st.booleans(),
    new_tags=st.lists(TEXT, max_size=2).map(tuple),
)


@given(OPTIONS)
def test_options_come_back(options: ConversionOptions) -> None:
    assert options_from_proto(options_to_proto(options)) == options


def test_every_option_has_a_field_of_its_own_name() -> None:
    assert {field.name for field in options_to_proto(ConversionOptions()).DESCRIPTOR.fields} == set(
        ConversionOptions.__dataclass_fields__
    )


def test_a_request_comes_back() -> None:
    file = ManifestFile("graph.pb", 3, digest_of(b"abc"))
    files = UploadedFiles(manifest_of([file]), (FileLayout("graph.pb", (InlineExtent(b"abc"),)),), "lease")
    request = ConversionRequest(
        parse_reference("team/m:3"),
        "frozen_graph",
        ConversionOptions(ema=True),
        (
            ConversionInput("graph", files),
            ConversionInput("samples", AttachedFile("samples")),
            ConversionInput("architecture", parse_reference("team/arch")),
        ),
    )
    assert request_from_proto(request_to_proto(request)) == request


def test_a_conversion_comes_back() -> None:
    spec = TensorSpec("x", TensorRef("x", 0), "float32", (None, 3))
    provenance = Provenance(
        digest_of(b"s"),
        "saved_model",
        "frozen_graph",
        ("saved_model_to_frozen_graph",),
        encode(ConversionOptions(signature="s")),
        {"graph": digest_of(b"g")},
        {"tfreg": "1"},
    )
    derived = Derived(
        digest_of(b"r"),
        "frozen_graph",
        12,
        "",
        provenance,
        Result(
            (
                MappedName("s", "x", is_output=False, before=TensorRef("a"), after=TensorRef("x"), tensor_index=0, new_key="y"),
                MappedName("s", "label", is_output=False, before=TensorRef("label"), pruned="no output depends on it"),
            ),
            WeightMatches("name", (WeightMatch("w", "w:0"),), ("b",), ("c",), ("d",)),
            (Diagnostic("TFR501", Severity.INFO, "left out", "hint"),),
        ),
        (DeclaredSignature((), Signature("s", "m", (spec,), (spec,)), ("init_all_tables",)),),
        Check(CheckState.EQUAL, "", 1e-8, 1e-6, "generated", 1_700_000_000_000),
        created_at_ms=1_700_000_000_000,
    )
    conversion = Conversion(parse_model_name("team/m"), 3, derived)
    assert conversion_from_proto(conversion_to_proto(conversion)) == conversion


def test_a_job_comes_back() -> None:
    job = Job(
        "id",
        "",
        parse_model_name("team/m"),
        3,
        "tflite",
        JobState.FAILED,
        Progress("saved_model_to_tflite", 0.5, "at it"),
        JobFailure("RESOURCE_EXHAUSTED", "WORKER_FAILED", "It crashed.", "Again.", {"limit": "memory"}),
        created_at_ms=1_000,
        ended_at_ms=2_000,
    )
    assert job_from_proto(job_to_proto(job)) == job
