"""tfreg/v1/diagnostics.proto and the core's diagnostics."""

from __future__ import annotations

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.v1 import diagnostics_pb2 as pb

_TO_PROTO = {
    Severity.INFO: pb.SEVERITY_INFO,
    Severity.WARNING: pb.SEVERITY_WARNING,
    Severity.ERROR: pb.SEVERITY_ERROR,
}
_FROM_PROTO = {number: severity for severity, number in _TO_PROTO.items()}


def diagnostic_to_proto(diagnostic: Diagnostic) -> pb.Diagnostic:
    """Returns the message for a finding."""
    place = diagnostic.place
    return pb.Diagnostic(
        code=diagnostic.code,
        severity=_TO_PROTO[diagnostic.severity],
        message=diagnostic.message,
        hint=diagnostic.hint,
        file=place.file,
        operation=place.operation,
        function=place.function,
        signature=place.signature,
    )


def diagnostic_from_proto(message: pb.Diagnostic) -> Diagnostic:
    """Returns the finding that a message tells. A severity that this release does not know counts as a warning."""
    return Diagnostic(
        code=message.code,
        severity=_FROM_PROTO.get(message.severity, Severity.WARNING),
        message=message.message,
        hint=message.hint,
        place=Place(message.file, message.operation, message.function, message.signature),
    )
