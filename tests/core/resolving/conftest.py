from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.tensors import TensorRef, TensorSpec


def spec(text: str) -> TensorSpec:
    """Reads `key=op:0`; a dtype may follow: `key=op:0:int32`."""
    key, _, tensor = text.partition("=")
    parts = tensor.split(":")
    return TensorSpec(key, TensorRef(parts[0], int(parts[1])), parts[2] if len(parts) > 2 else "float32", has_shape=False)


def signature(key: str, inputs: str, outputs: str, *, internal: bool = False) -> Signature:
    return Signature(
        key,
        "tensorflow/serving/predict",
        tuple(map(spec, inputs.split())),
        tuple(map(spec, outputs.split())),
        internal=internal,
    )


@dataclass
class Model:
    """A model made of one graph's text and signatures."""

    graph: Graph
    inspection: Inspection

    def resolve(self, *outputs: str, signature: str = "", tags: tuple[str, ...] = ()) -> Binding:
        return resolve(self.inspection, BindingQuery(signature, tags, outputs), lambda _: self.graph)

    def feeds(self, *outputs: str, signature: str = "") -> dict[str, str]:
        """Key -> use; a feed without key appears as `(op)`."""
        feeds = self.resolve(*outputs, signature=signature).feeds
        return {feed.tensor.key or f"({feed.tensor.ref.operation if feed.tensor.ref else ''})": feed.use.value for feed in feeds}


@pytest.fixture(scope="session")
def model(graph: Callable[[str], Graph]) -> Callable[..., Model]:
    def make(text: str, *signatures: Signature, format: str = "saved_model", tags: tuple[str, ...] = ("serve",)) -> Model:  # noqa: A002
        return Model(graph(text), Inspection(format, (MetaGraph(tags, signatures, ()),)))

    return make
