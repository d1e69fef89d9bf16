"""Watch's messages of tfreg/v1/registry.proto and the core's events."""

from __future__ import annotations

from tfreg.core.events import Event, EventGroup, EventKind, Watched
from tfreg.core.names import parse_model_name
from tfreg.translate.times import time_from_proto, time_to_proto
from tfreg.v1 import registry_pb2 as pb

_KIND_TO_PROTO = {
    EventKind.VERSION_CREATED: pb.EVENT_KIND_VERSION_CREATED,
    EventKind.ALIAS_MOVED: pb.EVENT_KIND_ALIAS_MOVED,
    EventKind.ATTACHMENT_ADDED: pb.EVENT_KIND_ATTACHMENT_ADDED,
    EventKind.SIGNATURE_DECLARED: pb.EVENT_KIND_SIGNATURE_DECLARED,
    EventKind.SIGNATURE_WITHDRAWN: pb.EVENT_KIND_SIGNATURE_WITHDRAWN,
    EventKind.ARTIFACT_DERIVED: pb.EVENT_KIND_ARTIFACT_DERIVED,
    EventKind.CONVERSION_CHECKED: pb.EVENT_KIND_CONVERSION_CHECKED,
    EventKind.VERSION_DELETED: pb.EVENT_KIND_VERSION_DELETED,
    EventKind.VERSION_UNDELETED: pb.EVENT_KIND_VERSION_UNDELETED,
    EventKind.VERSION_PURGED: pb.EVENT_KIND_VERSION_PURGED,
    EventKind.OTHER: pb.EVENT_KIND_UNSPECIFIED,
}
_KIND_FROM_PROTO = {number: kind for kind, number in _KIND_TO_PROTO.items()}


def watch_to_proto(watched: Watched, after_sequence: int | None) -> pb.WatchRequest:
    """Returns the request of Watch. `after_sequence` None: from now on."""
    return pb.WatchRequest(models=sorted(watched.models), prefix=watched.prefix, after_sequence=after_sequence)


def watch_from_proto(message: pb.WatchRequest) -> tuple[Watched, int | None]:
    """Returns what a Watch asks for.

    Raises:
        ModelNameInvalidError: A name breaks the grammar.
    """
    after_sequence = message.after_sequence if message.HasField("after_sequence") else None
    return Watched(frozenset(map(parse_model_name, message.models)), message.prefix), after_sequence


def group_to_proto(group: EventGroup) -> pb.WatchResponse:
    """Returns the message for a group of events."""
    return pb.WatchResponse(events=map(_event_to_proto, group.events), sequence=group.sequence)


def group_from_proto(message: pb.WatchResponse) -> EventGroup:
    """Returns the group that a message tells. A kind that this release does not know is `EventKind.OTHER`.

    Raises:
        ModelNameInvalidError: A name breaks the grammar.
    """
    return EventGroup(message.sequence, tuple(map(_event_from_proto, message.events)))


def _event_to_proto(event: Event) -> pb.Event:
    return pb.Event(
        sequence=event.sequence,
        model=event.model,
        kind=_KIND_TO_PROTO[event.kind],
        version=event.version,
        alias=event.alias,
        from_version=event.from_version,
        happened_at=time_to_proto(event.at_ms),
    )


def _event_from_proto(message: pb.Event) -> Event:
    return Event(
        sequence=message.sequence,
        model=parse_model_name(message.model),
        kind=_KIND_FROM_PROTO.get(message.kind, EventKind.OTHER),
        version=message.version,
        at_ms=time_from_proto(message.happened_at),
        alias=message.alias,
        from_version=message.from_version,
    )
