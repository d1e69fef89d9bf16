"""Every value that travels comes back as it was sent."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.bindings import Binding, BindingQuery, Feed, Resolved
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.digests import Digest, digest_of
from tfreg.core.events import Event, EventGroup, EventKind, Watched
from tfreg.core.graphs.listing import ListedNode
from tfreg.core.inspections import Inspection, KerasModel, Layer, MetaGraph, Saver, Signature, Subgraph
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import Alias, ModelName, Reference
from tfreg.core.records import (
    AliasMove,
    AliasMoved,
    ArtifactRecord,
    AttachmentRecord,
    BlobRef,
    Capabilities,
    DeclaredSignature,
    Fingerprints,
    Inspected,
    Lease,
    Limits,
    ModelRecord,
    NewVersion,
    Pushed,
    SignatureDeclaration,
    Signed,
    StoredArtifact,
    VersionRecord,
)
from tfreg.core.signing.request import SignatureRequest
from tfreg.core.tensors import Part, Quantization, StoredTensor, TensorRef, TensorSpec
from tfreg.core.values.selection import Selection, ValueHeader
from tfreg.translate import (
    artifacts,
    bindings,
    blobs,
    capabilities,
    diagnostics,
    events,
    inspections,
    nodes,
    registry,
    signing,
    stored_tensors,
    tensor_values,
    tensors,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
counts = st.integers(0, 2**31 - 1)
sizes = st.integers(0, 2**53 - 1)
times = st.integers(0, 4_000_000_000_000)
digests = st.binary(max_size=4).map(digest_of)
models = st.sampled_from(["a", "team/bert", "a/b/c/d"]).map(ModelName)
aliases = st.sampled_from(["prod", "canary", "v1.2"]).map(Alias)
names = st.sampled_from(["saved_model.pb", "labels.txt", "ä.bin"])
refs = st.builds(TensorRef, text, counts)
shapes = st.none() | st.lists(st.none() | st.integers(0, 2**40), max_size=3).map(tuple)


def tuples(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


@st.composite
def specs(draw: st.DrawFn, depth: int = 1) -> TensorSpec:
    has_shape = draw(st.booleans())
    components = draw(tuples(specs(depth=0))) if depth else ()
    shape = draw(shapes) if has_shape else None
    index = draw(st.none() | counts)
    quantization = draw(st.none() | st.just(Quantization((0.5,), (3,))))
    return TensorSpec(
        draw(text), draw(st.none() | refs), draw(text), shape, has_shape, components, draw(text), index, quantization
    )


blob_extents = st.builds(BlobExtent, digests, st.integers(0, 2**40), st.integers(1, 2**40))
extents = blob_extents | st.binary(min_size=1, max_size=8).map(InlineExtent)


@st.composite
def files_with_layouts(draw: st.DrawFn, path: st.SearchStrategy[str] = names) -> tuple[ManifestFile, FileLayout]:
    layout = FileLayout(draw(path), draw(tuples(extents)))
    return ManifestFile(layout.path, layout.size_bytes, draw(digests)), layout


@st.composite
def artifact_records(draw: st.DrawFn) -> ArtifactRecord:
    pairs = draw(st.lists(files_with_layouts(), min_size=1, max_size=3, unique_by=lambda pair: pair[0].path))
    manifest = manifest_of(file for file, _ in pairs)
    by_path = {layout.path: layout for _, layout in pairs}
    return ArtifactRecord(manifest.digest(), draw(text), manifest, tuple(by_path[file.path] for file in manifest.files))


attachment_records = st.builds(lambda role, pair: AttachmentRecord(role, *pair), text, files_with_layouts())
bare_attachments = attachment_records.map(
    lambda attachment: AttachmentRecord(attachment.role, attachment.file, FileLayout(attachment.file.path, ()))
)
known_shapes = st.lists(sizes, max_size=3).map(tuple)
scales = st.lists(st.floats(width=32, allow_nan=False), max_size=2).map(tuple)
quantizations = st.builds(Quantization, scales, tuples(st.integers(-(2**31), 2**31)), st.integers(0, 3))
stored_tensor_values = st.builds(
    StoredTensor,
    text,
    text,
    known_shapes,
    text,
    sizes,
    sizes,
    path=text,
    trainable=st.none() | st.booleans(),
    part=st.none() | st.builds(Part, text, known_shapes, known_shapes),
    quantization=st.none() | quantizations,
    digest=text,
)
labels = st.dictionaries(text, text, max_size=2)

for value, strategy in {
    TensorSpec: specs(),
    TensorRef: refs,
    ModelName: models,
    Alias: aliases,
    Digest: digests,
}.items():
    st.register_type_strategy(value, strategy)

layers = st.builds(Layer, text, text, text, st.none() | sizes, st.booleans(), text, shapes, tuples(text))
keras_models = st.builds(
    KerasModel,
    text,
    text,
    tuples(specs()),
    tuples(specs()),
    tuples(layers),
    st.none() | sizes,
    st.none() | sizes,
    text,
    labels,
    tuples(text),
)
found_diagnostics = st.builds(Diagnostic)
signatures = st.builds(Signature, text, text, tuples(specs()), tuples(specs()), st.booleans(), st.booleans())
declared_signatures = st.builds(DeclaredSignature, tuples(text), signatures, tuples(text), tuples(text), st.booleans())
inspection_values = st.builds(
    Inspection,
    format=text,
    meta_graphs=tuples(
        st.builds(
            MetaGraph,
            producer=counts,
            node_count=sizes,
            function_count=sizes,
            saver=st.none() | st.builds(Saver, refs, st.none() | refs, text, text, st.booleans()),
        )
    ),
    tensors=st.just(()),
    facts=labels,
    keras=st.none() | keras_models,
    subgraphs=tuples(st.builds(Subgraph, text, tuples(specs()), tuples(specs()), sizes, sizes)),
    inspector_version=counts,
    labels=st.just({}),
)
versions = st.builds(
    VersionRecord,
    model=models,
    number=sizes,
    artifact_digest=digests,
    format=text,
    size_bytes=sizes,
    created_at_ms=times,
    additions=sizes,
    aliases=tuples(aliases),
    attachments=tuples(bare_attachments),
    labels=labels,
    deleted_at_ms=st.none() | times,
)
model_records = st.builds(
    ModelRecord,
    name=models,
    newest_version=sizes,
    version_count=sizes,
    aliases=st.dictionaries(aliases, sizes, max_size=3),
    created_at_ms=times,
    sequence=sizes,
)
moves = st.builds(AliasMove, aliases, sizes, st.none() | sizes)
resolved = st.builds(
    Resolved,
    model=models,
    version=sizes,
    revision=text,
    artifact_digest=digests,
    binding=st.builds(
        Binding,
        feeds=tuples(st.builds(Feed, tensor=specs())),
        fetches=tuples(specs()),
        signature_fingerprint=text,
        loader_tags=tuples(text),
    ),
)

CASES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "a tensor reference": (refs, tensors.ref_to_proto, tensors.ref_from_proto),
    "a shape": (shapes, tensors.shape_to_proto, tensors.shape_from_proto),
    "a tensor spec": (specs(), tensors.spec_to_proto, tensors.spec_from_proto),
    "a diagnostic": (found_diagnostics, diagnostics.diagnostic_to_proto, diagnostics.diagnostic_from_proto),
    "a stored artifact": (
        st.builds(StoredArtifact, models, sizes, artifact_records(), tuples(attachment_records)),
        artifacts.stored_artifact_to_proto,
        artifacts.stored_artifact_from_proto,
    ),
    "a stored tensor": (stored_tensor_values, stored_tensors.stored_tensor_to_proto, stored_tensors.stored_tensor_from_proto),
    "a tensor to read": (
        st.builds(Selection, text, tuples(sizes), tuples(st.just(-1) | sizes)),
        tensor_values.selection_to_proto,
        tensor_values.selection_from_proto,
    ),
    "the header of a value": (
        st.builds(ValueHeader, text, text, known_shapes, st.none() | sizes),
        tensor_values.header_to_proto,
        tensor_values.header_from_proto,
    ),
    "a node": (
        st.builds(ListedNode, text, text, tuples(text), text, text, tuples(specs()), st.dictionaries(text, text, max_size=2)),
        nodes.node_to_proto,
        nodes.node_from_proto,
    ),
    "a blob": (st.builds(BlobRef, digests, sizes), blobs.blob_to_proto, blobs.blob_from_proto),
    "ranges of blobs": (st.lists(blob_extents, max_size=3), blobs.ranges_to_proto, blobs.ranges_from_proto),
    "missing blobs": (
        st.tuples(st.builds(Lease, text, times), st.lists(digests, max_size=3)),
        lambda both: blobs.missing_to_proto(*both),
        blobs.missing_from_proto,
    ),
    "a model": (model_records, registry.model_to_proto, registry.model_from_proto),
    "a version": (versions, registry.version_to_proto, registry.version_from_proto),
    "an alias that moved": (
        st.builds(AliasMoved, aliases, sizes, sizes, times, sizes),
        registry.alias_moved_to_proto,
        registry.alias_moved_from_proto,
    ),
    "a new version": (
        st.builds(
            NewVersion,
            model=models,
            artifact=artifact_records(),
            lease_id=text,
            alias_moves=st.lists(moves, max_size=2, unique_by=lambda move: move.alias).map(tuple),
            attachments=tuples(attachment_records),
            labels=labels,
            expected_newest_version=st.none() | sizes,
        ),
        registry.new_version_to_proto,
        registry.new_version_from_proto,
    ),
    "a push": (
        st.builds(Pushed, versions, st.booleans(), tuples(found_diagnostics)),
        registry.pushed_to_proto,
        registry.pushed_from_proto,
    ),
    "a group of events": (
        st.builds(
            EventGroup, sizes, tuples(st.builds(Event, sizes, models, st.sampled_from(EventKind), sizes, times, text, sizes))
        ),
        events.group_to_proto,
        events.group_from_proto,
    ),
    "what is watched": (
        st.tuples(st.builds(Watched, st.frozensets(models), text), st.none() | sizes),
        lambda both: events.watch_to_proto(*both),
        events.watch_from_proto,
    ),
    "a binding": (resolved, bindings.resolved_to_proto, bindings.resolved_from_proto),
    "what declaring a signature made": (
        st.builds(Signed, signatures, counts, counts, st.booleans(), tuples(found_diagnostics)),
        signing.signed_to_proto,
        signing.signed_from_proto,
    ),
    "an entry of the journal of signatures": (
        st.builds(SignatureDeclaration, counts, declared_signatures, times, st.booleans()),
        signing.declaration_to_proto,
        signing.declaration_from_proto,
    ),
    "capabilities": (
        st.builds(Capabilities, text, tuples(text), st.dictionaries(text, st.booleans(), max_size=3), st.just(Limits())),
        capabilities.capabilities_to_proto,
        capabilities.capabilities_from_proto,
    ),
}


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_comes_back_is_what_was_sent(case: str, data: st.DataObject) -> None:
    strategy, to_proto, from_proto = CASES[case]
    value = data.draw(strategy)
    message = to_proto(value)
    assert from_proto(type(message).FromString(message.SerializeToString())) == value


@settings(max_examples=25, deadline=None)
@given(inspection_values, artifact_records())
def test_an_inspection_comes_back_with_its_tensors_only_counted(inspection: Inspection, artifact: ArtifactRecord) -> None:
    inspected = Inspected(
        ModelName("a/b"), 3, artifact.digest, artifact.manifest, inspection, 12, 34, Fingerprints("a", "b", "c", "d")
    )
    assert inspections.inspected_from_proto(inspections.inspected_to_proto(inspected)) == inspected


def test_a_question_carries_all_that_decides_its_answer() -> None:
    query = BindingQuery("serving_default", ("serve", "gpu"), ("scores", "fc3:0"))
    message = bindings.question_to_proto(Reference(ModelName("a/b"), version=7), query, ["saved_model"], "r1")
    assert bindings.query_from_proto(message) == query
    assert (message.reference, list(message.formats), message.known_revision) == ("a/b:7", ["saved_model"], "r1")


def test_a_declaration_carries_all_that_a_user_declares() -> None:
    request = SignatureRequest("k", (("x", "x:0"), ("y", "y")), (("p", "p:1"),), ("serve",), "m", ("init",), ("mobile",), True)
    message = signing.signature_request_to_proto(Reference(ModelName("a/b"), version=7), request)
    assert message.reference == "a/b:7"
    assert signing.signature_request_from_proto(message) == request
