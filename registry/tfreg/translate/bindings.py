"""tfreg/v1/bindings.proto and the core's bindings."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.bindings import Binding, BindingQuery, Confidence, Feed, FeedUse, Guess, Resolved
from tfreg.core.digests import parse_digest
from tfreg.core.names import Reference, parse_model_name
from tfreg.translate.diagnostics import diagnostic_from_proto, diagnostic_to_proto
from tfreg.translate.inspections import targets_from_proto, targets_to_proto
from tfreg.translate.tensors import ref_from_proto, ref_to_proto, spec_from_proto, spec_to_proto
from tfreg.v1 import bindings_pb2 as pb

_USE_TO_PROTO = {
    FeedUse.REQUIRED: pb.FEED_USE_REQUIRED,
    FeedUse.OPTIONAL: pb.FEED_USE_OPTIONAL,
    FeedUse.UNUSED: pb.FEED_USE_UNUSED,
}
_USE_FROM_PROTO = {number: use for use, number in _USE_TO_PROTO.items()}
_CONFIDENCE_TO_PROTO = {
    Confidence.LOW: pb.CONFIDENCE_LOW,
    Confidence.MEDIUM: pb.CONFIDENCE_MEDIUM,
    Confidence.HIGH: pb.CONFIDENCE_HIGH,
}
_CONFIDENCE_FROM_PROTO = {number: confidence for confidence, number in _CONFIDENCE_TO_PROTO.items()}


def question_to_proto(
    reference: Reference,
    query: BindingQuery,
    formats: Sequence[str] = (),
    known_revision: str = "",
    *,
    convert: bool = False,
    runtime: str = "",
) -> pb.ResolveRequest:
    """Returns the request of Resolve."""
    return pb.ResolveRequest(
        reference=str(reference),
        formats=formats,
        signature=query.signature,
        tags=query.tags,
        outputs=query.outputs,
        known_revision=known_revision,
        convert=convert,
        runtime=runtime,
    )


def query_from_proto(message: pb.ResolveRequest) -> BindingQuery:
    """Returns what a Resolve wants of one artifact."""
    return BindingQuery(message.signature, tuple(message.tags), tuple(message.outputs))


def resolved_to_proto(resolved: Resolved) -> pb.Binding:
    """Returns the message for an answer."""
    binding = resolved.binding
    return pb.Binding(
        model=resolved.model,
        version=resolved.version,
        revision=resolved.revision,
        artifact_digest=resolved.artifact_digest,
        format=binding.format,
        tags=binding.tags,
        signature=binding.signature,
        method_name=binding.method_name,
        feeds=(pb.Feed(tensor=spec_to_proto(feed.tensor), use=_USE_TO_PROTO[feed.use]) for feed in binding.feeds),
        fetches=map(spec_to_proto, binding.fetches),
        targets=targets_to_proto(binding.targets),
        guessed=binding.guessed,
        diagnostics=map(diagnostic_to_proto, binding.diagnostics),
        guesses=map(_guess_to_proto, binding.guesses),
        signature_fingerprint=binding.signature_fingerprint,
        loader_tags=binding.loader_tags,
    )


def resolved_from_proto(message: pb.Binding) -> Resolved:
    """Returns the answer that a message tells. A use of a feed that this release does not know counts as required.

    Raises:
        ModelNameInvalidError, DigestInvalidError: As named.
    """
    return Resolved(
        model=parse_model_name(message.model),
        version=message.version,
        revision=message.revision,
        artifact_digest=parse_digest(message.artifact_digest),
        binding=Binding(
            format=message.format,
            tags=tuple(message.tags),
            signature=message.signature,
            method_name=message.method_name,
            feeds=tuple(
                Feed(spec_from_proto(feed.tensor), _USE_FROM_PROTO.get(feed.use, FeedUse.REQUIRED)) for feed in message.feeds
            ),
            fetches=tuple(map(spec_from_proto, message.fetches)),
            targets=targets_from_proto(message.targets),
            guessed=message.guessed,
            diagnostics=tuple(map(diagnostic_from_proto, message.diagnostics)),
            guesses=tuple(map(_guess_from_proto, message.guesses)),
            signature_fingerprint=message.signature_fingerprint,
            loader_tags=tuple(message.loader_tags),
        ),
    )


def _guess_to_proto(guess: Guess) -> pb.Guess:
    confidence = _CONFIDENCE_TO_PROTO[guess.confidence]
    return pb.Guess(ref=ref_to_proto(guess.ref), output=guess.output, confidence=confidence, reason=guess.reason)


def _guess_from_proto(message: pb.Guess) -> Guess:
    confidence = _CONFIDENCE_FROM_PROTO.get(message.confidence, Confidence.LOW)
    return Guess(ref_from_proto(message.ref), message.output, confidence, message.reason)
