"""What `show` looks at: a local path, read in this process, or a version in a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfreg.core.bindings import Binding, BindingQuery
from tfreg.core.files import FileStat, FileTree
from tfreg.core.inspections import Inspection
from tfreg.core.names import is_path
from tfreg.core.tensors import StoredTensor

if TYPE_CHECKING:
    from tfreg.cli.settings import Settings
    from tfreg.core.conversions.records import Conversion
    from tfreg.core.diagnostics import Diagnostic
    from tfreg.core.formats.format import Format
    from tfreg.core.formats.selecting import Selected
    from tfreg.core.graphs.listing import ListedNode, NodeFilter
    from tfreg.core.records import Fingerprints, VersionRecord


@dataclass(frozen=True, slots=True)
class Subject:
    """An inspected artifact.

    Attributes:
        name: The path as given, or `team/name:7`.
        digest: The artifact's digest; empty for a local path, which is not hashed.
        files: Its files.
        inspection: What it says about itself; its tensors are `tensors()`.
        tensor_count: How many tensors it stores.
        tensor_size_bytes: Their bytes.
        tensors: Fetches them; a large model has many.
        binding: Resolves it for a tag set; raises what `resolve` raises.
        version: Fetches its version; None for a local path.
        nodes: Lists nodes of its graph with a tag set; raises what ListNodes raises.
        fingerprints: What identifies it, as far as it is known without reading the weights; None for a local path.
        compute_fingerprints: Fetches them, or computes them, which reads a local artifact's weights.
        conversions: Fetches the conversions of its version; none for a local path.
    """

    name: str
    digest: str
    files: tuple[FileStat, ...]
    inspection: Inspection
    tensor_count: int
    tensor_size_bytes: int
    tensors: Callable[[], Sequence[StoredTensor]]
    binding: Callable[[Sequence[str]], Binding]
    version: Callable[[], VersionRecord | None]
    nodes: Callable[[NodeFilter, Sequence[str]], Iterator[ListedNode]]
    fingerprints: Fingerprints | None
    compute_fingerprints: Callable[[], Fingerprints]
    conversions: Callable[[], Sequence[Conversion]] = tuple

    @property
    def size_bytes(self) -> int:
        """Sum of the files' sizes."""
        return sum(file.size_bytes for file in self.files)


@contextmanager
def open_subject(text: str, settings: Settings, *, verify: bool = False) -> Iterator[Subject]:
    """Yields what a path or a reference stands for. `verify` reads a path's values; those of a version were read at its push.

    Raises:
        TfregError: There is no such thing, or it is no model.
    """
    if is_path(text):
        yield local_subject(text, verify=verify)
        return
    from tfreg.cli.registry import open_registry, path_hint

    with path_hint(text), open_registry(settings) as client:
        found = client.inspect(text)
        name = f"{found.model}:{found.version}"
        yield Subject(
            name=name,
            digest=found.artifact_digest,
            files=tuple(FileStat(file.path, file.size_bytes) for file in found.manifest.files),
            inspection=found.inspection,
            tensor_count=found.tensor_count,
            tensor_size_bytes=found.tensor_size_bytes,
            tensors=lambda: tuple(client.tensors(name)),
            binding=lambda tags: client.resolve(name, tags=tags).binding,
            version=lambda: client.version(name),
            nodes=lambda wanted, tags: client.nodes(
                name, ops=wanted.ops, prefix=wanted.prefix, with_functions=wanted.with_functions, tags=tags
            ),
            fingerprints=found.fingerprints,
            compute_fingerprints=lambda: found.fingerprints,
            conversions=lambda: client.conversions(name),
        )


def local_subject(path: str, *, verify: bool = False) -> Subject:
    """Inspects a local folder or file, or a checkpoint by its prefix; `verify` compares the checksums of its values, too."""
    selected = select_local(path)
    tree, kind = selected.tree, selected.format
    inspection = kind.inspect(tree)
    if verify:
        inspection = replace(inspection, problems=_verified(tree, kind, inspection))
    beside = selected.problem()
    if beside is not None:
        inspection = replace(inspection, problems=(*inspection.problems, beside))
    return Subject(
        name=path,
        digest="",
        files=tree.files(),
        inspection=inspection,
        tensor_count=len(inspection.tensors),
        tensor_size_bytes=sum(tensor.size_bytes for tensor in inspection.tensors),
        tensors=lambda: inspection.tensors,
        binding=lambda tags: local_binding(tree, kind, inspection, BindingQuery(tags=tuple(tags))),
        version=lambda: None,
        nodes=lambda wanted, tags: local_nodes(tree, kind, inspection, wanted, tags),
        fingerprints=None,
        compute_fingerprints=lambda: local_fingerprints(tree, kind, inspection),
    )


def _verified(tree: FileTree, kind: Format, inspection: Inspection) -> tuple[Diagnostic, ...]:
    from tfreg.core.verifying.verify import verify, with_verified

    return with_verified(inspection.problems, verify(tree, kind, inspection))


def local_fingerprints(tree: FileTree, kind: Format, inspection: Inspection) -> Fingerprints:
    """Computes what identifies a local artifact, which reads its weights."""
    from tfreg.core.fingerprints.computing import fingerprints_of

    return fingerprints_of(tree, kind, inspection)


def local_nodes(
    tree: FileTree, kind: Format, inspection: Inspection, wanted: NodeFilter, tags: Sequence[str]
) -> Iterator[ListedNode]:
    """Yields the nodes of a local artifact's graph.

    Raises:
        TfregError: It has no graph, several tag sets, or is damaged.
    """
    from tfreg.core.graphs.listing import NodePosition, list_nodes, no_nodes
    from tfreg.core.resolving.tag_sets import choose_meta_graph

    if not inspection.meta_graphs or inspection.subgraphs:
        raise no_nodes(inspection)
    with kind.graph(tree, choose_meta_graph(inspection.meta_graphs, tuple(tags))) as graph:
        for _, read in list_nodes(graph, wanted, NodePosition()):
            yield read()


def local_binding(tree: FileTree, kind: Format, inspection: Inspection, query: BindingQuery) -> Binding:
    """Resolves a local folder or file, in this process.

    Raises:
        TfregError: It has no answer.
    """
    from tfreg.core.resolving.resolve import resolve

    return resolve(inspection, query, lambda index: kind.graph(tree, index))


def read_local(path: str) -> tuple[FileTree, Format]:
    """Opens the files of the artifact that a local path stands for, and recognises its format.

    Raises:
        PathNotFoundError: There is nothing.
        NotAModelError: It is in no format that tfreg knows.
    """
    selected = select_local(path)
    return selected.tree, selected.format


def select_local(path: str) -> Selected:
    """Chooses the files of the artifact that a local path stands for: a folder, a file, or a checkpoint's prefix.

    Raises:
        PathNotFoundError: There is nothing.
        NotAModelError: It is in no format that tfreg knows.
    """
    from pathlib import Path

    from tfreg.core.formats.selecting import open_path, select

    return select(*open_path(Path(path).expanduser()))
