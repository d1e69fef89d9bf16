"""Use cases on stores in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tfreg.app.conversions.checks import Checks
from tfreg.app.conversions.convert import Conversions
from tfreg.app.conversions.further_inputs import FurtherInputs
from tfreg.app.conversions.jobs import Jobs, JobTimes
from tfreg.app.conversions.preparing import Preparing
from tfreg.app.create_version import CreateVersion
from tfreg.app.file_digests import FileDigests
from tfreg.app.find_missing import find_missing
from tfreg.app.inspecting import Inspections
from tfreg.app.receiving import Reception
from tfreg.app.stores import Stores
from tfreg.core.conversions.steps import Report, StepJob, StepResult, StillWanted
from tfreg.core.digests import digest_of
from tfreg.core.errors import TensorflowMissingError
from tfreg.core.layouts import BlobExtent, FileLayout
from tfreg.core.manifests import Manifest, ManifestFile, manifest_of
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, BlobRef, NewVersion, Pushed
from tfreg.core.trees import MemoryTree
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog

Files = dict[str, bytes]
PIECE_BYTES = 5000


class Time:
    """A clock that stands until it is told otherwise."""

    now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


class FakeRunner:
    """Runs steps that a test gives it as functions: they return files and facts, or raise."""

    def __init__(self) -> None:
        self.steps: dict[str, Callable[..., tuple[Files, dict[str, object]]]] = {}
        self.jobs: list[StepJob] = []

    @contextmanager
    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> Iterator[StepResult]:
        self.jobs.append(job)
        if job.step not in self.steps:
            raise TensorflowMissingError("No TensorFlow here.", hint="Install it.")
        files, facts = self.steps[job.step](job, report, still_wanted)
        yield StepResult(MemoryTree(files), facts)

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Registry:
    """Use cases put together, and pushes in one line."""

    time: Time = field(default_factory=Time)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)

    def __post_init__(self) -> None:
        self.stores = Stores(self.blobs, MemoryCatalog(), self.time)
        self.file_digests = FileDigests(self.blobs)
        self.inspections = Inspections(self.stores)
        self.create_version = CreateVersion(self.stores, self.file_digests, self.inspections)
        self.runner = FakeRunner()
        self.jobs = Jobs(self.stores, JobTimes(alive_s=5, beat_s=0.02))
        self.checks = Checks(self.stores, self.inspections, self.jobs, self.runner)
        self.preparing = Preparing(self.stores, self.inspections, FurtherInputs(self.stores, self.inspections, self.file_digests))
        self.conversions = Conversions(
            self.stores,
            self.inspections,
            preparing=self.preparing,
            jobs=self.jobs,
            checks=self.checks,
            runner=self.runner,
        )

    def close(self) -> None:
        self.jobs.close()
        self.checks.close()
        self.file_digests.close()

    def send(self, lease_id: str, *contents: bytes) -> tuple[int, int]:
        with Reception(self.stores, self.file_digests, lease_id) as reception:
            for content in contents:
                reception.start(BlobRef(digest_of(content), len(content)))
                reception.data(content)
            return reception.finish()

    def lease(self, *contents: bytes, lease_id: str = "", file_path: str = "") -> tuple[str, list[str]]:
        refs = [BlobRef(digest_of(content), len(content)) for content in contents]
        lease, missing = find_missing(self.stores, self.file_digests, lease_id, refs, file_path)
        return lease.id, list(missing)

    def upload(self, files: Files) -> str:
        lease_id = ""
        for path, content in files.items():
            found = pieces(content)
            lease_id, missing = self.lease(*found, lease_id=lease_id, file_path=path)
            self.send(lease_id, *(piece for piece in dict.fromkeys(found) if digest_of(piece) in missing))
        return lease_id

    def push(self, model: str, files: Files, **fields: object) -> Pushed:
        new = NewVersion(ModelName(model), artifact(files), self.upload(files))
        for name, value in fields.items():
            object.__setattr__(new, name, value)
        return self.create_version(new)


def pieces(content: bytes) -> list[bytes]:
    return [content[start : start + PIECE_BYTES] for start in range(0, len(content), PIECE_BYTES)]


def layout(path: str, content: bytes) -> FileLayout:
    return FileLayout(path, tuple(BlobExtent(digest_of(piece), 0, len(piece)) for piece in pieces(content)))


def manifest(files: Files) -> Manifest:
    return manifest_of(ManifestFile(path, len(content), digest_of(content)) for path, content in files.items())


def artifact(files: Files) -> ArtifactRecord:
    listed = manifest(files)
    return ArtifactRecord(listed.digest(), "", listed, tuple(layout(file.path, files[file.path]) for file in listed.files))


@pytest.fixture
def make_artifact() -> Callable[[Files], ArtifactRecord]:
    return artifact


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    yield made
    made.close()


@pytest.fixture(scope="session")
def saved_model(models: Path) -> Files:
    root = models / "tf1_saved_model"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
