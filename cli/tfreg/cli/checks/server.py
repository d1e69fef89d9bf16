"""The server: does it answer, and does it speak this client's API?"""

from __future__ import annotations

import time

from tfreg.cli.checks.check import Findings
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import Settings

API_VERSION = "v1"


def check_server(findings: Findings, settings: Settings) -> None:
    """Asks the server, or one opened in this process, what it can do."""
    name = "server" if settings.target() else "embedded server"
    with findings.catching(name), open_registry(settings) as client:
        started_s = time.perf_counter()
        found = client.capabilities()
        took_ms = (time.perf_counter() - started_s) * 1000
        told = f"{settings.target() or 'in this process'} answers in {took_ms:.0f} ms: tfreg {found.server_version}"
        if API_VERSION in found.api_versions:
            findings.ok(name, f"{told}, API {', '.join(found.api_versions)}")
        else:
            findings.warning(name, f"{told} speaks {', '.join(found.api_versions)}, not {API_VERSION}", "Update this client.")
