"""A server ends in order: first it takes no more calls, then what it does by itself is waited for."""

import os
import signal
import sys
from pathlib import Path
from threading import Condition, Event, Thread
from types import FrameType

import grpc
import pytest

from tfreg.server import housekeeping
from tfreg.server.serve import serve
from tfreg.v1 import capabilities_pb2
from tfreg.v1.capabilities_pb2_grpc import CapabilitiesServiceStub


def _is_answered(target: str) -> bool:
    with grpc.insecure_channel(target) as channel:
        try:
            CapabilitiesServiceStub(channel).GetCapabilities(capabilities_pb2.GetCapabilitiesRequest(), timeout=60)
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


@pytest.mark.timeout(30)
def test_a_signal_is_heard_at_whatever_moment_it_comes(tmp_path: Path) -> None:
    def at_the_worst_moment(frame: FrameType, event: str, called: object) -> None:
        """Within what waits for the signal: where `Event.wait` holds the lock that `Event.set` takes."""
        if frame.f_code is Condition.wait.__code__ or (event == "c_call" and getattr(called, "__name__", "") == "get"):
            sys.setprofile(None)
            signal.raise_signal(signal.SIGTERM)

    serve("127.0.0.1:0", tmp_path / "data", announce=lambda _: sys.setprofile(at_the_worst_moment), grace_s=0.1)
