"""Sorted string tables that are written are read back, by the registry and by TensorFlow (see the tests of checkpoints)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.sstable import entries, find, is_sstable, places
from tfreg.core.codecs.sstable_writing import write_table
from tfreg.core.trees import BytesReader

TABLES = st.dictionaries(st.binary(max_size=30), st.binary(max_size=100), max_size=200)


@given(table=TABLES)
def test_entries_come_back_in_ascending_order_of_keys(table):
    content = BytesReader(write_table(table.items()))
    assert is_sstable(content)
    assert list(entries(content)) == sorted(table.items())


@given(table=TABLES, other=st.binary(max_size=30))
def test_each_key_is_found(table, other):
    content = BytesReader(write_table(table.items()))
    assert all(find(content, key) == value for key, value in table.items())
    assert find(content, other) == table.get(other)


def test_long_tables_are_of_many_blocks():
    table = [(b"model/layer_%07d/kernel" % number, b"%d" % number * 20) for number in range(20_000)]
    content = BytesReader(write_table(table))
    assert list(entries(content)) == table
    assert find(content, table[12_345][0]) == table[12_345][1]
    assert content.size_bytes < 4_000_000


def test_places_are_those_of_the_values():
    content = write_table([(b"a", b"first"), (b"ab", b"second")])
    assert [content[one.offset : one.offset + one.length] for one in places(BytesReader(content))] == [b"first", b"second"]


def test_what_the_tests_own_writer_writes_is_the_same(table_writer):
    table = [(b"a%02d" % number, b"v") for number in range(40)]
    assert write_table(table) == table_writer.table(table, block_size=100, restart_every=16)


def test_two_entries_of_one_key_are_refused():
    with pytest.raises(ValueError, match="have the key"):
        write_table([(b"a", b"1"), (b"a", b"2")])
