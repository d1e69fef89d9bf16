"""The Python client of a tfreg server: `Client`, and `AsyncClient` with the same methods to await.

Importing this package is cheap; grpc is loaded when a client is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfreg.client.async_client import AsyncClient
    from tfreg.client.client import Client
    from tfreg.client.progress import Progress
    from tfreg.client.results import Pulled, PulledAttachment, PushResult
    from tfreg.client.retrying import RetryPolicy

__all__ = ["AsyncClient", "Client", "Progress", "Pulled", "PulledAttachment", "PushResult", "RetryPolicy"]

_MODULES = {
    "AsyncClient": "async_client",
    "Client": "client",
    "Progress": "progress",
    "Pulled": "results",
    "PulledAttachment": "results",
    "PushResult": "results",
    "RetryPolicy": "retrying",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
