"""The SQLite catalog and its twin in memory answer the same, whatever is done to them in whatever order."""

from __future__ import annotations

import tempfile
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tfreg.core.conversions.results import Check, CheckState, JobFailure, JobState
from tfreg.core.errors import TfregError
from tfreg.core.events import Watched
from tfreg.core.records import AliasMove, Fingerprints
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog

MODELS = ("team/a", "team/b")
CONTENTS = (b"one", b"second", b"the third")

models = st.sampled_from(MODELS)
contents = st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=2).map(tuple)
numbers = st.integers(1, 4)
keys = st.sampled_from(["serving_default", "classify"])
tag_sets = st.sampled_from([(), ("serve",), ("serve", "gpu"), ("gpu", "serve")])
checks = st.sampled_from([Check(), Check(CheckState.EQUAL, "", 0.0, checked_at_ms=5), Check(reason="not asked for")])
moves = st.lists(st.builds(AliasMove, st.sampled_from(["x", "y"]), st.integers(0, 4), st.none() | st.integers(0, 3)), max_size=3)


class Agreement(RuleBasedStateMachine):
    """Does everything to both, with the lease of the one wherever the other has its own."""

    leases = Bundle("leases")
    samples = None

    @initialize()
    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        path = f"{self.folder.name}/tfreg.db"
        make_catalog(path)
        self.sqlite, self.memory = SqliteCatalog(path), MemoryCatalog()
        self.now_ms = 1000
        self.jobs = {}

    def teardown(self):
        self.sqlite.close()
        self.folder.cleanup()

    def both(self, call, lease=("", "")):
        """Asks both, and returns the answer of each after comparing them with the leases' names taken out."""
        answers, seen = [], []
        for catalog, lease_id in ((self.sqlite, lease[0]), (self.memory, lease[1])):
            try:
                answer = call(catalog, lease_id)
            except TfregError as error:
                answer = (type(error), str(error).replace(lease_id or "-", "LEASE"))
            answers.append(answer)
            seen.append(repr(answer))
        if isinstance(answers[0], tuple) and hasattr(answers[0][0], "expires_at_ms"):
            seen = [repr((answer[0].expires_at_ms, answer[1])) for answer in answers]
        assert seen[0] == seen[1]
        return answers

    @rule(target=leases, wanted=contents, period_ms=st.integers(1, 50))
    def lease(self, wanted, period_ms):
        refs = [self.samples.ref(content) for content in wanted]
        answers = self.both(lambda catalog, _: catalog.lease_blobs("", refs, self.now_ms + period_ms, self.now_ms))
        return tuple(answer[0].id for answer in answers)

    @rule(lease=leases, wanted=contents, period_ms=st.integers(1, 50))
    def extend(self, lease, wanted, period_ms):
        refs = [self.samples.ref(content) for content in wanted]
        self.both(lambda catalog, own: catalog.lease_blobs(own, refs, self.now_ms + period_ms, self.now_ms), lease)

    @rule(lease=leases, wanted=contents)
    def add(self, lease, wanted):
        refs = [self.samples.ref(content) for content in wanted]
        self.both(lambda catalog, own: catalog.add_blobs(own, refs, self.now_ms), lease)

    @rule(lease=leases)
    def release(self, lease):
        self.both(lambda catalog, own: catalog.release_lease(own), lease)

    @rule(
        model=models,
        wanted=contents,
        lease=leases,
        own_lease=st.booleans(),
        alias_moves=moves.map(tuple),
        attached=st.none() | st.sampled_from(CONTENTS),
        expected=st.none() | st.integers(0, 3),
    )
    def commit(self, *, model, wanted, lease, own_lease, alias_moves, attached, expected):
        attachments = (self.samples.attachment("readme", "README.md", attached),) if attached else ()
        options = {
            "alias_moves": alias_moves,
            "attachments": attachments,
            "expected_newest_version": expected,
            "labels": {"a": "b"},
        }

        def push(catalog, own):
            new = self.samples.new(*wanted, model=model, lease_id=own if own_lease else "", **options)
            return catalog.commit_version(new, self.now_ms)

        self.both(push, lease)

    @rule(model=models, wanted=contents, alias_moves=moves.map(tuple))
    def push(self, model, wanted, alias_moves):
        def push(catalog, _):
            refs = [self.samples.ref(content) for content in wanted]
            lease, _ = catalog.lease_blobs("", refs, self.now_ms + 5, self.now_ms)
            catalog.add_blobs(lease.id, refs, self.now_ms)
            return catalog.commit_version(
                self.samples.new(*wanted, model=model, lease_id=lease.id, alias_moves=alias_moves), self.now_ms
            )

        self.both(push)

    @rule(model=models, alias_moves=moves)
    def move(self, model, alias_moves):
        self.both(lambda catalog, _: catalog.set_aliases(model, alias_moves, self.now_ms))

    @rule(model=models, number=numbers, purge=st.booleans())
    def delete(self, model, number, purge):
        self.both(lambda catalog, _: catalog.delete_version(model, number, purge=purge, now_ms=self.now_ms))

    @rule(model=models, number=numbers)
    def undelete(self, model, number):
        self.both(lambda catalog, _: catalog.undelete_version(model, number, self.now_ms))

    @rule(model=models, number=numbers, key=keys, tags=tag_sets, declared_tags=tag_sets, tensor=st.sampled_from(["x:0", "y:0"]))
    def declare(self, *, model, number, key, tags, declared_tags, tensor):
        declared = self.samples.declared(key, tensor, tags=tags, declared_tags=declared_tags)
        self.both(lambda catalog, _: catalog.declare_signature(model, number, declared, self.now_ms))

    @rule(model=models, number=numbers, key=keys, tags=tag_sets)
    def withdraw(self, model, number, key, tags):
        self.both(lambda catalog, _: catalog.withdraw_signature(model, number, tags, key, self.now_ms))

    @rule(model=models, number=numbers, key=keys, wanted=contents, lease=leases, own_lease=st.booleans())
    def derive(self, *, model, number, key, wanted, lease, own_lease):
        def derive(catalog, own):
            new = self.samples.new_derived(*wanted, model=model, number=number, key=key, lease_id=own if own_lease else "")
            return catalog.commit_derived(new, self.now_ms)

        self.both(derive, lease)

    @rule(model=models, number=numbers, wanted=contents, check=checks)
    def check(self, model, number, wanted, check):
        digest = self.samples.artifact(*wanted).digest
        self.both(lambda catalog, _: catalog.set_check(model, number, digest, check, self.now_ms))

    @rule(job_id=st.sampled_from("abcd"), key=keys, period_ms=st.integers(1, 50))
    def open_job(self, job_id, key, period_ms):
        job = self.samples.job(f"{job_id}{self.now_ms}", key, self.now_ms + period_ms)
        answer = self.both(lambda catalog, _: catalog.open_job(job, self.now_ms))[0]
        self.jobs[answer[0].id] = answer[0]

    @rule(state=st.sampled_from(JobState), place=st.integers(0, 5))
    def update_job(self, state, place):
        if self.jobs:
            job = replace([*self.jobs.values()][place % len(self.jobs)], state=state)
            self.both(lambda catalog, _: catalog.update_job(job, self.now_ms))

    @rule()
    def fail_jobs(self):
        self.both(lambda catalog, _: catalog.fail_abandoned_jobs(JobFailure("ABORTED", "GONE", "It is gone."), self.now_ms))

    @rule(age_ms=st.integers(0, 50))
    def forget_jobs(self, age_ms):
        self.both(lambda catalog, _: catalog.forget_jobs(self.now_ms - age_ms))

    @rule(
        wanted=contents, version=st.integers(1, 2), weights=st.sampled_from(["", "w1", "w2"]), model=st.sampled_from(["", "m1"])
    )
    def fingerprint(self, wanted, version, weights, model):
        digest, found = self.samples.artifact(*wanted).digest, Fingerprints(model, "", weights, "")
        self.both(lambda catalog, _: catalog.keep_fingerprints(digest, version, found))

    @rule(age_ms=st.integers(0, 50))
    def collect(self, age_ms):
        def collect(catalog, _):
            unlinked = []
            return catalog.collect(self.now_ms - age_ms, self.now_ms, unlinked.extend), sorted(unlinked)

        self.both(collect)

    @rule(wanted=contents)
    def inspect(self, wanted):
        digest = self.samples.artifact(*wanted).digest
        self.both(lambda catalog, _: catalog.keep_inspection(digest, 1, b"inspected"))

    @rule(period_ms=st.integers(1, 40))
    def wait(self, period_ms):
        self.now_ms += period_ms

    @invariant()
    def both_say_the_same(self):
        if not hasattr(self, "sqlite"):
            return
        self.both(lambda catalog, _: catalog.models("", "", 10))
        self.both(lambda catalog, _: catalog.blobs("", 10))
        self.both(lambda catalog, _: catalog.newest_sequence())
        for watched in (Watched(), Watched(frozenset({MODELS[1]})), Watched(frozenset({MODELS[0]}), "team/b")):
            self.both(lambda catalog, _, watched=watched: catalog.events(watched, 1, 5))
            self.both(lambda catalog, _, watched=watched: catalog.events(watched, 0, 1000))
        self.both(lambda catalog, _: len(catalog.expired_leases(self.now_ms)))
        for model in MODELS:
            self.both(lambda catalog, _, model=model: catalog.versions(model, 0, 10, deleted=True))
            self.both(lambda catalog, _, model=model: catalog.alias_moves(model, "", 0, 50))
            self.both(lambda catalog, _, model=model: catalog.model_sequence(model))
            for number in range(1, 5):
                self.both(lambda catalog, _, at=(model, number): catalog.declared_signatures(*at))
                self.both(lambda catalog, _, at=(model, number): catalog.derived(*at))
                self.both(lambda catalog, _, at=(model, number): catalog.signature_declarations(*at, 0, 50))
        self.both(lambda catalog, _: catalog.without_fingerprints(1, 10))
        self.both(lambda catalog, _: catalog.unchecked(10))
        for key in ("serving_default", "classify"):
            self.both(lambda catalog, _, key=key: catalog.derived_by_key(key))
        for job_id in self.jobs:
            self.both(lambda catalog, _, job_id=job_id: catalog.job(job_id))
        for content in CONTENTS:
            artifact = self.samples.artifact(content)
            self.both(lambda catalog, _, digest=artifact.digest: catalog.artifact(digest))
            for model in MODELS:
                self.both(lambda catalog, _, at=(model, artifact.digest): catalog.version_of_artifact(*at))
            self.both(lambda catalog, _, digest=artifact.digest: catalog.inspection(digest, 1))
            self.both(lambda catalog, _, digest=artifact.digest: catalog.fingerprints(digest, 1))
            for after in (None, (MODELS[0], 2)):
                self.both(lambda catalog, _, at=(artifact.digest, 1, after): catalog.same_versions(*at, 10))


@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")
def test_both_catalogs_answer_the_same(samples):
    Agreement.samples = samples
    run_state_machine_as_test(Agreement, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))
