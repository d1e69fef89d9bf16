"""What the step `run_signature` is told: one run of one signature."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.checking.calls import ModelCall


@dataclass(frozen=True, slots=True)
class GivenInput:
    """Where the value of an input comes from: a file, an expression, or examples.

    Attributes:
        key: The input's key.
        file: A file of the role `values`.
        item: The array in it, if that is a .npz; empty: its only one, or that of the input's key.
        expression: As `expressions` takes it.
        examples: A list of dicts as Python writes it, each of which becomes a serialised tf.train.Example.
    """

    key: str
    file: str = ""
    item: str = ""
    expression: str = ""
    examples: str = ""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run.

    Attributes:
        call: The signature.
        inputs: The values.
        allow_pickle: Whether files may hold pickled objects, which run code when they are read.
    """

    call: ModelCall
    inputs: tuple[GivenInput, ...] = ()
    allow_pickle: bool = False
