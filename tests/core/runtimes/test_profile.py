"""What names a runtime: every client makes the same digest of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.digests import Digest, digest_of
from tfreg.core.runtimes.known import KNOWN, NEWEST, known_runtime, newest_ops
from tfreg.core.runtimes.op_list import read_op_list
from tfreg.core.runtimes.profile import RuntimeProfile

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "runtimes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", VECTORS["runtimes"], ids=lambda case: case["case"])
def test_a_runtime_has_its_digest(case: dict[str, Any]) -> None:
    ops = Digest(case["op_list_digest"]) if case["op_list_digest"] else None
    profile = RuntimeProfile(case["name"], case["tensorflow_version"], tuple(case["formats"]), ops)
    assert profile.digest == case["digest"] == digest_of(case["lines"].encode())


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_runtime_comes_with_its_list_of_ops(name: str) -> None:
    profile, op_list = known_runtime(name)
    ops = read_op_list(op_list)
    assert profile.op_list_digest == digest_of(op_list)
    assert len(ops) > 1700
    assert ops["MatMul"].required == ("T",)


def test_the_newest_has_what_tensorflow_java_lacks() -> None:
    assert NEWEST in KNOWN
    java = read_op_list(known_runtime("tensorflow-java-1.1.0")[1])
    assert {"DecodeWebP", "DecodeJxl"} <= newest_ops().keys() - java.keys()
    assert newest_ops()["TensorListGetItem"].attrs.keys() - java["TensorListGetItem"].attrs.keys() == {"Tshape"}
