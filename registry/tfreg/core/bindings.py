"""Bindings: which names a caller feeds and fetches, and how it asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.digests import Digest
from tfreg.core.errors import TensorKeyNotFoundError
from tfreg.core.inspections import Targets
from tfreg.core.names import ModelName
from tfreg.core.tensors import TensorRef, TensorSpec


class FeedUse(Enum):
    """Whether a feed must be fed for the outputs that were asked for."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Feed:
    """A tensor to feed. Its key is empty for a placeholder that is needed but that no signature names."""

    tensor: TensorSpec
    use: FeedUse


class Confidence(Enum):
    """How sure a guess is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Guess:
    """Why a tensor of a graph without signatures is taken for an input or an output.

    Attributes:
        ref: The tensor.
        output: True for an output, False for an input.
        confidence: How sure that is.
        reason: One clause that says why: "a Placeholder that nothing but the results needs".
    """

    ref: TensorRef
    output: bool
    confidence: Confidence
    reason: str


@dataclass(frozen=True, slots=True)
class BindingQuery:
    """What a caller wants of one artifact.

    Attributes:
        signature: Key; empty: `serving_default`, else the only callable one.
        tags: Tag set, matched as a whole; empty: the only one, else exactly {serve}.
        outputs: Keys of the signature or tensors of the graph; empty: all keys.
    """

    signature: str = ""
    tags: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """The names for one artifact and one signature.

    Attributes:
        format: Format of the artifact.
        tags: Its tag set.
        signature: Key of the signature; empty if there is none.
        method_name: Method name of the signature.
        feeds: Sorted by key's UTF-8 bytes, those without key last.
        fetches: In the order asked, else sorted by key's UTF-8 bytes.
        targets: What the loader runs.
        guessed: True if no signature says so.
        diagnostics: What the caller should know.
        guesses: Candidates for inputs and outputs with reasons, the surest first; empty unless `guessed`. Those of low confidence are
            neither feeds nor fetches.
        signature_fingerprint: Digest of what a caller's code depends on in the signature, whatever outputs were asked for (see
            core/fingerprints/interface.py); empty if no signature says so.
        loader_tags: The tag set that the artifact's loader is given, if it is another than `tags`.
    """

    format: str
    tags: tuple[str, ...]
    signature: str
    method_name: str
    feeds: tuple[Feed, ...]
    fetches: tuple[TensorSpec, ...]
    targets: Targets = Targets()
    guessed: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    guesses: tuple[Guess, ...] = ()
    signature_fingerprint: str = ""
    loader_tags: tuple[str, ...] = ()

    def feed(self, key: str) -> Feed:
        """Returns the feed of a key, or of a tensor's name (`keep_prob:0`) if no signature names that tensor.

        Raises:
            TensorKeyNotFoundError: There is none; the metadata says which there are.
        """
        for feed in self.feeds:
            if _is_called(feed.tensor, key):
                return feed
        raise _not_found("feed", key, (feed.tensor for feed in self.feeds))

    def fetch(self, key: str) -> TensorSpec:
        """Returns what to fetch for an output's key, or for the name of a tensor (`fc3:0`) that was asked for by it.

        Raises:
            TensorKeyNotFoundError: There is none; the metadata says which there are.
        """
        for fetch in self.fetches:
            if _is_called(fetch, key):
                return fetch
        raise _not_found("fetch", key, self.fetches)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A registry's answer: a binding, and what it is pinned by.

    Attributes:
        model: The model's name.
        version: The version that the reference stood for.
        revision: Opaque; the same revision is the same answer.
        artifact_digest: The artifact that the names belong to.
        binding: The names.
    """

    model: ModelName
    version: int
    revision: str
    artifact_digest: Digest
    binding: Binding

    def feed(self, key: str) -> Feed:
        """As `Binding.feed`: `str(resolved.feed("image").tensor.ref)` is the name to feed."""
        return self.binding.feed(key)

    def fetch(self, key: str) -> TensorSpec:
        """As `Binding.fetch`: `str(resolved.fetch("probabilities").ref)` is the name to fetch."""
        return self.binding.fetch(key)


def _is_called(tensor: TensorSpec, key: str) -> bool:
    if tensor.key or tensor.ref is None:
        return tensor.key == key != ""
    return key in (str(tensor.ref), str(tensor.ref).removesuffix(":0"))


def _not_found(kind: str, key: str, tensors: Iterable[TensorSpec]) -> TensorKeyNotFoundError:
    from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, shown

    keys = [tensor.key or str(tensor.ref) for tensor in tensors]
    close = nearest(key, keys)
    return TensorKeyNotFoundError(
        f"There is no {kind} of key {shown(key)}.{did_you_mean(close)}",
        hint=f"There are: {listed(keys)}." if keys else f"There is no {kind} at all.",
        key=key[:MAX_SHOWN_CHARACTERS],
        existing=listed(keys),
        nearest=listed(close),
    )
