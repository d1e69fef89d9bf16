"""The ops that TensorFlow 2.21 registers, from `op_table.txt`, which a fixture tool of the tests writes from TensorFlow itself.

A line is `NAME INPUT... -> OUTPUT... ATTR=DEFAULT...`; NAME ends in `!` if the op is stateful. An argument is `x:float32` (fixed
type), `x:$T` (the type in attribute T), `x:$N*$T` or `x:$N*int32` (as many as attribute N says) or `x:@Tout` (the types that
attribute Tout lists); `&` before the type marks a reference. Only the defaults of attributes that arguments name are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.core.dtypes import dtype_name

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import OpDef


@dataclass(frozen=True, slots=True)
class ArgSignature:
    """An input or output argument of an op, which stands for one tensor, for several of one type, or for a list.

    Attributes:
        name: Its name, as in `node:name:0` within functions.
        dtype: Its type, if that is fixed; else empty.
        type_attr: The attribute that holds its type; else empty.
        number_attr: The attribute that says how many tensors it stands for; empty if it is one.
        type_list_attr: The attribute that lists the types of its tensors; else empty.
        is_ref: True if its tensors are references, as variables of TensorFlow 1 are.
    """

    name: str
    dtype: str = ""
    type_attr: str = ""
    number_attr: str = ""
    type_list_attr: str = ""
    is_ref: bool = False


@dataclass(frozen=True, slots=True)
class OpSignature:
    """What a reader needs to know of an op.

    Attributes:
        name: The op.
        inputs: Its input arguments, without control inputs.
        outputs: Its output arguments.
        is_stateful: True if running it twice is not the same as running it once.
        defaults: Defaults as texts, of attributes that arguments name: a type, a number, or types with commas between.
    """

    name: str
    inputs: tuple[ArgSignature, ...]
    outputs: tuple[ArgSignature, ...]
    is_stateful: bool
    defaults: Mapping[str, str]


def lookup(op: str) -> OpSignature | None:
    """Returns the signature of a registered op; None for one that TensorFlow 2.21 lacks: a function's name, a custom op."""
    line = _lines().get(op)
    return None if line is None else _op(line)


def is_registered(op: str) -> bool:
    """True for an op that TensorFlow 2.21 has."""
    return op in _lines()


def is_stateful(op: str) -> bool:
    """True if an op is stateful, or not known: what is not known may have any effect."""
    signature = lookup(op)
    return signature is None or signature.is_stateful


def signature_of(definition: OpDef) -> OpSignature:
    """Returns the signature that an OpDef gives, such as the one of a library function or of a custom op."""
    return OpSignature(
        definition.name,
        tuple(map(_described_arg, definition.input_arg)),
        tuple(map(_described_arg, definition.output_arg)),
        definition.is_stateful,
        {},
    )


@cache
def _lines() -> dict[str, str]:
    text = Path(__file__).with_name("op_table.txt").read_text(encoding="utf-8")
    return {line.partition(" ")[0].removesuffix("!"): line for line in text.splitlines()}


@cache
def _op(line: str) -> OpSignature:
    head, _, tail = line.partition(" ->")
    name, *inputs = head.split()
    outputs = [word for word in tail.split() if ":" in word]
    defaults = dict(word.split("=", 1) for word in tail.split() if ":" not in word)
    return OpSignature(name.removesuffix("!"), tuple(map(_arg, inputs)), tuple(map(_arg, outputs)), name.endswith("!"), defaults)


def _arg(word: str) -> ArgSignature:
    name, _, kind = word.partition(":")
    if kind.startswith("@"):
        return ArgSignature(name, type_list_attr=kind[1:])
    number, star, kind = kind.rpartition("*")
    is_ref, kind = kind.startswith("&"), kind.removeprefix("&")
    number_attr = number.removeprefix("$") if star else ""
    if kind.startswith("$"):
        return ArgSignature(name, type_attr=kind[1:], number_attr=number_attr, is_ref=is_ref)
    return ArgSignature(name, dtype=kind, number_attr=number_attr, is_ref=is_ref)


def _described_arg(arg: OpDef.ArgDef) -> ArgSignature:
    return ArgSignature(arg.name, dtype_name(arg.type), arg.type_attr, arg.number_attr, arg.type_list_attr, is_ref=arg.is_ref)
