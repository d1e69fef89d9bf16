"""Declared signatures over the wire, on every kind of stores."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tfreg.v1 import artifacts_pb2, bindings_pb2, registry_pb2
from tfreg.v1.bindings_pb2 import (
    DeclaredTensor,
    DeclareSignatureRequest,
    ListSignatureDeclarationsRequest,
    WithdrawSignatureRequest,
)


def declaration(key="embed", tensor="fc3:0", reference="m", **fields):
    return DeclareSignatureRequest(reference=reference, key=key, outputs=[DeclaredTensor(key="vector", tensor=tensor)], **fields)


def resolved(caller, signature="embed", known_revision="", reference="m"):
    request = bindings_pb2.ResolveRequest(reference=reference, signature=signature, known_revision=known_revision)
    return caller.bindings.Resolve(request)


@pytest.fixture
def pushed(caller, saved_model):
    caller.push("m", saved_model)
    return caller


def test_a_declared_signature_is_used_from_the_next_call_on(pushed, saved_model) -> None:
    before = resolved(pushed, "serving_default").binding
    digest = before.artifact_digest
    assert resolved(pushed, "serving_default", before.revision).unchanged
    inputs = [DeclaredTensor(key=key, tensor=key) for key in ("input_ids", "input_mask", "segment_ids")]
    made = pushed.bindings.DeclareSignature(declaration(inputs=inputs))
    assert (made.version, made.additions, made.changed, list(made.diagnostics)) == (1, 1, True, [])
    assert [tensor.dtype for tensor in made.signature.inputs] == ["int32"] * 3
    binding = resolved(pushed).binding
    assert [fetch.ref.operation for fetch in binding.fetches] == ["fc3"]
    assert not resolved(pushed, "serving_default", before.revision).unchanged
    assert binding.artifact_digest == digest
    assert pushed.pull("m") == saved_model
    inspected = pushed.artifacts.Inspect(artifacts_pb2.InspectRequest(reference="m"))
    assert [s.key for s in inspected.inspection.meta_graphs[0].signatures if s.declared] == ["embed"]
    assert pushed.registry.GetVersion(registry_pb2.GetVersionRequest(reference="m:1")).version.additions == 1


def test_a_declared_signature_is_withdrawn_and_the_journal_knows_both(pushed) -> None:
    pushed.bindings.DeclareSignature(declaration(declared_tags=["mobile"], targets=["fc3"], method_name="m"))
    withdrawn = pushed.bindings.WithdrawSignature(WithdrawSignatureRequest(reference="m", key="embed", tags=["mobile"]))
    assert withdrawn.additions == 2
    assert pushed.failure(resolved, pushed).reason == "SIGNATURE_NOT_FOUND"
    first = pushed.bindings.ListSignatureDeclarations(ListSignatureDeclarationsRequest(reference="m:1", page_size=1))
    (newest,) = first.declarations
    assert (newest.addition, newest.withdrawn, list(newest.declared_tags)) == (2, True, ["mobile"])
    request = ListSignatureDeclarationsRequest(reference="m", page_token=first.next_page_token)
    rest = pushed.bindings.ListSignatureDeclarations(request)
    assert [(entry.addition, entry.withdrawn, list(entry.targets)) for entry in rest.declarations] == [(1, False, ["fc3"])]
    assert rest.next_page_token == ""


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (declaration(reference="?"), "REFERENCE_INVALID"),
        (declaration(reference="other"), "MODEL_NOT_FOUND"),
        (declaration(reference="m:9"), "VERSION_NOT_FOUND"),
        (declaration(tags=["train"]), "TAG_SET_NOT_FOUND"),
        (declaration(tensor="fc4:7"), "SIGNATURE_INVALID"),
        (declaration(key=""), "SIGNATURE_INVALID"),
        (declaration(targets=["fc3:0"]), "SIGNATURE_INVALID"),
        (DeclareSignatureRequest(reference="m", key="embed"), "SIGNATURE_INVALID"),
        (declaration(key="features"), "SIGNATURE_EXISTS"),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(pushed, request_, reason) -> None:
    assert pushed.failure(pushed.bindings.DeclareSignature, request_).reason == reason
    listed = pushed.bindings.ListSignatureDeclarations(ListSignatureDeclarationsRequest(reference="m"))
    assert list(listed.declarations) == []


def test_only_a_declared_signature_can_be_withdrawn(pushed) -> None:
    request = WithdrawSignatureRequest(reference="m", key="serving_default")
    error = pushed.failure(pushed.bindings.WithdrawSignature, request)
    assert error.reason == "SIGNATURE_NOT_FOUND"


def test_no_answer_is_older_than_a_declaration_that_was_answered(pushed) -> None:
    """Whoever was told that a signature holds finds it, whatever is cached, while others ask all the time."""
    stop = threading.Event()

    def ask() -> int:
        count = 0
        while not stop.is_set():
            resolved(pushed, "serving_default")
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            for number in range(20):
                tensor = ("fc3:0", "pred_prob:0")[number % 2]
                pushed.bindings.DeclareSignature(declaration(key="serving_default", tensor=tensor, override=True))
                ref = resolved(pushed, "serving_default").binding.fetches[0].ref
                assert f"{ref.operation}:{ref.index}" == tensor
        finally:
            stop.set()
        assert all(future.result() > 0 for future in asking)


def test_a_tag_set_that_was_declared_leads_to_its_graph_wherever_tags_are_taken(pushed) -> None:
    pushed.bindings.DeclareSignature(declaration(declared_tags=["mobile"]))
    own, declared = (
        pushed.artifacts.ListNodes(artifacts_pb2.ListNodesRequest(reference="m", tags=[tag])).nodes for tag in ("serve", "mobile")
    )
    assert own
    assert own == declared


def test_a_comparison_sees_declared_signatures_and_counts_each_graph_once(pushed, saved_model) -> None:
    pushed.push("n", saved_model)
    pushed.bindings.DeclareSignature(declaration(reference="n", declared_tags=["mobile"]))
    compared = pushed.artifacts.Compare(artifacts_pb2.CompareRequest(before="m", after="n"))
    assert dict(compared.op_changes) == {}
    assert not compared.breaking
    assert len(compared.interface_changes) > 0
    assert {"bytes", "model"} <= set(compared.equal_fingerprints)
    assert "interface" not in compared.equal_fingerprints
