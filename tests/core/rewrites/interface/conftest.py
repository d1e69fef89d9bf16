"""Interfaces of fixtures, and their graphs as the options edit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.graphs.edit import open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface, graph_source
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Source
from tfreg.core.trees import LocalTree
from tfreg.wire.graph_pb2 import GraphDef

MODELS = Path(__file__).parents[3] / "fixtures" / "models"


class Edited(NamedTuple):
    """A graph after `apply_options`."""

    content: bytes
    interface: Interface

    @property
    def graph(self) -> GraphDef:
        """The GraphDef, parsed."""
        return GraphDef.FromString(self.content)


@cache
def source_at(path: Path) -> Source:
    """Returns the artifact of a path."""
    tree = LocalTree(path)
    kind = recognise(tree)
    return source_of(tree, kind, kind.inspect(tree))


def request_of(
    name: str | Path, target: str, options: ConversionOptions, others: Mapping[str, str] | None = None
) -> RewriteRequest:
    """Returns the request to convert a fixture, or the artifact of a path."""
    path = MODELS / name if isinstance(name, str) else name
    return RewriteRequest(
        source_at(path), target, options, {role: source_at(MODELS / other) for role, other in (others or {}).items()}
    )


def named(*texts: str) -> tuple[NamedTensor, ...]:
    """Reads `key=tensor` and `tensor`."""
    return tuple(NamedTensor(text.rpartition("=")[2], text.rpartition("=")[0]) for text in texts)


@pytest.fixture
def choose() -> Callable[..., Interface]:
    """Chooses the interface of a fixture: `choose("name.pb", outputs=named("y"))`."""

    def chosen(
        name: str | Path, target: str = "frozen_graph", others: Mapping[str, str] | None = None, **options: object
    ) -> Interface:
        return choose_interface(request_of(name, target, ConversionOptions(**options), others))  # type: ignore[arg-type]

    return chosen


@pytest.fixture
def edited() -> Callable[..., Edited]:
    """Applies the options to a fixture's graph."""

    def applied(
        name: str | Path, target: str = "frozen_graph", others: Mapping[str, str] | None = None, **options: object
    ) -> Edited:
        request = request_of(name, target, ConversionOptions(**options), others)  # type: ignore[arg-type]
        interface = choose_interface(request)
        with open_edit(graph_source(request), interface.meta_graph) as edit:
            interface = apply_options(edit, interface, request)
            return Edited(b"".join(chunks_of(edit.pieces())), interface)

    return applied
