"""Which release this is."""

from __future__ import annotations

from functools import cache


@cache
def server_version() -> str:
    """The version of the installed package."""
    from importlib.metadata import version

    return version("tfreg")
