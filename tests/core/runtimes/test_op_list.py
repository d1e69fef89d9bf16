"""Lists of ops as strangers send them: read, or refused; never a crash, never much memory."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from tfreg.core.errors import RuntimeInvalidError
from tfreg.core.runtimes.known import known_runtime
from tfreg.core.runtimes.op_list import MAX_OPS, MAX_PARTS, RuntimeAttr, read_op_list
from tfreg.wire.graph_pb2 import AttrValue, OpDef, OpList


def op(name: str = "Op", **fields: object) -> OpDef:
    return OpDef(name=name, **fields)  # type: ignore[arg-type]


def listed(*ops: OpDef) -> bytes:
    return OpList(op=ops).SerializeToString()


def test_an_op_is_read_with_its_attributes_defaults_and_what_they_allow() -> None:
    definition = op("Quantize", summary="left out")
    definition.attr.add(name="T", type="type").allowed_values.list.type.extend([1, 2])
    definition.attr.add(name="padding", type="string", default_value=AttrValue(s=b"SAME")).allowed_values.list.s.extend(
        [b"SAME", b"VALID"]
    )
    read = read_op_list(listed(definition))["Quantize"]
    assert read.required == ("T",)
    assert read.attrs["T"] == RuntimeAttr(None, frozenset({1, 2}))
    assert read.attrs["padding"] == RuntimeAttr(AttrValue(s=b"SAME").SerializeToString(), texts=frozenset({b"SAME", b"VALID"}))


def test_of_an_op_that_is_listed_twice_the_first_counts() -> None:
    second = op()
    second.attr.add(name="T", type="type")
    assert read_op_list(listed(op(), second))["Op"].attrs == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\x12\x02no", "no op"),
        (b"no list of ops at all", "wire type"),
        (b"\x0a\x05\x0a", "passes the end"),
        (b"\x0a\x02\x0a\x05", "cannot be parsed"),
        (b"\x0a\x03\x0a\x01\xff", "cannot be parsed"),
        (listed(OpDef(summary="no name")), "without a name"),
        (listed(op("x" * 70_000)), "one of more than"),
        (listed(*(op(str(number)) for number in range(MAX_OPS + 1))), f"more than {MAX_OPS} ops"),
    ],
    ids=["empty", "another field", "text", "cut", "cut within", "no UTF-8", "nameless", "long", "many"],
)
def test_what_is_no_list_of_ops_is_refused_with_the_next_step(content: bytes, why: str) -> None:
    with pytest.raises(RuntimeInvalidError) as caught:
        read_op_list(content)
    assert why in caught.value.message
    assert "TF_GetAllOpList" in caught.value.hint


def test_a_list_of_empty_attributes_is_refused() -> None:
    definition = op()
    for _ in range(15_000):
        definition.attr.add()
    content = listed(*[definition] * (MAX_PARTS // 15_000 + 1))
    assert len(content) < 1 << 20
    with pytest.raises(RuntimeInvalidError, match="attributes"):
        read_op_list(content)


def test_damaged_lists_are_read_or_refused_and_nothing_else() -> None:
    _, content = known_runtime("tensorflow-java-1.1.0")
    chance = random.Random(6)
    for _ in range(30):
        damaged = bytearray(content[: chance.randrange(1, 60_000)])
        for _ in range(5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(RuntimeInvalidError):
            read_op_list(bytes(damaged))
