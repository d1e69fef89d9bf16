"""A MetaGraphDef, as a SavedModel and a .meta file hold it: what can be read, the rest told as problems."""

from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.checkpoint_collections import variables_of
from tfreg.core.formats.meta_graph import assets_of, read_meta_graph, saver_of, targets_of
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.signatures import signatures_of
from tfreg.core.layouts import Span
from tfreg.core.trees import BytesReader

NAME = "meta_graph"
SEEDS = ("checkpoint_tf1/model.ckpt-3.meta", "checkpoint_tf1_partitioned/model.ckpt-3.meta", "checkpoint_empty_prefix/.meta", b"")


def one_input(data: bytes) -> None:
    """Reads all parts."""
    problems = Problems()
    parts = read_meta_graph(BytesReader(data), Span(0, len(data)), "m.meta", problems)
    variables_of(BytesReader(data), "m.meta", problems)
    saver_of(parts)
    targets_of(parts)
    assets_of(parts)
    with suppress(CodecError):
        list(signatures_of(parts, Allowance("tensors", 10_000)))
    for span in parts.graphs + parts.object_graphs:
        assert 0 <= span.offset_bytes <= span.offset_bytes + span.length_bytes <= len(data)
