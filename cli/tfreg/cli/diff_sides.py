"""What `diff` compares: local paths, read in this process, and versions in a registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from tfreg.core.comparing.compare import ChunksOf, Side, finder
from tfreg.core.digests import Digest
from tfreg.core.errors import TfregError
from tfreg.core.fingerprints.weights import KnownDigests, place_of
from tfreg.core.inspections import Inspection
from tfreg.core.names import is_path
from tfreg.core.values.digest import value_digest
from tfreg.core.values.failures import unreadable
from tfreg.core.values.lookup import Found
from tfreg.core.values.selection import Selection

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.client import Client
    from tfreg.core.records import Inspected
    from tfreg.core.values.reading import Values

_MAX_NODES = 20_000
"""Most nodes that are fetched to be counted."""


@contextmanager
def open_side(text: str, settings: Settings) -> Iterator[Side]:
    """Yields what a path or a reference stands for.

    Raises:
        TfregError: There is no such thing, or it is no model.
    """
    if is_path(text):
        with _local(text) as side:
            yield side
        return
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        yield _stored(client, client.inspect(text))


@contextmanager
def _local(path: str) -> Iterator[Side]:
    from tfreg.cli.subjects import read_local
    from tfreg.core.comparing.graph_counts import graph_counts
    from tfreg.core.fingerprints.computing import fingerprints_of
    from tfreg.core.values.reading import Values

    tree, kind = read_local(path)
    inspection = kind.inspect(tree)
    with Values(tree, inspection.tensors, lambda: kind.graph(tree, 0)) as values:
        read = _Read(values)
        digests = KnownDigests(read)
        counts = graph_counts(inspection, lambda number: kind.graph(tree, number))
        yield Side(
            inspection=inspection,
            digest_of=digests.of,
            fingerprints=fingerprints_of(tree, kind, inspection, read),
            op_counts=counts.ops,
            optional_inputs=counts.optional_inputs,
            chunks_of=lambda name: values.read(Selection(name))[1],
            find=finder(values),
        )


class _Read:
    """Digests by reading, each value once: fingerprints and the comparison both ask for them."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._known: dict[tuple[str, str, int], Digest] = {}

    def of(self, found: Found) -> Digest:
        place = place_of(found)
        if place not in self._known:
            self._known[place] = self._values.digest(found)
        return self._known[place]


def _stored(client: Client, found: Inspected) -> Side:
    from dataclasses import replace

    name = f"{found.model}:{found.version}"
    tensors = tuple(client.tensors(name, with_digests=True))
    ops, optional = _nodes(client, name, found.inspection)

    values = cache(lambda: client.tensor_values(name))  # lists all tensors when it is made

    def chunks_of(tensor: str) -> Iterator[bytes]:
        for _, chunks in values().streams([Selection(tensor)]):
            yield from chunks

    return Side(
        inspection=replace(found.inspection, tensors=tensors),
        digest_of=KnownDigests(_Told(chunks_of)).of,
        artifact_digest=found.artifact_digest,
        fingerprints=found.fingerprints,
        op_counts=ops,
        optional_inputs=optional,
        chunks_of=chunks_of,
    )


class _Told:
    """Digests that the server told; of a partitioned variable it tells those of the slices, so that one is read."""

    def __init__(self, chunks_of: ChunksOf) -> None:
        self._chunks_of = chunks_of

    def of(self, found: Found) -> Digest:
        if found.is_partitioned:
            return value_digest(self._chunks_of(found.name))
        told = found.tensors[0].digest
        if not told:
            raise unreadable(found.name, "has no digest")
        return Digest(told)


def _nodes(client: Client, name: str, inspection: Inspection) -> tuple[dict[str, int] | None, frozenset[str]]:
    """Returns how many nodes there are of each op, and which inputs have a default; None and none if they are too many to be fetched."""
    counts: Counter[str] = Counter()
    optional: set[str] = set()
    if len(inspection.meta_graphs) != 1 or inspection.meta_graphs[0].node_count > _MAX_NODES:
        return None, frozenset()
    try:
        for node in client.nodes(name, with_functions=True, tags=inspection.meta_graphs[0].tags):
            counts[node.op] += 1
            if node.op == "PlaceholderWithDefault" and not node.function:
                optional.add(node.name)
            if counts.total() > _MAX_NODES:
                return None, frozenset(optional)
    except TfregError:
        return None, frozenset(optional)
    return dict(counts), frozenset(optional)
