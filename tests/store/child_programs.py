"""Programs that tests run in processes of their own: to be killed, to be limited, or to compete."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable

from tfreg.core.conversions.records import Derived, NewDerived
from tfreg.core.conversions.results import Provenance
from tfreg.core.digests import digest_of
from tfreg.core.errors import BlobMissingError, LeaseNotFoundError, StorageFullError
from tfreg.core.inspections import Signature
from tfreg.core.layouts import BlobExtent, FileLayout
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import AliasMove, ArtifactRecord, BlobRef, DeclaredSignature, NewVersion
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.store.data_folder import open_data_folder

NOW, LATER = 1_000_000, 2_000_000


def _contents(seed: str, count: int = 3) -> list[bytes]:
    return [hashlib.shake_128(f"{seed} {number}".encode()).digest(2000) for number in range(count)]


def _new(model: str, contents: list[bytes], lease_id: str) -> NewVersion:
    extents = tuple(BlobExtent(digest_of(content), 0, len(content)) for content in contents)
    manifest = manifest_of([ManifestFile("graph.pb", sum(map(len, contents)), digest_of(b"".join(contents)))])
    artifact = ArtifactRecord(manifest.digest(), "frozen_graph", manifest, (FileLayout("graph.pb", extents),))
    return NewVersion(ModelName(model), artifact, lease_id, (AliasMove(Alias("prod"), 0),))


def push(data: str, model: str, seed: str) -> None:
    """Pushes one version and says its number."""
    blobs, catalog = open_data_folder(data)
    print(_push(blobs, catalog, model, _contents(seed)), flush=True)


def _push(blobs, catalog, model: str, contents: list[bytes]) -> int:
    refs = [BlobRef(digest_of(content), len(content)) for content in contents]
    lease, missing = catalog.lease_blobs("", refs, LATER, NOW)
    sent = [(ref, content) for ref, content in zip(refs, contents, strict=True) if ref.digest in missing]
    for ref, content in sent:
        with blobs.writer(lease.id, ref) as writer:
            writer.write(content[:1000])
            writer.write(content[1000:])
            writer.finish()
    blobs.seal(lease.id, [ref.digest for ref, _ in sent])
    catalog.add_blobs(lease.id, [ref for ref, _ in sent], NOW)
    return catalog.commit_version(_new(model, contents, lease.id), NOW).version.number


def push_and_die(data: str, seed: str, call: str, count: str) -> None:
    """Pushes a version, but is killed at the `count`th call of a system call that a push makes."""
    left = [int(count)]
    module: object = os
    name = call
    if call == "commit":
        from tfreg.store.catalog.sqlite import commits as module

        name = "release_lease"  # the last thing that the commit's transaction does
    original: Callable[..., object] = getattr(module, name)

    def deadly(*arguments: object, **options: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)

    blobs, catalog = open_data_folder(data)
    setattr(module, name, deadly)
    _push(blobs, catalog, "team/bert", _contents(seed))


def declare_and_die(data: str, call: str) -> None:
    """Declares a signature, but is killed when its transaction calls `call`."""
    from tfreg.store.catalog.sqlite import reading, signatures

    _, catalog = open_data_folder(data)
    module = reading if call == "existing_version" else signatures
    setattr(module, call, lambda *_arguments, **_options: os.kill(os.getpid(), signal.SIGKILL))
    catalog.declare_signature(ModelName("team/bert"), 1, _declared("y:0"), NOW)


def derive_and_die(data: str, call: str) -> None:
    """Adds a derived artifact, but is killed when its transaction calls `call`."""
    from tfreg.store.catalog.sqlite import conversions, reading

    _, catalog = open_data_folder(data)
    artifact = catalog.artifact(catalog.version(ModelName("team/bert"), 1).artifact_digest)
    derived = Derived(artifact.digest, artifact.format, 7, "key", Provenance(artifact.digest, "frozen_graph", "saved_model", ()))
    module = reading if call == "existing_version" else conversions
    setattr(module, call, lambda *_arguments, **_options: os.kill(os.getpid(), signal.SIGKILL))
    catalog.commit_derived(NewDerived(ModelName("team/bert"), 1, artifact, derived), NOW)


def declare_rounds(data: str, own: str, rounds: str) -> None:
    """Declares one signature after the other under the same key, and says which addition each was."""
    _, catalog = open_data_folder(data)
    for number in range(int(rounds)):
        print(catalog.declare_signature(ModelName("team/bert"), 1, _declared(f"{own}:{number}"), NOW)[0].additions)


def _declared(tensor: str) -> DeclaredSignature:
    signature = Signature("classify", "", (), (TensorSpec("scores", TensorRef.parse(tensor)),), declared=True)
    return DeclaredSignature(("serve",), signature)


def collect_and_die(data: str) -> None:
    """Collects, and is killed when the first file is to be unlinked."""
    _, catalog = open_data_folder(data)
    catalog.collect(LATER, LATER, lambda _: os.kill(os.getpid(), signal.SIGKILL))


def write_beyond_limit(data: str, limit: str) -> None:
    """Writes a blob larger than a file may be, and says what came of it."""
    blobs, _ = open_data_folder(data)
    content = b"x" * (2 * int(limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    try:
        with blobs.writer("lease", BlobRef(digest_of(content), len(content))) as writer:
            writer.write(content)
            writer.finish()
    except StorageFullError as error:
        print(error.metadata["needed_bytes"], os.listdir(f"{data}/incoming/lease"), flush=True)


def push_rounds(data: str, model: str, rounds: str) -> None:
    """Pushes and deletes versions that share blobs with everybody else's, and checks after each commit that every byte is there."""
    blobs, catalog = open_data_folder(data)
    numbers: list[int] = []
    for round_number in range(int(rounds)):
        contents = _contents(f"round {round_number % 2}", 4)
        while True:
            try:
                numbers.append(_push(blobs, catalog, model, contents))
                break
            except (BlobMissingError, LeaseNotFoundError) as error:
                raise AssertionError(f"a leased blob was taken away: {error}") from error
        for content in contents:
            with blobs.open(digest_of(content)) as reader:
                assert reader.read_at(0, 2000) == content
        catalog.set_aliases(ModelName(model), [AliasMove(Alias("prod"), 0)], NOW)
        catalog.delete_version(ModelName(model), numbers[-1], purge=True, now_ms=NOW)
    print(*numbers, flush=True)


def collect_rounds(data: str) -> None:
    """Collects, and removes strangers, until its input is closed. It dawdles before it unlinks: a push that could slip in then does."""
    blobs, catalog = open_data_folder(data)

    def unlink_slowly(digests) -> None:
        time.sleep(0.02)
        blobs.delete(digests)

    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    count = 0
    while not stop.is_set():
        count += catalog.collect(0, NOW, unlink_slowly).blobs
        catalog.unlink_strangers(list(blobs.digests()), NOW, unlink_slowly)
        time.sleep(0.02)  # lets the pushes have the lock, which SQLite does not give in turn
    print(count, flush=True)


def write_events(data: str, model: str, count: str) -> None:
    """Moves an alias to and fro, and says the sequence numbers that it read after each move."""
    _, catalog = open_data_folder(data)
    for number in range(int(count)):
        print(catalog.set_aliases(ModelName(model), [AliasMove(Alias("prod"), 1 + number % 2)], NOW).sequence)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
