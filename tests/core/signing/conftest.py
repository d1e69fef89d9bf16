"""An artifact of one or more graphs written as text, and declaring in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.signing.declaring import declare
from tfreg.core.signing.overlay import Overlaid, overlay
from tfreg.core.signing.request import SignatureRequest
from tfreg.core.tensors import TensorRef, TensorSpec

CLASSIFIER = """
x = Placeholder dtype=float32 shape=[?,4]
mask = Placeholder dtype=float32 shape=[?]
w = Const
hidden = MatMul(x, w) T=float32
masked = Mul(hidden, mask) T=float32
top = TopKV2(hidden, w) T=float32
prob = Softmax(hidden) T=float32 _output_shapes=([?,2])
custom = MyOwnOp(hidden)
print = NoOp(^hidden)
"""


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Reads `key=x:0 other=y`."""
    found = (pair.partition("=") for pair in text.split())
    return tuple((key, tensor) for key, _, tensor in found)


def own_signature(key: str) -> Signature:
    return Signature(key, "tensorflow/serving/predict", (), (TensorSpec("own", TensorRef("hidden"), "float32", (None, 2)),))


@dataclass
class Artifact:
    """An artifact with what was declared for it so far."""

    inspection: Inspection
    graphs: list[Graph]
    declared: list[DeclaredSignature] = field(default_factory=list)

    def declare(
        self, key: str = "classify", inputs: str = "x=x:0", outputs: str = "p=prob:0", **options: Any
    ) -> tuple[DeclaredSignature, tuple[Diagnostic, ...]]:
        request = SignatureRequest(key, pairs(inputs), pairs(outputs), **options)
        declared, findings = declare(self.inspection, self.seen(), request, self.graphs.__getitem__)
        self.declared.append(declared)
        return declared, findings

    def seen(self) -> Overlaid:
        return overlay(self.inspection, self.declared)

    def resolve(self, signature: str = "", tags: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> Binding:
        seen = self.seen()
        load = seen.graph(self.graphs.__getitem__)
        return seen.completed(resolve(seen.inspection, BindingQuery(signature, tags, outputs), load))


@pytest.fixture
def artifact(graph: Callable[[str], Graph]) -> Callable[..., Artifact]:
    """Makes an artifact with a graph for each tag set, each with the same signatures."""

    def make(*tag_sets: str, keys: str = "", text: str = CLASSIFIER, format: str = "saved_model") -> Artifact:  # noqa: A002
        signatures = tuple(map(own_signature, sorted(keys.split())))
        meta_graphs = tuple(MetaGraph(tuple(filter(None, tags.split(","))), signatures, ()) for tags in tag_sets or ("serve",))
        return Artifact(Inspection(format, meta_graphs), [graph(text) for _ in meta_graphs])

    return make
