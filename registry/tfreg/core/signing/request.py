"""What a user declares."""

from __future__ import annotations

from dataclasses import dataclass

PREDICT = "tensorflow/serving/predict"
"""Method name of what TensorFlow exports, and of what is declared for a graph without saying another."""
Named = tuple[tuple[str, str], ...]
"""Pairs of a key and a tensor."""


@dataclass(frozen=True, slots=True)
class SignatureRequest:
    """What a user declares.

    Attributes:
        key: The signature's key.
        inputs: Pairs of key and tensor (`x:0`, `x`; of a TFLite model a name or an index).
        outputs: Likewise; at least one.
        tags: Tag set of the MetaGraphDef that it is for; empty: the only one, else exactly {serve}.
        method_name: Empty: `PREDICT`; none for a TFLite model.
        targets: Operations to run once before the first call.
        declared_tags: Tag set that callers shall see instead; empty: the MetaGraphDef's own.
        override: Shadow a signature of this key that the artifact holds.
    """

    key: str
    inputs: Named
    outputs: Named
    tags: tuple[str, ...] = ()
    method_name: str = ""
    targets: tuple[str, ...] = ()
    declared_tags: tuple[str, ...] = ()
    override: bool = False
