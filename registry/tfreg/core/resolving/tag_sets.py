"""Which MetaGraphDef a caller means."""

from __future__ import annotations

from tfreg.core.errors import TagSetAmbiguousError, TagSetNotFoundError
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.nearest import listed

SERVE = frozenset({"serve"})


def choose_meta_graph(meta_graphs: tuple[MetaGraph, ...], tags: tuple[str, ...]) -> int:
    """Returns the index of the MetaGraphDef with exactly these tags, as TensorFlow's loader matches them.

    Args:
        meta_graphs: Those that there are; at least one.
        tags: Those that the caller named. Empty: the only tag set, else exactly {serve}.

    Raises:
        TagSetNotFoundError: None has these tags.
        TagSetAmbiguousError: No tags were named, and there are several tag sets of which none is {serve}.
    """
    existing = [written(meta_graph.tags) for meta_graph in meta_graphs]
    if not tags and len(meta_graphs) == 1:
        return 0
    wanted = frozenset(tags) or SERVE
    for index, meta_graph in enumerate(meta_graphs):
        if frozenset(meta_graph.tags) == wanted:
            return index
    choices = listed(existing, "; ")
    if tags:
        raise TagSetNotFoundError(
            f"No MetaGraphDef has exactly the tags {written(tags)}.",
            hint=f"There are: {choices}. All tags of a set must be named.",
            tags=listed(tags),
            existing=choices,
            nearest=_closest(wanted, meta_graphs),
        )
    raise TagSetAmbiguousError(
        f"The model has {len(existing)} tag sets, none of them {{serve}}.", hint=f"Name one of: {choices}.", existing=choices
    )


def written(tags: tuple[str, ...]) -> str:
    """Returns a tag set as messages show it: `{serve, gpu}`."""
    return "{" + ", ".join(tags) + "}"


def _closest(wanted: frozenset[str], meta_graphs: tuple[MetaGraph, ...]) -> str:
    best = max(meta_graphs, key=lambda meta_graph: len(wanted & set(meta_graph.tags)) - len(wanted ^ set(meta_graph.tags)) / 100)
    return written(best.tags)
