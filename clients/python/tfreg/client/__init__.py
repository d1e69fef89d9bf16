"""The Python client of a tfreg server: `Client`, and `AsyncClient` with the same methods to await.

Example:
    >>> from tfreg.client import Client, TfregError
    >>> with Client("localhost:7433") as client:
    ...     client.push("./exported", "team/digits", aliases="prod")
    ...     names = client.resolve("team/digits@prod")
    ...     folder = client.pull("team/digits@prod").path
    ...     feed, fetch = names.feed("image").tensor.ref, names.fetch("probabilities").ref

All that it raises is a `TfregError`; the classes below it that programs catch can be imported from here, and all of them from
`tfreg.core.errors`. docs/python.md is a guide. Importing this package is cheap; grpc is loaded when a client is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfreg.client.async_client import AsyncClient
    from tfreg.client.client import Client
    from tfreg.client.progress import Progress
    from tfreg.client.results import Pulled, PulledAttachment, PushResult
    from tfreg.client.retrying import RetryPolicy
    from tfreg.client.watching import Watching
    from tfreg.core.bindings import Binding, Feed, Resolved
    from tfreg.core.conversions.options import ConversionOptions, InputShape, NamedTensor, Renamed, VariableKey
    from tfreg.core.conversions.records import Conversion, Job, Planned
    from tfreg.core.conversions.requests import AttachedFile, CheckMode
    from tfreg.core.errors import (
        AbortedError,
        AliasConflictError,
        AliasNotFoundError,
        CancelledError,
        ConversionRefusedError,
        DataLossError,
        DeadlineExceededError,
        FailedPreconditionError,
        InternalError,
        InvalidArgumentError,
        ModelBrokenError,
        ModelNotFoundError,
        NotAModelError,
        NotFoundError,
        OutputNotFoundError,
        RequestInvalidError,
        ResourceExhaustedError,
        RuntimeNotFoundError,
        SequenceUnknownError,
        ServerUnavailableError,
        SignatureNotFoundError,
        TensorKeyNotFoundError,
        TfregError,
        UnavailableError,
        VersionConflictError,
        VersionNotFoundError,
    )
    from tfreg.core.events import Event, EventKind
    from tfreg.core.names import Alias
    from tfreg.core.records import AliasMove
    from tfreg.core.runtimes.diagnosis import Diagnosis
    from tfreg.core.runtimes.profile import RuntimeProfile
    from tfreg.core.tensors import TensorRef, TensorSpec

_MODULES = {
    "tfreg.client.async_client": ("AsyncClient",),
    "tfreg.client.client": ("Client",),
    "tfreg.client.progress": ("Progress",),
    "tfreg.client.results": ("Pulled", "PulledAttachment", "PushResult"),
    "tfreg.client.retrying": ("RetryPolicy",),
    "tfreg.client.watching": ("Watching",),
    "tfreg.core.bindings": ("Binding", "Feed", "Resolved"),
    "tfreg.core.conversions.options": ("ConversionOptions", "InputShape", "NamedTensor", "Renamed", "VariableKey"),
    "tfreg.core.conversions.records": ("Conversion", "Job", "Planned"),
    "tfreg.core.conversions.requests": ("AttachedFile", "CheckMode"),
    "tfreg.core.events": ("Event", "EventKind"),
    "tfreg.core.names": ("Alias",),
    "tfreg.core.records": ("AliasMove",),
    "tfreg.core.runtimes.diagnosis": ("Diagnosis",),
    "tfreg.core.runtimes.profile": ("RuntimeProfile",),
    "tfreg.core.tensors": ("TensorRef", "TensorSpec"),
}

__all__ = [
    "AbortedError",
    "Alias",
    "AliasConflictError",
    "AliasMove",
    "AliasNotFoundError",
    "AsyncClient",
    "AttachedFile",
    "Binding",
    "CancelledError",
    "CheckMode",
    "Client",
    "Conversion",
    "ConversionOptions",
    "ConversionRefusedError",
    "DataLossError",
    "DeadlineExceededError",
    "Diagnosis",
    "Event",
    "EventKind",
    "FailedPreconditionError",
    "Feed",
    "InputShape",
    "InternalError",
    "InvalidArgumentError",
    "Job",
    "ModelBrokenError",
    "ModelNotFoundError",
    "NamedTensor",
    "NotAModelError",
    "NotFoundError",
    "OutputNotFoundError",
    "Planned",
    "Progress",
    "Pulled",
    "PulledAttachment",
    "PushResult",
    "Renamed",
    "RequestInvalidError",
    "Resolved",
    "ResourceExhaustedError",
    "RetryPolicy",
    "RuntimeNotFoundError",
    "RuntimeProfile",
    "SequenceUnknownError",
    "ServerUnavailableError",
    "SignatureNotFoundError",
    "TensorKeyNotFoundError",
    "TensorRef",
    "TensorSpec",
    "TfregError",
    "UnavailableError",
    "VariableKey",
    "VersionConflictError",
    "VersionNotFoundError",
    "Watching",
]

_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULE_OF.get(name, "tfreg.core.errors")), name)


def __dir__() -> list[str]:
    return __all__
