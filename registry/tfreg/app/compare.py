"""Compare: what differs between two stored artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.fingerprinting import kept_fingerprints
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import seen_inspection
from tfreg.app.seen_fingerprints import seen_fingerprints
from tfreg.app.stores import Stores
from tfreg.app.tensor_digests import TensorDigests
from tfreg.app.tensor_values import TensorValues
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.names import Reference

if TYPE_CHECKING:
    from tfreg.core.comparing.compare import Side
    from tfreg.core.comparing.difference import Difference


class Compare:
    """Compares artifacts of one registry."""

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._graphs = graphs
        self._values = TensorValues(stores, inspections, graphs)

    def __call__(
        self,
        before: Reference,
        after: Reference,
        *,
        with_max_abs_difference: bool = False,
        still_wanted: StillWanted = always,
    ) -> Difference:
        """Returns what differs.

        Args:
            before: What was.
            after: What is.
            with_max_abs_difference: Read changed tensors too, and tell by how much they differ.
            still_wanted: Is asked while tensors are read.

        Raises:
            NotFoundError: There is no such model, version, alias or artifact.
            CancelledError: Nobody waits for the answer any more.
        """
        from tfreg.core.comparing.compare import compare  # slow to import: an embedded server may never need it

        with ExitStack() as opened:
            sides = [self._side(reference, opened, still_wanted) for reference in (before, after)]
            return compare(*sides, with_max_abs_difference=with_max_abs_difference)

    def _side(self, reference: Reference, opened: ExitStack, still_wanted: StillWanted) -> Side:
        from tfreg.core.comparing.compare import Side, finder
        from tfreg.core.comparing.graph_counts import graph_counts
        from tfreg.core.fingerprints.weights import KnownDigests
        from tfreg.core.values.selection import Selection

        chosen = choose(self._stores.catalog, reference)
        artifact = chosen.artifact
        own = self._inspections.of(artifact)
        inspection = seen_inspection(self._stores.catalog, chosen, own)
        kept_fingerprints(self._stores, self._inspections, artifact, still_wanted)
        values = opened.enter_context(self._values.of(artifact))
        counts = graph_counts(own, self._graphs.of(artifact))
        return Side(
            inspection=inspection,
            digest_of=KnownDigests(TensorDigests(self._stores, artifact, values, still_wanted)).of,
            artifact_digest=artifact.digest,
            fingerprints=seen_fingerprints(self._stores.catalog, artifact.digest, inspection),
            op_counts=counts.ops,
            optional_inputs=counts.optional_inputs,
            chunks_of=lambda name: _while_wanted(values.read(Selection(name))[1], still_wanted),
            find=finder(values),
        )


def _while_wanted(chunks: Iterator[bytes], still_wanted: StillWanted) -> Iterator[bytes]:
    for chunk in chunks:
        check_wanted(still_wanted)
        yield chunk
