"""Values of tensors from the stored pieces of any format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord

if TYPE_CHECKING:
    from tfreg.core.values.reading import Values
    from tfreg.core.values.selection import Selection, ValueHeader


class TensorValues:
    """Reads values out of stored artifacts."""

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._graphs = graphs

    def of(self, artifact: ArtifactRecord) -> Values:
        """Returns the values of an artifact, to be used as a context manager."""
        from tfreg.core.values.reading import Values  # slow to import: an embedded server may never need it

        tree = StoredTree(artifact.digest, artifact.layouts, self._stores.blobs)
        return Values(tree, self._inspections.of(artifact).tensors, lambda: self._graphs.of(artifact)(0))

    def read(
        self, reference: Reference, formats: Sequence[str], selections: Sequence[Selection]
    ) -> Iterator[ValueHeader | bytes]:
        """Yields for each selection a header, then its bytes in pieces. All names and slices are checked before the first byte.

        Raises:
            NotFoundError: There is no such model, version, alias, artifact or tensor.
            FormatNotStoredError, FormatUnknownError: As `choose`.
            RequestInvalidError: Nothing was selected.
            SliceInvalidError: A box passes its tensor's shape.
            TensorUnreadableError: A tensor has no plain value, or its bytes are damaged.
        """
        from tfreg.core.values.runs import gathered

        if not selections:
            raise RequestInvalidError("No tensor was named.", hint="Name at least one.", field="tensors")
        artifact = choose(self._stores.catalog, reference, formats).artifact
        with self.of(artifact) as values:
            chosen = [values.choose(selection) for selection in selections]
            for value in chosen:
                yield value.header
                yield from gathered(value.chunks())
