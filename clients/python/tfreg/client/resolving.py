"""Resolve: which names to feed and to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tfreg.client.calls import Calls
from tfreg.client.conversion_client import CONVERSION_TIMEOUT_S
from tfreg.core.bindings import BindingQuery, Resolved
from tfreg.core.names import parse_reference
from tfreg.translate.bindings import question_to_proto, resolved_from_proto


def resolve(
    calls: Calls,
    reference: str,
    query: BindingQuery,
    formats: Sequence[str],
    known_revision: str,
    *,
    convert: bool = False,
    runtime: str = "",
) -> Resolved | None:
    """See `Client.resolve`."""
    request = question_to_proto(parse_reference(reference), query, formats, known_revision, convert=convert, runtime=runtime)
    attempt = partial(calls.once, calls.connection.bindings.Resolve, request)
    answer = calls.retrying(attempt, calls.deadline_s + CONVERSION_TIMEOUT_S * convert)
    return None if answer.unchanged else resolved_from_proto(answer.binding)
