"""What a rewrite is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import WeightMatches
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.files import FileTree
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.records import DeclaredSignature
from tfreg.core.rewrites.pieces import RewrittenTree


@dataclass(frozen=True, slots=True)
class Source:
    """An artifact to read from.

    Attributes:
        tree: Its files.
        format: Name of its format.
        inspection: What it says about itself, with declared signatures laid over it.
        graph: Reads the graph of a MetaGraphDef by its place in `inspection.meta_graphs`; the caller closes it.
        meta_graph_places: Which MetaGraphDef of the file each of the inspection's is; declared tag sets add to the latter.
        targets: Operations that a declared signature needs to be run first, by signature key.
    """

    tree: FileTree
    format: str
    inspection: Inspection
    graph: Callable[[int], Graph]
    meta_graph_places: tuple[int, ...]
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RewriteRequest:
    """What to rewrite.

    Attributes:
        source: What is converted.
        target: Name of the target (`conversions.targets`): a rewrite may make several.
        options: What the caller said; only options that the route takes.
        others: Further artifacts by role: `graph` (where the graph is to come from), `architecture` (a Keras config or model for weights).
    """

    source: Source
    target: str
    options: ConversionOptions = ConversionOptions()
    others: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a rewrite made.

    Attributes:
        tree: The result's files.
        signatures: The signatures of a result whose format cannot hold any (a frozen graph, a checkpoint): what callers see of it.
        renamed: Where a tensor of the source has another name in the result: `old:0` -> `new:0`.
        pruned: Keys of the source's signature that the result lacks, and why: `label_ids` -> "no output depends on it".
        weights: How weights found their places, where they were matched.
        notes: What was lost or left over, with codes `TFR5xx`.
    """

    tree: RewrittenTree
    signatures: tuple[DeclaredSignature, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    pruned: Mapping[str, str] = field(default_factory=dict)
    weights: WeightMatches | None = None
    notes: tuple[Diagnostic, ...] = ()


class Rewrite(Protocol):
    """A conversion without TensorFlow: the function `rewrite` of a module below `core/rewrites`.

    Raises:
        ConversionRefusedError and its children: It cannot be done; the message names the node, the tensor or the option.
        TfregError: The source is damaged, or names no such signature, tag set or tensor.
    """

    def __call__(self, request: RewriteRequest, /) -> Rewritten:
        """Makes the target's files."""
