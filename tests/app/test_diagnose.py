"""Diagnose: what its callers do to it. What it finds is told by tests/core/runtimes and tests/server/test_runtimes.py."""

from __future__ import annotations

import pytest

from tfreg.app.diagnose import Diagnose
from tfreg.app.graphs import Graphs
from tfreg.app.runtimes import register
from tfreg.core.errors import CancelledError
from tfreg.core.names import parse_reference
from tfreg.core.runtimes.known import known_runtime


def test_it_ends_when_its_caller_leaves_and_answers_the_next_one(registry, saved_model) -> None:
    registry.push("m", saved_model)
    runtime = register(registry.stores, *known_runtime("tensorflow-java-1.1.0"))
    diagnose = Diagnose(registry.stores, registry.inspections, Graphs(registry.blobs))
    with pytest.raises(CancelledError):
        diagnose(parse_reference("m"), runtime, still_wanted=lambda: False)
    assert diagnose(parse_reference("m"), runtime).fits
