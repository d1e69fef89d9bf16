"""What a lock file holds, and how an entry follows from bindings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tfreg.core.bindings import Binding, Feed, FeedUse
from tfreg.core.tensors import TensorSpec


@dataclass(frozen=True, slots=True)
class LockedSignature:
    """A signature as callers see it: keys, no names of tensors.

    Attributes:
        key: Its key.
        fingerprint: As `Binding.signature_fingerprint`.
        method_name: Its method name; empty for a format that has none.
        inputs: Sorted by key's UTF-8 bytes, without refs.
        outputs: Likewise.
    """

    key: str
    fingerprint: str
    method_name: str
    inputs: tuple[Feed, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class LockedModel:
    """What a reference stood for.

    Attributes:
        reference: As the user writes it, such as `team/bert@prod`.
        model: The model's name.
        version: Its version; 0 for a local path, which no lock file is kept of.
        artifact_digest: Of the artifact that the signatures belong to; empty for a local path.
        format: Its format.
        interface_fingerprint: Of all its signatures.
        signatures: Those that callers run, sorted by key's UTF-8 bytes.
    """

    reference: str
    model: str
    version: int
    artifact_digest: str
    format: str
    interface_fingerprint: str
    signatures: tuple[LockedSignature, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file: its models, sorted by reference."""

    models: tuple[LockedModel, ...] = ()

    def model(self, reference: str) -> LockedModel | None:
        """Returns the entry of a reference."""
        return next((model for model in self.models if model.reference == reference), None)

    def renewed(self, models: Iterable[LockedModel]) -> Lock:
        """Returns a lock in which these entries stand for their references, and all others as they are."""
        by_reference = {model.reference: model for model in (*self.models, *models)}
        return Lock(tuple(sorted(by_reference.values(), key=lambda model: model.reference.encode())))


def locked_signature(binding: Binding) -> LockedSignature:
    """Returns a signature's entry, of a binding of all its outputs. Feeds that it gives no key are left out: see `unnamed_feeds`."""
    feeds = [replace(feed, tensor=_without_place(feed.tensor)) for feed in binding.feeds if feed.tensor.key]
    return LockedSignature(
        binding.signature,
        binding.signature_fingerprint,
        binding.method_name,
        tuple(sorted(feeds, key=lambda feed: feed.tensor.key.encode())),
        tuple(sorted(map(_without_place, binding.fetches), key=lambda tensor: tensor.key.encode())),
    )


def unnamed_feeds(binding: Binding) -> list[str]:
    """Returns the tensors that must be fed though the signature has no key for them, so that no typed call can."""
    return [str(feed.tensor.ref) for feed in binding.feeds if not feed.tensor.key and feed.use is FeedUse.REQUIRED]


def _without_place(tensor: TensorSpec) -> TensorSpec:
    components = tuple(map(_without_place, tensor.components))
    return replace(tensor, ref=None, tensor_index=None, quantization=None, components=components)
