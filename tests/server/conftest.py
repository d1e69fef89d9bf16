"""A real server over loopback, on stores in memory and on disk, and a caller that speaks v1 to it by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from tfreg.app.stores import Stores
from tfreg.core.digests import digest_of
from tfreg.core.errors import TfregError
from tfreg.core.records import Limits
from tfreg.server.compose import RegistryServer, ServerOptions, open_stores
from tfreg.server.embedded import close_stores
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.translate.errors import from_grpc
from tfreg.v1 import artifacts_pb2, blobs_pb2, conversions_pb2, registry_pb2
from tfreg.v1.artifacts_pb2_grpc import ArtifactServiceStub
from tfreg.v1.bindings_pb2_grpc import BindingServiceStub
from tfreg.v1.blobs_pb2_grpc import BlobServiceStub
from tfreg.v1.capabilities_pb2_grpc import CapabilitiesServiceStub
from tfreg.v1.conversions_pb2_grpc import ConversionServiceStub
from tfreg.v1.registry_pb2_grpc import RegistryServiceStub

PIECE_BYTES = 10_000
Files = dict[str, bytes]


@dataclass
class Caller:
    """Calls a server by its stubs."""

    target: str
    channel: grpc.Channel
    registry: Any = field(init=False)
    blobs: Any = field(init=False)
    artifacts: Any = field(init=False)
    bindings: Any = field(init=False)
    capabilities: Any = field(init=False)
    conversions: Any = field(init=False)

    def __post_init__(self) -> None:
        self.registry = RegistryServiceStub(self.channel)
        self.blobs = BlobServiceStub(self.channel)
        self.artifacts = ArtifactServiceStub(self.channel)
        self.bindings = BindingServiceStub(self.channel)
        self.capabilities = CapabilitiesServiceStub(self.channel)
        self.conversions = ConversionServiceStub(self.channel)

    def failure(self, call: Callable[..., object], *args: object, **kwargs: object) -> TfregError:
        """The error that a call fails with."""
        with pytest.raises(grpc.RpcError) as caught:  # noqa: PT012 a stream fails when it is read
            found = call(*args, **kwargs)
            if not hasattr(found, "DESCRIPTOR"):
                list(found)  # type: ignore[call-overload]
        return from_grpc(caught.value, self.target)

    def lease(self, *contents: bytes, lease_id: str = "", file_path: str = "") -> blobs_pb2.FindMissingResponse:
        request = blobs_pb2.FindMissingRequest(lease_id=lease_id, blobs=map(blob_ref, contents), file_path=file_path)
        return self.blobs.FindMissing(request)

    def send(self, lease_id: str, *contents: bytes) -> blobs_pb2.WriteResponse:
        return self.blobs.Write(iter(messages(lease_id, *contents)))

    def upload(self, files: Files) -> str:
        """Sends the blobs of files that the server lacks. Returns the lease."""
        lease_id = ""
        for path, content in files.items():
            found = self.lease(*pieces(content), lease_id=lease_id, file_path=path)
            lease_id = found.lease_id
            by_digest = {digest_of(piece): piece for piece in pieces(content)}
            if found.missing:
                self.send(lease_id, *(by_digest[digest] for digest in found.missing))
        return lease_id

    def push(self, model: str, files: Files, **fields: Any) -> registry_pb2.CreateVersionResponse:
        return self.registry.CreateVersion(creation(model, files, lease_id=self.upload(files), **fields))

    def read(self, digest: str, offset: int = 0, length: int = 0) -> bytes:
        request = blobs_pb2.ReadRequest(ranges=[blobs_pb2.BlobRange(digest=digest, offset_bytes=offset, length_bytes=length)])
        return b"".join(response.data for response in self.blobs.Read(request))

    def pull(self, reference: str) -> Files:
        stored = self.artifacts.GetArtifact(artifacts_pb2.GetArtifactRequest(reference=reference))
        return {layout.path: b"".join(map(self._extent, layout.extents)) for layout in stored.layouts}

    def _extent(self, extent: artifacts_pb2.Extent) -> bytes:
        if extent.WhichOneof("source") == "inline":
            return extent.inline
        return self.read(extent.blob.digest, extent.blob.offset_bytes, extent.blob.length_bytes)

    def convert(self, reference: str, target: str, **fields: Any) -> list[conversions_pb2.ConvertResponse]:
        """All messages of a conversion, which is not checked unless said otherwise."""
        wanted = conversions_pb2.ConversionRequest(reference=reference, target=target, **fields.pop("conversion", {}))
        fields.setdefault("check", conversions_pb2.CHECK_MODE_NONE)
        return list(self.conversions.Convert(conversions_pb2.ConvertRequest(conversion=wanted, **fields)))


def pieces(content: bytes) -> list[bytes]:
    return [content[start : start + PIECE_BYTES] for start in range(0, len(content), PIECE_BYTES)]


def blob_ref(content: bytes) -> blobs_pb2.BlobRef:
    return blobs_pb2.BlobRef(digest=digest_of(content), size_bytes=len(content))


def messages(lease_id: str, *contents: bytes, chunk_bytes: int = 4096) -> Iterator[blobs_pb2.WriteRequest]:
    for content in contents:
        yield blobs_pb2.WriteRequest(lease_id=lease_id, blob=blob_ref(content), data=content[:chunk_bytes])
        for start in range(chunk_bytes, len(content), chunk_bytes):
            yield blobs_pb2.WriteRequest(data=content[start : start + chunk_bytes])


def file_layout(path: str, content: bytes) -> artifacts_pb2.FileLayout:
    extents = [
        artifacts_pb2.Extent(blob=artifacts_pb2.BlobSlice(digest=digest_of(piece), length_bytes=len(piece)))
        for piece in pieces(content)
    ]
    return artifacts_pb2.FileLayout(path=path, extents=extents)


def manifest_file(path: str, content: bytes) -> artifacts_pb2.ManifestFile:
    return artifacts_pb2.ManifestFile(path=path, size_bytes=len(content), digest=digest_of(content))


def creation(name: str, files: Files, **fields: Any) -> registry_pb2.CreateVersionRequest:
    manifest = artifacts_pb2.Manifest(files=[manifest_file(path, content) for path, content in files.items()])
    layouts = [file_layout(path, content) for path, content in files.items()]
    return registry_pb2.CreateVersionRequest(**{"model": name, "manifest": manifest, "layouts": layouts, **fields})


@dataclass(frozen=True)
class Wire:
    """What tests make messages with."""

    pieces = staticmethod(pieces)
    blob_ref = staticmethod(blob_ref)
    messages = staticmethod(messages)
    file_layout = staticmethod(file_layout)
    manifest_file = staticmethod(manifest_file)
    creation = staticmethod(creation)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture(params=["memory", "local"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    opened = Stores(MemoryBlobStore(), MemoryCatalog()) if request.param == "memory" else open_stores(tmp_path / "data")
    yield opened
    close_stores(opened)


@pytest.fixture
def serve() -> Iterator[Callable[..., Caller]]:
    """Serves stores and returns a caller."""
    with _Served() as served:
        yield served.serve


@pytest.fixture
def caller(stores: Stores, serve: Callable[..., Caller]) -> Caller:
    return serve(stores)


class _Served:
    def __init__(self) -> None:
        self._open: list[tuple[RegistryServer, grpc.Channel]] = []

    def serve(self, stores: Stores, **options: Any) -> Caller:
        server = RegistryServer(stores, ServerOptions(**options))
        target = server.bind("127.0.0.1:0")
        server.start()
        channel = grpc.insecure_channel(target, [("grpc.max_receive_message_length", Limits().max_message_bytes)])
        self._open.append((server, channel))
        return Caller(target, channel)

    def __enter__(self) -> _Served:
        return self

    def __exit__(self, *_: object) -> None:
        for server, channel in self._open:
            channel.close()
            server.stop()


@pytest.fixture(scope="session")
def frozen(models: Path) -> Files:
    """A frozen graph of several pieces."""
    return {"graph.pb": (models / "frozen_tf1.pb").read_bytes()}


@pytest.fixture(scope="session")
def saved_model(models: Path) -> Files:
    root = models / "tf1_saved_model"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
