"""A server ends in order: first it takes no more calls, then what it does by itself is waited for."""

import os
import signal
from pathlib import Path
from threading import Event, Thread

import grpc

from tfreg.server import housekeeping
from tfreg.server.serve import serve
from tfreg.v1 import capabilities_pb2
from tfreg.v1.capabilities_pb2_grpc import CapabilitiesServiceStub


def _is_answered(target: str) -> bool:
    with grpc.insecure_channel(target) as channel:
        try:
            CapabilitiesServiceStub(channel).GetCapabilities(capabilities_pb2.GetCapabilitiesRequest(), timeout=5)
        except grpc.RpcError:
            return False
    return True


def test_no_calls_are_taken_while_a_collection_is_waited_for(tmp_path: Path, monkeypatch) -> None:
    collecting, collected, answered = Event(), Event(), []

    def collect(_: object) -> None:
        collecting.set()
        collected.wait(30)

    def end(line: str) -> None:
        target = line.rpartition(" ")[2]

        def watch() -> None:
            try:
                collecting.wait(30)
                answered.append(_is_answered(target))
                os.kill(os.getpid(), signal.SIGTERM)
                for _ in range(500):
                    answered.append(_is_answered(target))
                    if not answered[-1]:
                        break
            finally:
                collected.set()

        Thread(target=watch).start()

    monkeypatch.setattr(housekeeping.Housekeeping, "_round", collect)
    serve("127.0.0.1:0", tmp_path / "data", announce=end, grace_s=0.1)
    assert (answered[0], answered[-1]) == (True, False)
