"""Narrows an inspection to the tag set and the signature that the user named."""

from __future__ import annotations

from difflib import get_close_matches

from tfreg.core.errors import SignatureNotFoundError, TagSetNotFoundError
from tfreg.core.inspections import MetaGraph, Signature


def tag_set(text: str) -> tuple[str, ...]:
    """Reads `serve,gpu`."""
    return tuple(tag.strip() for tag in text.split(",") if tag.strip())


def graphs_with(graphs: tuple[MetaGraph, ...], tags: tuple[str, ...] | None) -> tuple[MetaGraph, ...]:
    """Returns the MetaGraphDefs whose whole tag set is `tags`; all of them for None.

    Raises:
        TagSetNotFoundError: There is none.
    """
    found = tuple(graph for graph in graphs if tags is None or set(graph.tags) == set(tags))
    if found or not tags:
        return found
    existing = "; ".join(",".join(graph.tags) for graph in graphs)
    raise TagSetNotFoundError(
        f"No MetaGraphDef has the tag set {','.join(tags)}.",
        hint=f"There is: {existing}." if existing else "The model has no MetaGraphDef.",
        existing=existing,
    )


def signatures_with(graph: MetaGraph, key: str) -> tuple[Signature, ...]:
    """Returns the signature of that key, if the MetaGraphDef has it."""
    return tuple(signature for signature in graph.signatures if signature.key == key)


def require_signature(graphs: tuple[MetaGraph, ...], key: str) -> None:
    """Checks that some of the MetaGraphDefs has a signature of that key.

    Raises:
        SignatureNotFoundError: None has.
    """
    keys = sorted({signature.key for graph in graphs for signature in graph.signatures})
    if key in keys:
        return
    nearest = get_close_matches(key, keys, n=1)
    hint = f"Did you mean {nearest[0]}? " if nearest else ""
    raise SignatureNotFoundError(
        f"There is no signature '{key}'.",
        hint=f"{hint}There is: {', '.join(keys)}." if keys else "The model has no signatures.",
        existing=", ".join(keys),
        nearest=", ".join(nearest),
    )
