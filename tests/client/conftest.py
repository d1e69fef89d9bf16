"""A real server over loopback, a relay that breaks connections, a server that lies, and models of any size."""

from __future__ import annotations

import contextlib
import random
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from tfreg.app.stores import Stores
from tfreg.client import Client
from tfreg.core.digests import digest_of
from tfreg.core.layouts import BlobExtent, FileLayout
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, StoredArtifact
from tfreg.server.embedded import EmbeddedServer
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.translate.artifacts import stored_artifact_to_proto
from tfreg.v1 import artifacts_pb2, blobs_pb2
from tfreg.v1.artifacts_pb2_grpc import ArtifactServiceServicer, add_ArtifactServiceServicer_to_server
from tfreg.v1.blobs_pb2_grpc import BlobServiceServicer, add_BlobServiceServicer_to_server
from tfreg.wire.graph_pb2 import GraphDef

FLOAT = 1  # tensorflow.DT_FLOAT


def write_graph(path: Path, tensors: Sequence[bytes]) -> Path:
    """Writes a frozen graph that multiplies its input by one constant after another."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = FLOAT
    before = "x"
    for index, content in enumerate(tensors):
        constant = graph.node.add(name=f"w{index}", op="Const")
        constant.attr["dtype"].type = FLOAT
        tensor = constant.attr["value"].tensor
        tensor.dtype = FLOAT
        tensor.tensor_shape.dim.add(size=len(content) // 4)
        tensor.tensor_content = content
        product = graph.node.add(name=f"m{index}", op="Mul", input=[before, f"w{index}"])
        product.attr["T"].type = FLOAT
        before = product.name
    path.write_bytes(graph.SerializeToString())
    return path


@pytest.fixture
def new_graph(tmp_path: Path) -> Callable[..., Path]:
    """Writes a frozen graph of so many tensors; those of `other` differ from those of another graph."""

    def make(name: str, count: int, size_bytes: int, other: Sequence[int] = ()) -> Path:
        tensors = [random.Random(f"{index} {name if index in other else ''}").randbytes(size_bytes) for index in range(count)]
        return write_graph(tmp_path / name, tensors)

    return make


@pytest.fixture
def graph_of(tmp_path: Path) -> Callable[[str, Sequence[bytes]], Path]:
    """Writes a frozen graph of the tensors given."""
    return lambda name, tensors: write_graph(tmp_path / name, tensors)


@pytest.fixture
def stores() -> Stores:
    return Stores(MemoryBlobStore(), MemoryCatalog())


@pytest.fixture
def server(stores: Stores) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(stores) as running:
        yield running


@pytest.fixture
def client(server: EmbeddedServer, tmp_path: Path) -> Iterator[Client]:
    with Client(server.target, cache_dir=tmp_path / "cache") as made:
        yield made


class Relay:
    """Passes bytes between clients and a server, and breaks or stops connections as it is told.

    Attributes:
        target: Where clients connect to.
        up_bytes: What clients have sent.
        down_bytes: What the server has sent.
        break_up: After so many more bytes of clients a connection breaks; each entry once.
        break_down: Likewise of the server.
        stop_down: Of the server, after so many more bytes nothing passes any more.
    """

    def __init__(self, server_target: str, folder: Path) -> None:
        self._server = server_target.removeprefix("unix:")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "relay"))
        self._listener.listen(16)
        self._sockets: list[socket.socket] = [self._listener]
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.target = f"unix:{folder / 'relay'}"
        self.up_bytes = self.down_bytes = 0
        self.break_up: list[int] = []
        self.break_down: list[int] = []
        self.stop_down: int | None = None
        self.stopped = threading.Event()
        self._start(self._accept)

    def close(self) -> None:
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            _shut(each)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._server)
            except OSError:
                _shut(near)
                _shut(far)
                continue
            with self._lock:
                self._sockets += [near, far]
            self._start(lambda near=near, far=far: self._pass(near, far, self._count_up))
            self._start(lambda near=near, far=far: self._pass(far, near, self._count_down))

    def _pass(self, source: socket.socket, target: socket.socket, may_pass: Callable[[int], bool]) -> None:
        try:
            while (data := source.recv(65536)) and may_pass(len(data)):
                target.sendall(data)
        except OSError:
            pass
        if not self.stopped.is_set():
            _shut(source)
            _shut(target)

    def _count_up(self, size_bytes: int) -> bool:
        with self._lock:
            self.up_bytes += size_bytes
            return _spend(self.break_up, size_bytes)

    def _count_down(self, size_bytes: int) -> bool:
        with self._lock:
            self.down_bytes += size_bytes
            if self.stop_down is not None:
                self.stop_down -= size_bytes
                if self.stop_down < 0:
                    self.stopped.set()
                    return False
            return _spend(self.break_down, size_bytes)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


def _spend(budgets: list[int], size_bytes: int) -> bool:
    """False if the first budget is used up by these bytes; it is then gone."""
    if not budgets:
        return True
    budgets[0] -= size_bytes
    if budgets[0] >= 0:
        return True
    budgets.pop(0)
    return False


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose name is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="tfreg-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def relay(server: EmbeddedServer, short_folder: Path) -> Iterator[Relay]:
    made = Relay(server.target, short_folder)
    yield made
    made.close()


@dataclass
class FakeServer(ArtifactServiceServicer, BlobServiceServicer):
    """Answers GetArtifact and Read with whatever a test wants it to.

    Attributes:
        answer: What GetArtifact answers.
        blobs: What Read sends, by digest; a list sends one entry after another, a call each.
        alter: What becomes of the bytes of each range before they are sent.
        reads: The ranges of each call of Read.
    """

    answer: artifacts_pb2.GetArtifactResponse = field(default_factory=artifacts_pb2.GetArtifactResponse)
    blobs: dict[str, list[bytes]] = field(default_factory=dict)
    alter: Callable[[bytes], bytes] = bytes
    reads: list[list[tuple[str, int, int]]] = field(default_factory=list)
    target: str = ""

    def hold(self, files: dict[str, bytes], format_name: str = "saved_model") -> StoredArtifact:
        """Holds an artifact, each file one blob."""
        manifest = manifest_of(ManifestFile(path, len(content), digest_of(content)) for path, content in files.items())
        self.blobs.update({digest_of(content): [content] for content in files.values()})
        layouts = tuple(
            FileLayout(file.path, (BlobExtent(file.digest, 0, file.size_bytes),) if file.size_bytes else ())
            for file in manifest.files
        )
        stored = StoredArtifact(ModelName("a/b"), 1, ArtifactRecord(manifest.digest(), format_name, manifest, layouts))
        self.answer = stored_artifact_to_proto(stored)
        return stored

    def GetArtifact(self, request, context):  # noqa: N802
        return self.answer

    def Read(self, request, context):  # noqa: N802
        self.reads.append([(each.digest, each.offset_bytes, each.length_bytes) for each in request.ranges])
        for index, each in enumerate(request.ranges):
            contents = self.blobs[each.digest]
            content = contents.pop(0) if len(contents) > 1 else contents[0]
            data = self.alter(content[each.offset_bytes : each.offset_bytes + each.length_bytes])
            yield blobs_pb2.ReadResponse(range_index=index, data=data)


@pytest.fixture
def fake(short_folder: Path) -> Iterator[FakeServer]:
    made = FakeServer(target=f"unix:{short_folder / 'fake'}")
    server = grpc.server(ThreadPoolExecutor(4))
    add_ArtifactServiceServicer_to_server(made, server)
    add_BlobServiceServicer_to_server(made, server)
    server.add_insecure_port(made.target)
    server.start()
    yield made
    server.stop(None).wait()


@pytest.fixture
def victim(fake: FakeServer, tmp_path: Path) -> Iterator[Client]:
    """A client of the server that lies."""
    with Client(fake.target, cache_dir=tmp_path / "cache") as made:
        yield made
