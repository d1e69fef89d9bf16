"""Push and pull of a 1 GiB model over loopback, against the bare grpc stream, hashing alone, and a plain copy."""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import grpc

from bench.measure import CHANNEL_OPTIONS, ROUNDS, Row, peak_rss_mb, rss_mb, run, seconds
from bench.models import GIB, TENSORS, change_one_tensor, saved_model, weights_file
from bench.servers import bare_server, tfreg_server

MESSAGE_BYTES = 1024 * 1024
Round = dict[str, Any]
Sink: TypeAlias = "grpc.StreamUnaryMultiCallable[bytes, bytes]"


def rows() -> list[Row]:
    """Measures ROUNDS rounds, each with a fresh server and a fresh cache, after one that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        model = saved_model(Path(folder) / "model")
        rounds = [_round(Path(folder), model, copy_first=number % 2 == 0) for number in range(ROUNDS + 1)][1:]
    return [_push(rounds), _push_again(rounds), _push_changed(rounds), _pull_cold(rounds), _pull_warm(rounds)]


def _round(folder: Path, model: Path, *, copy_first: bool) -> Round:
    work = folder / "round"
    result: Round = {"bare_s": _bare_stream_s(weights_file(model)), "hash_s": seconds(lambda: _hash(model))}
    with tfreg_server(work / "data") as server:
        before_mb = rss_mb(server.pid)
        result["push"] = _client("push", server.target, model, work)
        result["again"] = _client("push", server.target, model, work)
        change_one_tensor(model, 3 * GIB // TENSORS, str(work).encode() + str(result["bare_s"]).encode())
        result["changed"] = _client("push", server.target, model, work)
        result["cold"] = _client("fill_cache", server.target, model, work)
        result |= _warm(server.target, model, work, copy_first=copy_first)
        result["server_growth_mb"] = peak_rss_mb(server.pid) - before_mb
    shutil.rmtree(work)
    return result


def _warm(target: str, model: Path, work: Path, *, copy_first: bool) -> Round:
    """Pulls from the warm cache, and copies: what comes second finds the pages in memory, so they take turns."""
    found: Round = {}
    for name in ("copy_s", "warm") if copy_first else ("warm", "copy_s"):
        if name == "warm":
            found[name] = _client("pull", target, model, work)
        else:
            found[name] = seconds(lambda: shutil.copytree(model, work / "copy"))
            shutil.rmtree(work / "copy")
    return found


def _client(verb: str, target: str, model: Path, work: Path) -> Round:
    finished = run([sys.executable, "-m", "bench.transfer_client", verb, target, model, work])
    answer: Round = json.loads(finished.output)
    return answer


def _push(rounds: list[Round]) -> Row:
    ratio = statistics.median(r["bare_s"] / r["push"]["wall_s"] for r in rounds)
    client_mb = max(r["push"]["growth_mb"] for r in rounds)
    server_mb = max(r["server_growth_mb"] for r in rounds)
    return Row(
        "push of 1 GiB of new tensors, durable and verified",
        "bare grpc stream to a null sink",
        f"{ratio:.2f}, client +{client_mb:.0f} MB, server +{server_mb:.0f} MB",
        ">= 0.33, < 150 MB each",
        ratio >= 0.33 and max(client_mb, server_mb) < 150,
        f"{_median(rounds, 'push'):.2f} s against {statistics.median(r['bare_s'] for r in rounds):.2f} s",
    )


def _push_again(rounds: list[Round]) -> Row:
    ratio = statistics.median(r["again"]["wall_s"] / r["hash_s"] for r in rounds)
    sent = max(r["again"]["sent_bytes"] for r in rounds)
    return Row(
        "push again, nothing changed",
        "hashing the files once",
        f"{ratio:.2f}, {sent} bytes sent",
        "<= 1.3, 0 bytes",
        ratio <= 1.3 and not sent,
    )


def _push_changed(rounds: list[Round]) -> Row:
    tensor_bytes = GIB // TENSORS // 1024 * 1024
    ratio = max(r["changed"]["sent_bytes"] for r in rounds) / tensor_bytes
    return Row("push with 1 of 50 tensors changed", "bytes of that tensor", f"{ratio:.3f}", "<= 1.05", 0 < ratio <= 1.05)


def _pull_cold(rounds: list[Round]) -> Row:
    ratio = statistics.median(r["push"]["wall_s"] / r["cold"]["wall_s"] for r in rounds)
    detail = f"{_median(rounds, 'cold'):.2f} s, client +{max(r['cold']['growth_mb'] for r in rounds):.0f} MB"
    return Row("pull of 1 GiB into the cold cache", "the push's speed", f"{ratio:.2f}", ">= 1", ratio >= 1, detail)


def _pull_warm(rounds: list[Round]) -> Row:
    ratio = statistics.median(r["warm"]["wall_s"] / r["copy_s"] for r in rounds)
    return Row(
        "pull of 1 GiB, warm cache",
        "a copy of the files",
        f"{ratio:.2f}",
        "<= 1.5",
        ratio <= 1.5,
        f"{_median(rounds, 'warm'):.2f} s",
    )


def _median(rounds: list[Round], key: str) -> float:
    return float(statistics.median(r[key]["wall_s"] for r in rounds))


def _bare_stream_s(file: Path) -> float:
    with bare_server() as server, grpc.insecure_channel(server.target, options=CHANNEL_OPTIONS) as channel:
        grpc.channel_ready_future(channel).result()
        sink: Sink = channel.stream_unary("/bare/Sink")
        return seconds(lambda: sink(_messages(file)))


def _messages(file: Path) -> Iterator[bytes]:
    with file.open("rb", buffering=0) as opened:
        while message := opened.read(MESSAGE_BYTES):
            yield message


def _hash(model: Path) -> None:
    for path in sorted(path for path in model.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
