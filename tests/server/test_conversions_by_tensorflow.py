"""Conversions by a server's own workers: real ones, in their sandbox."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tfreg.convert.executors.lazy import WorkerOptions
from tfreg.server.converting import ConvertOptions
from tfreg.v1 import conversions_pb2

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.timeout(300)]
KERAS = "team/keras"


@pytest.fixture
def caller(tmp_path: Path, stores, serve, models: Path):
    workers = WorkerOptions(scratch=tmp_path / "work")
    found = serve(stores, convert=ConvertOptions(workers))
    found.push(KERAS, {"model.h5": (models / "same_keras_h5.h5").read_bytes()})
    return found


@pytest.fixture(params=["local"])
def stores(request, tmp_path: Path):
    from tfreg.server.compose import open_stores
    from tfreg.server.embedded import close_stores

    opened = open_stores(tmp_path / "data")
    yield opened
    close_stores(opened)


def _children() -> set[int]:
    own = os.getpid()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == own:
                found.add(int(entry.name))
    return found


def test_a_keras_model_becomes_a_graph_that_computes_the_same(caller):
    made = caller.convert(KERAS, "frozen_graph", check=conversions_pb2.CHECK_MODE_WAIT)[-1].conversion
    assert list(made.provenance.steps) == ["keras_to_saved_model", "saved_model_to_frozen_graph"]
    assert made.provenance.tools["tensorflow"]
    assert made.check.state == conversions_pb2.CHECK_STATE_EQUAL
    assert made.signatures


def test_a_worker_that_is_killed_fails_its_job_and_the_next_works(caller, stores, tmp_path):
    before = _children()
    stream = caller.conversions.Convert(
        conversions_pb2.ConvertRequest(
            conversion=conversions_pb2.ConversionRequest(reference=KERAS, target="saved_model"),
            check=conversions_pb2.CHECK_MODE_NONE,
        )
    )
    killed = threading.Event()

    def told():
        for message in stream:
            if message.job.stage in ("loading", "tracing") and not killed.is_set():
                killed.set()
                for worker in _children() - before:
                    os.kill(worker, signal.SIGKILL)

    error = caller.failure(lambda: told() or [])
    assert killed.is_set()
    assert (error.reason, error.kind.value) == ("WORKER_FAILED", "RESOURCE_EXHAUSTED")
    assert stores.catalog.derived(KERAS, 1) == []
    assert stores.catalog.expired_leases(2**60) == []
    assert caller.convert(KERAS, "saved_model")[-1].conversion.format == "saved_model"


def test_code_of_the_models_author_is_not_run_unless_allowed(caller, models):
    caller.push("team/lambda", {"model.h5": (models / "keras_3_lambda_h5.h5").read_bytes()}, allow_broken=True)
    wanted = conversions_pb2.ConversionRequest(reference="team/lambda", target="saved_model")
    error = caller.failure(caller.conversions.Convert, conversions_pb2.ConvertRequest(conversion=wanted))
    assert error.reason == "FOREIGN_CODE"
