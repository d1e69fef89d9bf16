"""The profile of a caller's runtime, and the digest that names it."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.digests import Digest, digest_of

_TITLE = "tfreg runtime 1"
MAX_RUNTIMES = 200
"""Most that a catalog keeps, each with a list of ops that can have megabytes; the one that was seen longest ago makes room."""


@dataclass(frozen=True, slots=True)
class RuntimeProfile:
    """What a runtime is and can load.

    Attributes:
        name: What it is, such as `tensorflow-java`.
        tensorflow_version: TensorFlow's version in it, such as `2.18.0`.
        formats: Formats that it can load, best first.
        op_list_digest: Of its serialised tensorflow.OpList; None if it has none, and ops are not compared.
    """

    name: str
    tensorflow_version: str
    formats: tuple[str, ...]
    op_list_digest: Digest | None = None

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return f"{self.name} (TensorFlow {self.tensorflow_version})" if self.tensorflow_version else self.name

    @property
    def digest(self) -> Digest:
        """What it is named by; proto/tfreg/v1/capabilities.proto says of what (tests/vectors/runtimes.json holds cases)."""
        lines = (_TITLE, self.name, self.tensorflow_version, ",".join(self.formats), self.op_list_digest or "")
        return digest_of("".join(f"{line}\n" for line in lines).encode())
