"""Converting artifacts of versions: once, whoever asks, and with all that is known of the result."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfreg.app.choice import choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import inspect
from tfreg.app.paging import PageRequest
from tfreg.app.resolve import Resolve
from tfreg.app.signing import Signing
from tfreg.core.bindings import BindingQuery
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.records import Conversion, Job
from tfreg.core.conversions.requests import AttachedFile, CheckMode, ConversionInput, ConversionRequest, UploadedFiles
from tfreg.core.conversions.results import CheckState
from tfreg.core.errors import (
    ArtifactNotFoundError,
    CancelledError,
    DigestMismatchError,
    FormatNotStoredError,
    NoRouteError,
    RequestInvalidError,
    StorageFullError,
    TensorflowMissingError,
    WorkerFailedError,
)
from tfreg.core.fingerprints import FINGERPRINT_VERSION
from tfreg.core.names import parse_reference
from tfreg.core.signing.request import SignatureRequest

BERT = "team/bert"


@pytest.fixture
def pushed(registry, saved_model):
    return registry.push(BERT, saved_model).version


@pytest.fixture
def tflite(models: Path):
    return {"model.tflite": (models / "tflite_three_inputs.tflite").read_bytes()}


def request(reference=BERT, target="frozen_graph", inputs=(), **options):
    return ConversionRequest(parse_reference(reference), target, ConversionOptions(**options), tuple(inputs))


def convert(registry, *args, mode=CheckMode.NONE, **fields):
    *_, last = registry.conversions.convert(request(*args, **fields), mode)
    assert isinstance(last, Conversion)
    return last


def resolved(registry, reference=BERT, formats=("frozen_graph",), **options):
    use_case = Resolve(registry.stores, registry.inspections, Graphs(registry.blobs), lambda: registry.conversions)
    return use_case(parse_reference(reference), BindingQuery(), formats, **options)


def test_a_conversion_becomes_an_artifact_of_its_version(registry, pushed):
    made = convert(registry)
    derived = made.derived
    assert (made.model, made.version, derived.format) == (BERT, 1, "frozen_graph")
    assert derived.provenance.source_digest == pushed.artifact_digest
    assert derived.provenance.steps == ("saved_model_to_frozen_graph",)
    assert derived.provenance.tools["tfreg"]
    assert {name.key for name in derived.result.names} >= {"input_ids", "probabilities"}
    catalog = registry.stores.catalog
    assert catalog.derived(BERT, 1) == [derived]
    assert catalog.version(BERT, 1).additions == 1
    assert catalog.fingerprints(derived.artifact_digest, FINGERPRINT_VERSION).weights
    shown = inspect(registry.stores, registry.inspections, parse_reference(f"{BERT}@{derived.artifact_digest}"), ())
    assert [found.key for found in shown.inspection.meta_graphs[0].signatures] == ["serving_default"]
    assert catalog.expired_leases(2**60) == [], "no lease is left"


def test_the_same_conversion_is_made_once(registry, pushed):
    first = convert(registry)
    told = list(registry.conversions.convert(request(), CheckMode.NONE))
    assert told == [first], "without a job"
    assert convert(registry, clear_devices=True).derived.key != first.derived.key
    pages = [registry.conversions.list_conversions(parse_reference(BERT), PageRequest(1))]
    pages.append(registry.conversions.list_conversions(parse_reference(BERT), PageRequest(1, pages[0].token_after(1))))
    assert [one.derived.addition for page in pages for one in page.items] == [1, 2]
    assert [page.token_after(1) == "" for page in pages] == [False, True]


def test_what_another_version_was_converted_to_is_added_without_work(registry, saved_model, pushed):
    first = convert(registry)
    registry.push("team/copy", saved_model)
    told = list(registry.conversions.convert(request("team/copy"), CheckMode.NONE))
    assert [type(one) for one in told] == [Conversion]
    assert told[0].derived.artifact_digest == first.derived.artifact_digest
    assert registry.stores.catalog.version("team/copy", 1).additions == 1


def test_two_callers_share_one_run(registry, pushed, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    from tfreg.core.rewrites import freezing

    runs = []
    original = freezing.rewrite

    def slow(wanted):
        runs.append(wanted)
        begun.set()
        assert go.wait(60)
        return original(wanted)

    monkeypatch.setattr(freezing, "rewrite", slow)
    with ThreadPoolExecutor(2) as pool:
        callers = [pool.submit(convert, registry) for _ in range(2)]
        assert begun.wait(60)
        go.set()
        first, second = (caller.result() for caller in callers)
    assert first == second
    assert len(runs) == 1


def test_progress_is_told(registry, pushed):
    told = list(registry.conversions.convert(request(), CheckMode.NONE))
    assert all(isinstance(one, Job) for one in told[:-1])
    assert told[-2].artifact_digest == told[-1].derived.artifact_digest


def test_a_plan_says_the_way_and_whether_the_result_is_there(registry, pushed):
    planned = registry.conversions.plan(request())
    assert [step.name for step in planned.steps] == ["saved_model_to_frozen_graph"]
    assert (planned.source_format, planned.stored) == ("saved_model", "")
    made = convert(registry)
    assert registry.conversions.plan(request()).stored == made.derived.artifact_digest
    attached = [ConversionInput("graph", AttachedFile("graph"))]
    with pytest.raises(TypeError):
        request(inputs=attached, unknown=1)
    with pytest.raises(NoRouteError):
        registry.conversions.plan(request(target="tensorrt"))


def test_declared_signatures_make_another_conversion(registry, pushed):
    first = convert(registry)
    signing = Signing(registry.stores, registry.inspections, Graphs(registry.blobs))
    wanted = SignatureRequest("classify", (("x", "input_ids:0"),), (("scores", "pred_prob:0"),))
    signing.declare(parse_reference(BERT), wanted)
    second = convert(registry)
    assert second.derived.key != first.derived.key
    assert set(second.derived.provenance.inputs) == {"signatures"}
    assert convert(registry, signature="serving_default").derived.provenance.inputs == {}, "it does not matter here"
    chosen = choose(registry.stores.catalog, parse_reference(BERT), ["frozen_graph"])
    assert chosen.derived == second.derived, "the newest that a caller gets who only names a format"


def test_an_artifact_is_chosen_by_format_or_digest(registry, pushed):
    catalog = registry.stores.catalog
    with pytest.raises(FormatNotStoredError) as caught:
        choose(catalog, parse_reference(BERT), ["frozen_graph"])
    assert "tfreg convert team/bert:1 --to frozen_graph" in caught.value.hint
    made = convert(registry).derived
    assert choose(catalog, parse_reference(BERT)).derived is None
    assert choose(catalog, parse_reference(BERT), ["tflite", "frozen_graph", "saved_model"]).derived == made
    assert choose(catalog, parse_reference(BERT), ["saved_model", "frozen_graph"]).derived is None
    by_digest = parse_reference(f"{BERT}@{made.artifact_digest}")
    assert choose(catalog, by_digest).artifact.digest == made.artifact_digest
    assert choose(catalog, by_digest, ["frozen_graph"]).derived == made
    with pytest.raises(FormatNotStoredError, match="is stored as frozen_graph,"):
        choose(catalog, by_digest, ["saved_model"])
    source = parse_reference(f"{BERT}@{pushed.artifact_digest}")
    assert choose(catalog, source, ["frozen_graph"]).derived == made, "it was made of that"
    with pytest.raises(ArtifactNotFoundError):
        choose(catalog, parse_reference(f"{BERT}@sha256:{'0' * 64}"))


def test_what_was_converted_plainly_is_chosen_before_what_was_not(registry, pushed):
    convert(registry, clear_devices=True)
    plain = convert(registry)
    assert choose(registry.stores.catalog, parse_reference(BERT), ["frozen_graph"]).derived == plain.derived


def test_resolve_answers_of_a_derived_artifact_by_the_names_that_the_registry_keeps(registry, pushed):
    convert(registry)
    binding = resolved(registry).binding
    assert (binding.format, binding.signature, binding.guessed) == ("frozen_graph", "serving_default", False)
    assert str(resolved(registry).fetch("probabilities").ref) == "pred_prob:0"


def test_resolve_converts_if_it_may(registry, pushed):
    registry.checks.close()  # a check that ends in between is an addition, and makes another revision
    with pytest.raises(FormatNotStoredError):
        resolved(registry)
    found = resolved(registry, formats=("tfjs", "frozen_graph"), convert=True)
    assert found.binding.format == "frozen_graph"
    assert found.revision.startswith("1.1.")
    assert resolved(registry, convert=True) == resolved(registry)
    assert resolved(registry, known_revision=found.revision) is None
    with pytest.raises(NoRouteError):
        resolved(registry, formats=("onnx",), convert=True)


def test_a_revision_changes_with_what_is_added(registry, pushed):
    before = resolved(registry, formats=())
    convert(registry)
    after = resolved(registry, formats=(), known_revision=before.revision)
    assert after is not None
    assert after.binding == before.binding


def test_a_step_of_tensorflow_is_run_and_its_files_are_kept(registry, pushed, tflite):
    def step(job, report, still_wanted):
        assert {file.path for file in job.inputs["source"].files()} >= {"saved_model.pb"}
        return tflite, {"tools": {"tensorflow": "2.21.0"}}

    registry.runner.steps["saved_model_to_tflite"] = step
    made = convert(registry, target="tflite").derived
    assert made.provenance.tools["tensorflow"] == "2.21.0"
    artifact = registry.stores.catalog.artifact(made.artifact_digest)
    assert artifact.manifest.size_bytes == len(tflite["model.tflite"])


@pytest.mark.parametrize("error", [WorkerFailedError("It crashed.", limit="memory"), TensorflowMissingError("Not here.")])
def test_a_step_that_fails_leaves_nothing_and_the_next_works(registry, pushed, tflite, error):
    def fail(job, report, still_wanted):
        raise error

    before = registry.stores.catalog.blobs("", 1000)
    registry.runner.steps["saved_model_to_tflite"] = fail
    with pytest.raises(type(error)) as caught:
        convert(registry, target="tflite")
    assert (caught.value.message, caught.value.metadata) == (error.message, error.metadata)
    assert registry.stores.catalog.derived(BERT, 1) == []
    assert registry.stores.catalog.blobs("", 1000) == before
    registry.runner.steps["saved_model_to_tflite"] = lambda *_: (tflite, {})
    assert convert(registry, target="tflite").derived.format == "tflite"


def test_a_full_disk_leaves_nothing_and_the_next_works(registry, pushed):
    def full(size_bytes):
        raise StorageFullError("The disk is full.", hint="Make room.", needed_bytes=str(size_bytes))

    original, registry.blobs.check_room = registry.blobs.check_room, full
    before = registry.stores.catalog.blobs("", 1000)
    with pytest.raises(StorageFullError):
        convert(registry)
    assert registry.stores.catalog.blobs("", 1000) == before
    assert registry.stores.catalog.expired_leases(2**60) == []
    registry.blobs.check_room = original
    assert convert(registry).derived.format == "frozen_graph"


def test_a_caller_that_leaves_finds_the_result_later(registry, pushed, monkeypatch):
    from tfreg.core.rewrites import freezing

    begun, go = threading.Event(), threading.Event()
    original = freezing.rewrite
    monkeypatch.setattr(freezing, "rewrite", lambda wanted: begun.set() or (go.wait(60) and original(wanted)))
    told = registry.conversions.convert(request(), CheckMode.NONE, lambda: not begun.is_set())
    with pytest.raises(CancelledError):
        list(told)
    go.set()
    assert convert(registry).derived.format == "frozen_graph"


def test_a_cancelled_conversion_adds_nothing(registry, pushed, monkeypatch):
    from tfreg.core.rewrites import freezing

    begun, go = threading.Event(), threading.Event()
    original = freezing.rewrite
    monkeypatch.setattr(freezing, "rewrite", lambda wanted: begun.set() or (go.wait(60) and original(wanted)))
    told = registry.conversions.convert(request(), CheckMode.NONE)
    job = next(told)
    assert begun.wait(60)
    registry.jobs.cancel(job.id)
    with pytest.raises(CancelledError):
        list(told)
    go.set()
    registry.jobs.close()
    assert registry.stores.catalog.derived(BERT, 1) == []


def test_a_version_that_goes_away_meanwhile_gets_nothing(registry, pushed, monkeypatch):
    from tfreg.core.errors import VersionNotFoundError
    from tfreg.core.rewrites import freezing

    original = freezing.rewrite

    def purged(wanted):
        made = original(wanted)
        registry.stores.catalog.delete_version(BERT, 1, purge=True, now_ms=1)
        return made

    monkeypatch.setattr(freezing, "rewrite", purged)
    with pytest.raises(VersionNotFoundError):
        convert(registry)
    assert registry.stores.catalog.expired_leases(2**60) == []


# -- further inputs --


def uploaded(registry, files, make_artifact):
    artifact = make_artifact(files)
    return UploadedFiles(artifact.manifest, artifact.layouts, registry.upload(files))


@pytest.fixture
def frozen_of(models: Path, registry):
    def push(name):
        return registry.push("team/graph", {"graph.pb": (models / name).read_bytes()}).version

    return push


def test_what_else_goes_in_is_part_of_the_key(registry, models, make_artifact):
    registry.push(BERT, {path.name: path.read_bytes() for path in (models / "checkpoint_tf1").iterdir()})
    graph = (models / "graph_training.pb").read_bytes()
    given = ConversionInput("graph", uploaded(registry, {"graph.pb": graph}, make_artifact))
    one = registry.preparing.prepare(request(inputs=[given]))
    two = registry.preparing.prepare(request())
    assert one.key != two.key
    assert set(one.provenance.inputs) == {"graph"}
    source, others = one.open(registry.stores, registry.inspections)
    assert (source.format, others["graph"].format) == ("tf1_checkpoint", "frozen_graph")
    registry.push("team/graph", {"graph.pb": graph})
    by_reference = ConversionInput("graph", parse_reference("team/graph"))
    assert registry.preparing.prepare(request(inputs=[by_reference])).key == one.key, "the same files"


def test_inputs_that_are_not_what_they_say_are_refused(registry, models, make_artifact):
    registry.push(BERT, {path.name: path.read_bytes() for path in (models / "checkpoint_tf1").iterdir()})
    files = uploaded(registry, {"graph.pb": b"x" * 9000}, make_artifact)
    lying = UploadedFiles(make_artifact({"graph.pb": b"y" * 9000}).manifest, files.layouts, files.lease_id)
    with pytest.raises(DigestMismatchError):
        registry.preparing.prepare(request(inputs=[ConversionInput("graph", lying)]))
    with pytest.raises(RequestInvalidError, match="no attachment"):
        registry.preparing.prepare(request(inputs=[ConversionInput("graph", AttachedFile("graph"))]))
    with pytest.raises(RequestInvalidError, match="twice"):
        registry.preparing.prepare(request(inputs=[ConversionInput("graph", parse_reference(BERT))] * 2))


# -- checks --


def checked(*_):
    return {"facts.txt": b"-"}, {"check": {"state": "equal", "max_abs_difference": 1e-9, "inputs": "generated"}}


def test_a_check_is_waited_for_if_so_wished(registry, pushed):
    registry.runner.steps["check"] = checked
    made = convert(registry, mode=CheckMode.WAIT).derived
    assert (made.check.state, made.check.max_abs_difference) == (CheckState.EQUAL, 1e-9)
    assert made.check.checked_at_ms == registry.time.now_ms
    convert(registry, mode=CheckMode.WAIT)
    assert len(registry.runner.jobs) == 1, "it is not done again"


def test_a_check_is_made_in_the_background(registry, pushed):
    registry.runner.steps["check"] = checked
    assert convert(registry, mode=CheckMode.LATER).derived.check.state is CheckState.UNCHECKED
    registry.checks.close()
    assert registry.stores.catalog.derived(BERT, 1)[0].check.state is CheckState.EQUAL
    assert registry.stores.catalog.version(BERT, 1).additions == 2


def test_a_check_that_nobody_asked_for_can_be_asked_for_later(registry, pushed):
    registry.runner.steps["check"] = checked
    assert convert(registry).derived.check.reason == "not asked for"
    assert registry.checks.take_up(lambda: True) == 0
    assert convert(registry, mode=CheckMode.WAIT).derived.check.state is CheckState.EQUAL


def test_a_check_that_only_the_second_caller_wants_is_made_in_the_background(registry, pushed):
    registry.runner.steps["check"] = checked
    convert(registry)
    assert convert(registry, mode=CheckMode.LATER).derived.check.reason == "not checked yet"
    registry.checks.close()
    assert registry.stores.catalog.derived(BERT, 1)[0].check.state is CheckState.EQUAL


def test_two_versions_with_the_same_conversion_are_checked_each(registry, saved_model, pushed):
    registry.push("team/copy", saved_model)
    convert(registry)
    convert(registry, "team/copy")
    both, runs = threading.Barrier(2, timeout=60), []

    def together(*_):
        runs.append(both.wait())
        return checked()

    registry.runner.steps["check"] = together
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda name: convert(registry, name, mode=CheckMode.WAIT), (BERT, "team/copy")))
    assert [one.derived.check.state for one in made] == [CheckState.EQUAL] * 2
    assert len(runs) == 2


def test_a_check_that_cannot_be_made_says_why_and_can_be_asked_for_again(registry, pushed):
    made = convert(registry, mode=CheckMode.WAIT).derived
    assert (made.check.state, made.check.reason) == (CheckState.UNCHECKED, "No TensorFlow here.")
    registry.runner.steps["check"] = checked
    assert convert(registry, mode=CheckMode.WAIT).derived.check.state is CheckState.EQUAL


def test_checks_that_a_server_left_are_taken_up(registry, pushed):
    registry.checks._in_background = False
    convert(registry, mode=CheckMode.LATER)
    registry.runner.steps["check"] = checked
    assert registry.checks.take_up(lambda: False) == 1
    assert registry.stores.catalog.derived(BERT, 1)[0].check.state is CheckState.UNCHECKED
    registry.checks.take_up(lambda: True)
    assert registry.stores.catalog.derived(BERT, 1)[0].check.state is CheckState.EQUAL


def test_what_cannot_be_run_needs_no_check(registry, pushed):
    made = convert(registry, target="npz", mode=CheckMode.LATER).derived
    assert made.check.reason.startswith("there is nothing to run")
    assert registry.stores.catalog.unchecked(10) == []


def test_signatures_are_declared_for_the_source_only(registry, pushed):
    made = convert(registry).derived
    signing = Signing(registry.stores, registry.inspections, Graphs(registry.blobs))
    wanted = SignatureRequest("classify", (("x", "input_ids:0"),), (("scores", "pred_prob:0"),))
    with pytest.raises(RequestInvalidError, match="converted from team/bert:1"):
        signing.declare(parse_reference(f"{BERT}@{made.artifact_digest}"), wanted)
