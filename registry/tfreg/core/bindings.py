"""Bindings: which names a caller feeds and fetches, and how it asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.digests import Digest
from tfreg.core.inspections import Targets
from tfreg.core.names import ModelName
from tfreg.core.tensors import TensorSpec


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
