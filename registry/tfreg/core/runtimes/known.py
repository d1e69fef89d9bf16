"""Runtimes whose lists of ops come with this release, so that a model can be compared with them at once.

The lists are as TensorFlow gave them, compressed by xz; tests/fixtures/make/op_lists.py and OpList.java beside it write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tfreg.core.digests import digest_of
from tfreg.core.runtimes.op_list import RuntimeOps, read_op_list
from tfreg.core.runtimes.profile import RuntimeProfile

NEWEST = "tensorflow-2.21.0"
"""Of those known, the one with the newest TensorFlow."""


@dataclass(frozen=True, slots=True)
class KnownRuntime:
    """A runtime without its list of ops: its name, its TensorFlow, the formats that it loads, best first."""

    name: str
    tensorflow_version: str
    formats: tuple[str, ...]


KNOWN = {
    "tensorflow-java-1.1.0": KnownRuntime("tensorflow-java", "2.18.0", ("saved_model", "frozen_graph", "tf1_checkpoint")),
    NEWEST: KnownRuntime(
        "tensorflow",
        "2.21.0",
        ("saved_model", "keras_v3", "keras_h5", "frozen_graph", "tf1_checkpoint", "tf2_checkpoint", "tflite"),
    ),
}


def known_runtime(name: str) -> tuple[RuntimeProfile, bytes]:
    """Returns the profile of a known runtime, and its list of ops.

    Raises:
        KeyError: It is not known.
    """
    known, op_list = KNOWN[name], _op_list(name)
    return RuntimeProfile(known.name, known.tensorflow_version, known.formats, digest_of(op_list)), op_list


@cache
def newest_ops() -> RuntimeOps:
    """The ops of the newest TensorFlow that this release knows."""
    return read_op_list(_op_list(NEWEST))


def _op_list(name: str) -> bytes:
    import lzma

    return lzma.decompress(Path(__file__).with_name(f"{name}.op_list.xz").read_bytes())
