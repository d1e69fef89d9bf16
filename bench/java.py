"""The Java client against what a program would do without it, and against Python's client."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import grpc

from bench.conversion_models import small_saved_model
from bench.java_programs import JavaPrograms, java_programs
from bench.measure import ROUNDS, Row, median_ratio, pairs, run
from bench.models import saved_model
from bench.resolve import METHOD, Call
from bench.servers import bare_server, tfreg_server
from tfreg.client import Client
from tfreg.v1.bindings_pb2 import ResolveRequest

TINY, REAL, LARGE = "bench/tiny", "bench/mobilenet", "bench/large"
ALIASES = [f"a{number}" for number in range(16)]
CALLS = 2000
HEAP_MB = 64
"""The whole heap that a pull in Java is given."""
Micros: TypeAlias = list[list[float]]


def rows() -> list[Row]:
    """Measures all, on one server."""
    with tempfile.TemporaryDirectory() as folder, java_programs() as java, tfreg_server(Path(folder) / "data") as server:
        work = Path(folder)
        with Client(server.target) as client:
            client.push(saved_model(work / "tiny", size_bytes=1 << 13, tensors=2), TINY, aliases=ALIASES)
            client.push(small_saved_model(work / "mobilenet").model, REAL)
            client.push(saved_model(work / "large"), LARGE, aliases=["prod"])
        return [
            _cached(java, server.target),
            *(_over_the_wire(java, server.target, work / "cache", in_flight) for in_flight in (1, 32)),
            _run_of_real_model(java, server.target, work / "cache"),
            _run_of_tiny_model(java, server.target, work / "cache"),
            _pull(java, server.target, work),
        ]


def _cached(java: JavaPrograms, target: str) -> Row:
    found = java.run("CachedResolve", target, ROUNDS, TINY)
    micros: Micros = found["micros"]
    ratio, by_options = (statistics.median(way[index] / way[0] for way in micros) for index in (1, 2))
    allocated_bytes = max(found["bytes_by_reference"], found["bytes_by_options"])
    return Row(
        "Java: resolve answered by the watch",
        "lookup in a ConcurrentHashMap",
        f"{ratio:.1f} times, {allocated_bytes:.1f} bytes allocated",
        "<= 20 times, 0 bytes",
        ratio <= 20 and round(allocated_bytes, 1) == 0,
        f"{_median(micros, 1) * 1000:.0f} ns against {_median(micros, 0) * 1000:.0f} ns; by ResolveOptions {by_options:.1f} times",
    )


def _over_the_wire(java: JavaPrograms, target: str, cache: Path, in_flight: int) -> Row:
    request = ResolveRequest(reference=f"{TINY}@a0").SerializeToString()
    with grpc.insecure_channel(target) as channel:
        ask: Call = channel.unary_unary(METHOD)
        answer_bytes = len(ask(request))
    with bare_server(answer_bytes) as bare:
        found = java.run("WireResolve", target, bare.target, cache, f"{TINY}@a0", ROUNDS, CALLS, in_flight)
    micros: Micros = found["micros"]
    ratio, to_same_server = (statistics.median(way[index] / way[1] for way in micros) for index in (0, 2))
    return Row(
        f"Java: resolve over the wire, {in_flight} in flight",
        f"bare grpc-java echo of {len(request)} -> {answer_bytes} bytes to a bare grpcio server",
        f"{ratio:.2f}",
        ">= 0.75",
        ratio >= 0.75,
        f"{1e6 / _median(micros, 1):,.0f} resolves a second; {to_same_server:.2f} of bare grpc-java calls of the same method",
    )


def _run_of_real_model(java: JavaPrograms, target: str, cache: Path) -> Row:
    micros: Micros = java.run("SignatureRun", target, cache, REAL, ROUNDS, 20)["micros"]
    ratio = statistics.median(keyed / bare for bare, keyed in micros)
    return Row(
        "Java: signature.run of MobileNetV2",
        "Session.runner with hard-coded names",
        f"{ratio:.3f} times",
        "<= 1.05",
        ratio <= 1.05,
        f"{_median(micros, 1) / 1000:.1f} ms against {_median(micros, 0) / 1000:.1f} ms",
    )


def _run_of_tiny_model(java: JavaPrograms, target: str, cache: Path) -> Row:
    micros: Micros = java.run("SignatureRun", target, cache, TINY, ROUNDS, 10_000)["micros"]
    more = statistics.median(keyed - bare for bare, keyed in micros)
    return Row(
        "Java: signature.run of a tiny model",
        "Session.runner with hard-coded names",
        f"{more:+.1f} microseconds",
        "<= 20 microseconds more",
        more <= 20,
        f"{_median(micros, 1):.1f} against {_median(micros, 0):.1f} microseconds",
    )


def _pull(java: JavaPrograms, target: str, work: Path) -> Row:
    """Each pull has a process of its own and an empty cache; the JVM's whole heap is small."""
    growth_mb = 0.0

    def by_java(cache: Path) -> float:
        nonlocal growth_mb
        found = java.run("PullOnce", target, cache, f"{LARGE}@prod", flags=[f"-Xmx{HEAP_MB}m"])
        growth_mb = max(growth_mb, found["heap_growth_mb"])
        return float(found["wall_s"])

    def by_python(cache: Path) -> float:
        command: list[str | Path] = [sys.executable, "-m", "bench.transfer_client", "fill_cache", target, work, cache.parent]
        return float(json.loads(run(command).output)["wall_s"])

    measured = pairs(_into_empty_cache(by_java, work), _into_empty_cache(by_python, work))
    ratio = median_ratio(measured)
    seconds = [statistics.median(side) for side in zip(*measured, strict=True)]
    return Row(
        f"Java: pull of 1 GiB into the cold cache, in a heap of {HEAP_MB} MB (-Xmx)",
        "Python's pull",
        f"{ratio:.2f} times, heap +{growth_mb:.0f} MB at its peak, garbage included",
        "<= 1.2, < 64 MB",
        ratio <= 1.2 and growth_mb < 64,
        f"{seconds[0]:.2f} s against {seconds[1]:.2f} s",
    )


def _into_empty_cache(pull: Callable[[Path], float], work: Path) -> Callable[[], float]:
    def into_empty_cache() -> float:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            return pull(Path(folder) / "cache")

    return into_empty_cache


def _median(micros: Micros, way: int) -> float:
    return statistics.median(round_[way] for round_ in micros)
