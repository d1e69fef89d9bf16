"""Conversions over the wire: asked for, shared, cancelled, interrupted, found again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from tfreg.app.collection import clean
from tfreg.app.conversions.jobs import JobTimes
from tfreg.app.examination import examine
from tfreg.app.stores import Stores
from tfreg.core.conversions.routes import ROUTES
from tfreg.core.conversions.steps import StepResult
from tfreg.core.digests import digest_of
from tfreg.core.rewrites import freezing
from tfreg.core.trees import MemoryTree
from tfreg.server.compose import open_stores
from tfreg.server.converting import ConvertOptions
from tfreg.server.embedded import close_stores
from tfreg.server.housekeeping import Housekeeping
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.v1 import artifacts_pb2, bindings_pb2, capabilities_pb2, conversions_pb2

BERT = "team/bert"
TIMES = JobTimes(alive_s=3.0, beat_s=0.05)


class Runner:
    """Runs steps that a test gives as functions."""

    def __init__(self):
        self.steps, self.closed = {}, False

    @contextmanager
    def run(self, job, report, still_wanted):
        files, facts = self.steps[job.step](job, report, still_wanted)
        yield StepResult(MemoryTree(files), facts)

    def close(self):
        self.closed = True


@pytest.fixture
def runner():
    return Runner()


@pytest.fixture
def caller(stores, serve, runner, saved_model):
    found = serve(stores, convert=ConvertOptions(times=TIMES, runner=runner))
    found.push(BERT, saved_model)
    return found


@pytest.fixture
def held(monkeypatch):
    """Holds the rewrite to a frozen graph until it is told to go on."""
    begun, go, original = threading.Event(), threading.Event(), freezing.rewrite

    def rewrite(request):
        begun.set()
        assert go.wait(60)
        return original(request)

    monkeypatch.setattr(freezing, "rewrite", rewrite)
    yield begun, go
    go.set()


def request(reference=BERT, target="frozen_graph", check=conversions_pb2.CHECK_MODE_NONE, **fields):
    wanted = conversions_pb2.ConversionRequest(reference=reference, target=target, **fields)
    return conversions_pb2.ConvertRequest(conversion=wanted, check=check)


def resolve(caller, formats=("frozen_graph",), **fields):
    return caller.bindings.Resolve(bindings_pb2.ResolveRequest(reference=BERT, formats=formats, **fields))


def test_a_conversion_is_streamed_listed_and_pulled(caller):
    *jobs, last = caller.convert(BERT, "frozen_graph")
    made = last.conversion
    assert {message.WhichOneof("what") for message in jobs} == {"job"}
    done = jobs[-1].job
    assert (done.state, done.artifact_digest) == (conversions_pb2.JOB_STATE_DONE, made.artifact_digest)
    assert (made.model, made.version, made.format) == (BERT, 1, "frozen_graph")
    assert list(made.provenance.steps) == ["saved_model_to_frozen_graph"]
    listed = caller.conversions.ListConversions(conversions_pb2.ListConversionsRequest(reference=BERT))
    assert list(listed.conversions) == [made]
    (content,) = caller.pull(f"{BERT}@{made.artifact_digest}").values()
    assert len(content) == made.size_bytes
    answer = caller.conversions.GetJob(conversions_pb2.GetJobRequest(id=done.id))
    assert answer.job.state == conversions_pb2.JOB_STATE_DONE


def test_the_second_request_is_answered_at_once_and_again_from_the_cache(caller):
    *_, first = caller.convert(BERT, "frozen_graph")
    assert caller.convert(BERT, "frozen_graph") == [first]
    assert caller.convert(BERT, "frozen_graph") == [first]


def test_a_derived_artifact_is_inspected_listed_read_and_compared(caller):
    made = caller.convert(BERT, "frozen_graph")[-1].conversion
    reference = f"{BERT}@{made.artifact_digest}"
    for chosen in ({"reference": BERT, "formats": ["frozen_graph"]}, {"reference": reference}):
        shown = caller.artifacts.Inspect(artifacts_pb2.InspectRequest(**chosen))
        assert shown.artifact.digest == made.artifact_digest
        assert caller.artifacts.ListNodes(artifacts_pb2.ListNodesRequest(**chosen)).nodes
        tensors = caller.artifacts.ListTensors(artifacts_pb2.ListTensorsRequest(**chosen)).tensors
        name = tensors[0].name
        wanted = artifacts_pb2.ReadTensorsRequest(tensors=[artifacts_pb2.TensorSelection(name=name)], **chosen)
        assert list(caller.artifacts.ReadTensors(wanted))
    difference = caller.artifacts.Compare(artifacts_pb2.CompareRequest(before=BERT, after=reference))
    assert difference.ByteSize()


def test_resolve_and_pull_convert_if_they_may(caller):
    for call in (
        lambda: caller.failure(resolve, caller),
        lambda: caller.failure(
            caller.artifacts.GetArtifact, artifacts_pb2.GetArtifactRequest(reference=BERT, formats=["frozen_graph"])
        ),
    ):
        error = call()
        assert error.reason == "FORMAT_NOT_STORED"
        assert "tfreg convert" in error.hint
    before = resolve(caller, formats=()).binding
    found = resolve(caller, convert=True).binding
    assert (found.format, found.signature) == ("frozen_graph", "serving_default")
    assert {fetch.key for fetch in found.fetches} == {fetch.key for fetch in before.fetches}
    pulled = caller.artifacts.GetArtifact(
        artifacts_pb2.GetArtifactRequest(reference=BERT, formats=["frozen_graph"], convert=True)
    )
    assert pulled.artifact.digest == found.artifact_digest
    assert resolve(caller).binding.artifact_digest == found.artifact_digest


def test_callers_who_wait_for_conversions_keep_no_question_waiting(serve, stores, saved_model, runner, held):
    begun, go = held
    caller = serve(stores, threads=1, streams=1, convert=ConvertOptions(times=TIMES, runner=runner, max_waiting=1))
    caller.push(BERT, saved_model)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(resolve, caller, convert=True)
        assert begun.wait(60)
        streaming = pool.submit(caller.convert, BERT, "frozen_graph")
        assert resolve(caller, formats=()).binding.format == "saved_model"
        error = caller.failure(resolve, caller, convert=True)
        assert (error.reason, error.kind.value) == ("SERVER_UNAVAILABLE", "UNAVAILABLE")
        go.set()
        assert waiting.result().binding.format == "frozen_graph"
        assert streaming.result()
    assert resolve(caller, convert=True).binding


def test_the_first_of_several_results_made_with_options_answers_and_says_so(caller):
    def made(name):
        options = conversions_pb2.ConversionOptions(outputs=[conversions_pb2.NamedTensor(tensor=name)])
        return caller.convert(BERT, "frozen_graph", conversion={"options": options})[-1].conversion

    first = made("probabilities")
    (alone,) = [found for found in resolve(caller).binding.diagnostics if found.code == "TFR507"]
    assert alone.message == "This frozen_graph was made with outputs probabilities."
    second = made("label")
    answer = resolve(caller).binding
    (told,) = [found for found in answer.diagnostics if found.code == "TFR507"]
    assert answer.artifact_digest == first.artifact_digest
    assert f"{BERT}@{second.artifact_digest} (outputs label)" in told.hint
    plain = caller.convert(BERT, "frozen_graph")[-1].conversion
    answer = resolve(caller).binding
    assert answer.artifact_digest == plain.artifact_digest
    assert not [found for found in answer.diagnostics if found.code == "TFR507"]


def test_a_signature_that_the_chosen_result_lacks_is_named_where_it_is(caller, models):
    name, root = "team/described", models / "tf2_module_signatures"
    caller.push(name, {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()})
    caller.convert(name, "frozen_graph")
    options = conversions_pb2.ConversionOptions(signature="describe")
    made = caller.convert(name, "frozen_graph", conversion={"options": options})[-1].conversion
    wanted = bindings_pb2.ResolveRequest(reference=name, formats=["frozen_graph"], signature="describe")
    error = caller.failure(caller.bindings.Resolve, wanted)
    assert error.reason == "SIGNATURE_NOT_FOUND"
    assert f"{name}@{made.artifact_digest} (signature describe)" in error.hint


def test_a_conversion_changes_the_revision(caller):
    before = resolve(caller, formats=()).binding
    assert resolve(caller, formats=(), known_revision=before.revision).unchanged
    caller.convert(BERT, "frozen_graph")
    after = resolve(caller, formats=(), known_revision=before.revision)
    assert not after.unchanged
    assert after.binding.revision != before.revision


def test_a_plan_says_what_would_be_done(caller):
    planned = caller.conversions.Plan(conversions_pb2.PlanRequest(conversion=request().conversion))
    assert [step.name for step in planned.steps] == ["saved_model_to_frozen_graph"]
    error = caller.failure(caller.conversions.Plan, conversions_pb2.PlanRequest(conversion=request(target="tensorrt").conversion))
    assert (error.reason, error.kind.value) == ("NO_ROUTE", "FAILED_PRECONDITION")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (request(target="zip"), "FORMAT_UNKNOWN"),
        (request(reference="team/none"), "MODEL_NOT_FOUND"),
        (request(options=conversions_pb2.ConversionOptions(quantize="int8")), "OPTION_UNSUPPORTED"),
        (request(options=conversions_pb2.ConversionOptions(signature="none")), "SIGNATURE_NOT_FOUND"),
        (request(inputs=[conversions_pb2.ConversionInput(role="odd")]), "REQUEST_INVALID"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(caller, wanted, reason):
    assert caller.failure(caller.conversions.Convert, wanted).reason == reason


def test_two_callers_share_one_run(caller, held):
    begun, go = held
    with ThreadPoolExecutor(2) as pool:
        callers = [pool.submit(caller.convert, BERT, "frozen_graph") for _ in range(2)]
        assert begun.wait(60)
        go.set()
        first, second = (one.result()[-1].conversion for one in callers)
    assert first == second
    assert len(caller.conversions.ListConversions(conversions_pb2.ListConversionsRequest(reference=BERT)).conversions) == 1


def test_a_caller_that_leaves_does_not_end_the_job(caller, held):
    begun, go = held
    stream = caller.conversions.Convert(request())
    job = next(stream).job
    assert begun.wait(60)
    stream.cancel()
    with contextlib.suppress(grpc.RpcError):
        list(stream)
    go.set()
    assert caller.convert(BERT, "frozen_graph")[-1].conversion.format == "frozen_graph"
    ended = caller.conversions.GetJob(conversions_pb2.GetJobRequest(id=job.id)).job
    assert ended.state == conversions_pb2.JOB_STATE_DONE


def test_a_cancelled_job_ends_for_all_who_wait_and_the_next_works(caller, held):
    begun, go = held
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(caller.failure, caller.conversions.Convert, request())
        assert begun.wait(60)
        job = next(caller.conversions.Convert(request())).job
        cancelled = caller.conversions.CancelJob(conversions_pb2.CancelJobRequest(id=job.id)).job
        assert cancelled.state == conversions_pb2.JOB_STATE_CANCELLED
        assert waiting.result().reason == "CANCELLED"
    go.set()
    assert caller.convert(BERT, "frozen_graph")[-1].conversion.format == "frozen_graph"
    error = caller.failure(caller.conversions.CancelJob, conversions_pb2.CancelJobRequest(id="unknown"))
    assert error.reason == "JOB_NOT_FOUND"


def test_an_input_that_was_uploaded_goes_in(caller, models, wire):
    checkpoint = {path.name: path.read_bytes() for path in (models / "checkpoint_tf1").iterdir()}
    caller.push("team/checkpoint", checkpoint)
    graph = {"graph.pb": (models / "frozen_tf1.pb").read_bytes()}
    lease_id = caller.upload(graph)
    files = conversions_pb2.UploadedFiles(
        manifest=wire.creation("x", graph).manifest, layouts=wire.creation("x", graph).layouts, lease_id=lease_id
    )
    given = [conversions_pb2.ConversionInput(role="graph", files=files)]
    planned = caller.conversions.Plan(conversions_pb2.PlanRequest(conversion=request("team/checkpoint", inputs=given).conversion))
    assert [step.name for step in planned.steps] == ["checkpoint_to_frozen_graph"]
    files.manifest.files[0].digest = digest_of(b"something else")
    wrong = [conversions_pb2.ConversionInput(role="graph", files=files)]
    error = caller.failure(caller.conversions.Convert, request("team/checkpoint", inputs=wrong))
    assert error.reason == "DIGEST_MISMATCH"


def test_a_check_is_waited_for_and_told(caller, runner):
    runner.steps["check"] = lambda *_: ({"f": b"-"}, {"check": {"state": "equal", "max_abs_difference": 0.0}})
    made = caller.convert(BERT, "frozen_graph", check=conversions_pb2.CHECK_MODE_WAIT)[-1].conversion
    assert made.check.state == conversions_pb2.CHECK_STATE_EQUAL
    assert made.check.checked_at.seconds


def test_checks_that_were_left_are_made_by_housekeeping(stores, serve, runner, saved_model):
    leaving = serve(stores, convert=ConvertOptions(times=TIMES, runner=runner, checks_in_background=False))
    leaving.push(BERT, saved_model)
    made = leaving.convert(BERT, "frozen_graph", check=conversions_pb2.CHECK_MODE_LATER)[-1].conversion
    assert made.check.reason == "not checked yet"
    runner.steps["check"] = lambda *_: ({"f": b"-"}, {"check": {"state": "failed", "reason": "probabilities differ"}})
    server = serve.__self__._open[-1][0]
    Housekeeping(stores, server.converting)._round()
    (listed,) = leaving.conversions.ListConversions(conversions_pb2.ListConversionsRequest(reference=BERT)).conversions
    assert (listed.check.state, listed.check.reason) == (conversions_pb2.CHECK_STATE_FAILED, "probabilities differ")


def test_a_full_disk_refuses_the_conversion_and_leaves_nothing(serve, frozen, saved_model, runner, monkeypatch):
    blobs = MemoryBlobStore(capacity_bytes=sum(map(len, saved_model.values())) + 500)
    stores = Stores(blobs, MemoryCatalog())
    caller = serve(stores, convert=ConvertOptions(times=TIMES, runner=runner))
    caller.push(BERT, saved_model)
    before = stores.catalog.blobs("", 1000)
    error = caller.failure(caller.conversions.Convert, request())
    assert (error.reason, error.kind.value) == ("STORAGE_FULL", "RESOURCE_EXHAUSTED")
    assert stores.catalog.blobs("", 1000) == before
    assert stores.catalog.expired_leases(2**60) == []
    blobs._capacity_bytes = 10**9
    assert caller.convert(BERT, "frozen_graph")[-1].conversion.format == "frozen_graph"


def test_a_deleted_version_takes_its_conversions_with_it(caller, stores):
    from tfreg.v1 import registry_pb2

    made = caller.convert(BERT, "frozen_graph")[-1].conversion
    caller.registry.DeleteVersion(registry_pb2.DeleteVersionRequest(model=BERT, version=1, purge=True))
    assert stores.catalog.artifact(made.artifact_digest) is None
    assert list(stores.blobs.digests()) == []


def test_capabilities_tell_the_routes(caller):
    found = caller.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest()).conversions
    assert [one.name for one in found] == [route.name for route in ROUTES]
    frozen = next(one for one in found if one.name == "saved_model_to_frozen_graph")
    assert (frozen.by, list(frozen.sources)) == ("rewrite", ["saved_model"])


def test_two_servers_on_one_data_folder_share_jobs_and_results(tmp_path: Path, serve, saved_model, held, runner):
    begun, go = held
    opened = [open_stores(tmp_path) for _ in range(2)]
    try:
        one, two = (serve(stores, convert=ConvertOptions(times=TIMES, runner=runner)) for stores in opened)
        one.push(BERT, saved_model)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(one.convert, BERT, "frozen_graph")
            assert begun.wait(60)
            second = two.conversions.Convert(request())
            job = next(second).job
            go.set()
            made = first.result()[-1].conversion
            assert [*second][-1].conversion == made
        assert one.conversions.GetJob(conversions_pb2.GetJobRequest(id=job.id)).job.state == conversions_pb2.JOB_STATE_DONE
    finally:
        serve.__self__.__exit__()
        serve.__self__._open.clear()
        for stores in opened:
            close_stores(stores)


@pytest.mark.timeout(60)
def test_a_server_killed_in_mid_job_leaves_a_clean_failure_and_the_next_works(tmp_path: Path, serve, saved_model, runner):
    program = Path(__file__).parent / "conversion_programs.py"
    data = str(tmp_path / "data")
    with subprocess.Popen([sys.executable, str(program), "serve_and_hang", data], stdout=subprocess.PIPE, text=True) as killed:
        try:
            target = killed.stdout.readline().split()[-1]
            with grpc.insecure_channel(target) as channel:
                first = type(serve(Stores(MemoryBlobStore(), MemoryCatalog())))(target, channel)
                first.push(BERT, saved_model)
                stream = first.conversions.Convert(request())
                job = next(stream).job
                assert killed.stdout.readline() == "hanging\n"
                os.kill(killed.pid, signal.SIGKILL)
                with pytest.raises(grpc.RpcError) as caught:
                    list(stream)
                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        finally:
            killed.kill()
    stores = open_stores(data)
    try:
        second = serve(stores, convert=ConvertOptions(times=TIMES, runner=runner))
        started_s = time.monotonic()
        made = second.convert(BERT, "frozen_graph")[-1].conversion
        assert time.monotonic() - started_s < 60
        assert made.format == "frozen_graph"
        left = second.conversions.GetJob(conversions_pb2.GetJobRequest(id=job.id)).job
        assert (left.state, left.failure.reason) == (conversions_pb2.JOB_STATE_FAILED, "CONVERSION_INTERRUPTED")
        later = Stores(stores.blobs, stores.catalog, lambda: stores.clock() + 2 * 3600 * 1000)
        assert clean(later).size_bytes >= 16 << 20, "what the killed server had written goes with its lease"
        assert examine(stores).findings == ()
        assert second.pull(BERT) == saved_model
    finally:
        serve.__self__.__exit__()
        serve.__self__._open.clear()
        close_stores(stores)


@pytest.mark.timeout(60)
def test_a_server_that_ends_tells_those_who_wait(stores, serve, saved_model, held, runner):
    begun, go = held
    caller = serve(stores, convert=ConvertOptions(times=TIMES, runner=runner))
    caller.push(BERT, saved_model)
    stream = caller.conversions.Convert(request())
    job = next(stream).job
    assert begun.wait(60)
    server, _ = serve.__self__._open[-1]
    threading.Timer(0.2, go.set).start()
    server.stop()
    with pytest.raises(grpc.RpcError):
        list(stream)
    assert stores.catalog.job(job.id).state.value in ("failed", "done")
    assert not runner.closed, "it is the caller's"


def test_the_server_imports_nothing_of_tensorflow_for_a_rewrite(tmp_path, models):
    code = f"""
import json, sys
from tfreg.client import Client
from tfreg.server.embedded import EmbeddedServer
with EmbeddedServer({str(tmp_path / "data")!r}) as server:
    client = Client(server.target)
    client.push({str(models / "tf1_saved_model")!r}, "team/bert")
    client.convert("team/bert", "frozen_graph")
    client.close()
print(json.dumps([name for name in sys.modules if name.startswith(("tensorflow", "tfreg.convert"))]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []
