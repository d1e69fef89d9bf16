"""Which signature a caller means."""

from __future__ import annotations

from tfreg.core.errors import SignatureAmbiguousError, SignatureNotFoundError
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, repaired, shown
from tfreg.core.resolving.tag_sets import written

SERVING_DEFAULT = "serving_default"


def callable_signatures(meta_graph: MetaGraph) -> tuple[Signature, ...]:
    """Returns the signatures that a caller can run: neither initialisers nor train ops, and with something to fetch."""
    return tuple(signature for signature in meta_graph.signatures if not signature.internal and signature.outputs)


def choose_signature(meta_graph: MetaGraph, key: str) -> Signature:
    """Returns the signature of this key; without a key, `serving_default`, else the only callable one.

    Args:
        meta_graph: Where to look; it has at least one callable signature.
        key: What the caller named; may be empty.

    Raises:
        SignatureNotFoundError: There is none of this key.
        SignatureAmbiguousError: No key was given, and there are several, none of them `serving_default`.
    """
    signatures = {signature.key: signature for signature in callable_signatures(meta_graph)}
    chosen = signatures.get(key or SERVING_DEFAULT)
    if chosen is None and not key and len(signatures) == 1:
        (chosen,) = signatures.values()
    if chosen is not None:
        return chosen
    existing = listed(signatures)
    if key:
        raise unknown_signature(meta_graph, key)
    raise SignatureAmbiguousError(
        f"The model has {len(signatures)} signatures, none of them {SERVING_DEFAULT!r}.",
        hint=f"Name one of: {existing}.",
        existing=existing,
    )


def unknown_signature(meta_graph: MetaGraph, key: str) -> SignatureNotFoundError:
    """Returns the error for a key that no callable signature has."""
    keys = [signature.key for signature in callable_signatures(meta_graph)]
    internal = key in {signature.key for signature in meta_graph.signatures}
    close = [found] if (found := repaired(key, keys.__contains__)) else list(nearest(key, keys))
    reason = "is not for callers" if internal else "does not exist"
    where = f" in {written(meta_graph.tags)}" if meta_graph.tags else ""
    return SignatureNotFoundError(
        f"The signature {shown(key)} {reason}{where}.{did_you_mean(close)}",
        hint=f"There are: {listed(keys)}." if keys else "The model has no signatures; leave the signature out.",
        signature=key[:MAX_SHOWN_CHARACTERS],
        existing=listed(keys),
        nearest=listed(close),
    )
