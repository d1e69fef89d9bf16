"""The implementations of each port, and samples to put into them.

A new implementation is a row below: it then has to pass the whole contract.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tfreg.core.conversions.records import Derived, Job, NewDerived
from tfreg.core.conversions.results import Provenance
from tfreg.core.digests import digest_of
from tfreg.core.inspections import Signature
from tfreg.core.layouts import BlobExtent, FileLayout
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import AliasMove, ArtifactRecord, AttachmentRecord, BlobRef, DeclaredSignature, NewVersion
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.store.blobs.local import LocalBlobStore
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog


def _local(folder: Path) -> LocalBlobStore:
    return LocalBlobStore(folder)


def _memory(_: Path) -> MemoryBlobStore:
    return MemoryBlobStore()


def _sqlite(folder: Path) -> SqliteCatalog:
    make_catalog(str(folder / "tfreg.db"))
    return SqliteCatalog(str(folder / "tfreg.db"))


def _memory_catalog(_: Path) -> MemoryCatalog:
    return MemoryCatalog()


@pytest.fixture(params=[_local, _memory], ids=["local", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A blob store of each kind."""
    store = request.param(tmp_path)
    yield store
    store.close()


@pytest.fixture(params=[_sqlite, _memory_catalog], ids=["sqlite", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A catalog of each kind."""
    found = request.param(tmp_path)
    yield found
    found.close()


class Samples:
    """Small blobs, artifacts and pushes."""

    NOW = 1_000_000
    LATER = 2_000_000

    @staticmethod
    def content(seed: object, size_bytes: int = 1000) -> bytes:
        """Bytes that differ by seed."""
        return hashlib.shake_128(repr(seed).encode()).digest(size_bytes)

    @staticmethod
    def ref(content: bytes) -> BlobRef:
        """The blob that consists of `content`."""
        return BlobRef(digest_of(content), len(content))

    @classmethod
    def write(cls, blobs: Any, lease_id: str, content: bytes) -> BlobRef:
        """Sends a blob whole, without sealing it."""
        return cls.send(blobs, lease_id, cls.ref(content), content)

    @staticmethod
    def send(blobs: Any, lease_id: str, blob: BlobRef, content: bytes) -> BlobRef:
        """Sends `content` as if it were the blob."""
        with blobs.writer(lease_id, blob) as writer:
            writer.write(content)
            writer.finish()
        return blob

    @staticmethod
    def layout(path: str, *contents: bytes) -> FileLayout:
        """A file that is these blobs, one after the other."""
        return FileLayout(path, tuple(BlobExtent(digest_of(content), 0, len(content)) for content in contents))

    @classmethod
    def artifact(cls, *contents: bytes) -> ArtifactRecord:
        """An artifact of one file."""
        whole = b"".join(contents)
        manifest = manifest_of([ManifestFile("graph.pb", len(whole), digest_of(whole))])
        return ArtifactRecord(manifest.digest(), "frozen_graph", manifest, (cls.layout("graph.pb", *contents),))

    @classmethod
    def attachment(cls, role: str, path: str, content: bytes) -> AttachmentRecord:
        """A file of one blob kept beside a version."""
        return AttachmentRecord(role, ManifestFile(path, len(content), digest_of(content)), cls.layout(path, content))

    @classmethod
    def leased(cls, catalog: Any, *contents: bytes) -> str:
        """Leases blobs until `LATER` and writes their rows, as if they had been sent."""
        refs = [cls.ref(content) for content in contents]
        lease, _ = catalog.lease_blobs("", refs, cls.LATER, cls.NOW)
        catalog.add_blobs(lease.id, refs, cls.NOW)
        return str(lease.id)

    @classmethod
    def new(cls, *contents: bytes, model: str = "team/bert", aliases: tuple[str, ...] = (), **options: Any) -> NewVersion:
        """What a push of one file commits."""
        moves = tuple(AliasMove(Alias(alias), 0) for alias in aliases)
        return NewVersion(ModelName(model), cls.artifact(*contents), alias_moves=options.pop("alias_moves", moves), **options)

    @classmethod
    def commit(cls, catalog: Any, *contents: bytes, now_ms: int = NOW, **options: Any) -> Any:
        """Leases, adds and commits."""
        attached = [cls.attached[item.file.digest] for item in options.get("attachments", ())]
        lease_id = cls.leased(catalog, *contents, *attached)
        return catalog.commit_version(cls.new(*contents, lease_id=lease_id, **options), now_ms)

    @staticmethod
    def declared(key: str, tensor: str = "y:0", **options: Any) -> DeclaredSignature:
        """A signature that a user declared for {serve}, with one output."""
        output = TensorSpec("scores", TensorRef.parse(tensor), "float32", (None, 3))
        signature = Signature(key, "tensorflow/serving/predict", (), (output,), declared=True)
        return DeclaredSignature(options.pop("tags", ("serve",)), signature, **options)

    @classmethod
    def new_derived(
        cls, *contents: bytes, model: str = "team/bert", number: int = 1, key: str = "key", **fields: Any
    ) -> NewDerived:
        """What a conversion to one file commits."""
        artifact = cls.artifact(*contents)
        source = Provenance(digest_of(b"source"), "saved_model", "frozen_graph", ("saved_model_to_frozen_graph",))
        lease_id = fields.pop("lease_id", "")
        derived = Derived(artifact.digest, artifact.format, artifact.manifest.size_bytes, key, source, **fields)
        return NewDerived(ModelName(model), number, artifact, derived, lease_id)

    @classmethod
    def derive(cls, catalog: Any, *contents: bytes, now_ms: int = NOW, **options: Any) -> Any:
        """Leases, adds and commits a derived artifact."""
        return catalog.commit_derived(cls.new_derived(*contents, lease_id=cls.leased(catalog, *contents), **options), now_ms)

    @staticmethod
    def job(job_id: str, key: str = "key", alive_until_ms: int = LATER, **fields: Any) -> Job:
        """A job that was just asked for."""
        found = {"model": "team/bert", "number": 1, "target": "frozen_graph", "owner": "process", "created_at_ms": 5, **fields}
        return Job(job_id, key, alive_until_ms=alive_until_ms, **found)

    attached: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def attach(cls, role: str, path: str, content: bytes) -> AttachmentRecord:
        """An attachment whose blob `commit` sends along."""
        found = cls.attachment(role, path, content)
        cls.attached[found.file.digest] = content
        return found


@pytest.fixture
def samples() -> type[Samples]:
    """Samples."""
    return Samples


@pytest.fixture
def child() -> Callable[..., subprocess.Popen[str]]:
    """Starts a program of tests/store/child_programs.py in a process of its own."""

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).parent / "child_programs.py"), program, *map(str, arguments)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start
