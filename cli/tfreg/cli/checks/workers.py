"""Whether TensorFlow can be run here, for the conversions that need it, and how safely."""

from __future__ import annotations

from tfreg.cli.checks.check import Findings

_WALLS = {"bubblewrap": "by bubblewrap", "namespaces": "by Linux namespaces, for bubblewrap is not installed or does not work"}


def check_workers(findings: Findings) -> None:
    """Checks that models of strangers can be run, and says behind which walls."""
    from tfreg.convert.examination import examine_workers

    name = "workers"
    found = examine_workers()
    tensorflow = (
        f"TensorFlow {found.tensorflow}" if found.tensorflow else "TensorFlow is not installed, which few conversions need"
    )
    if found.walls:
        findings.ok(name, f"{tensorflow}; models run in a sandbox {_WALLS[found.walls]}")
    elif found.tensorflow:
        findings.warning(name, f"{tensorflow}; {found.reason}", found.hint)
    else:
        findings.ok(name, f"{tensorflow}; no sandbox works here")
