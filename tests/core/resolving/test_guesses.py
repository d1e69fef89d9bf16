"""Graphs without signatures: a guess, marked as one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tfreg.core.inspections import Asset, Targets
from tfreg.core.tensors import TensorRef

from .conftest import Model

Make = Callable[..., Model]

FROZEN = """
words = Placeholder dtype=string shape=[?]
keep = PlaceholderWithDefault(one) dtype=float32 shape=[]
one = Const dtype=float32
dead = Placeholder dtype=int32 shape=[?]
table = HashTableV2
unused_table = HashTableV2
keys = Const dtype=string
values = Const dtype=int64
init/fill = LookupTableImportV2(table, keys, values) Tin=string Tout=int64
init/other = InitializeTableV2(unused_table, keys, values) Tkey=string Tval=int64
init_all_tables = NoOp(^init/fill, ^init/other)
ids = LookupTableFindV2(table, words, values) Tin=string Tout=int64
floats = Cast(ids) SrcT=int64 DstT=float32
scaled = Mul(floats, keep) T=float32
top = TopKV2(scaled, values) T=float32
check = Assert(scaled) T=[float32]
seen = HistogramSummary(keys, scaled)
lonely = Identity(one) T=float32
save/Const = PlaceholderWithDefault(keys) dtype=string shape=[]
save/SaveV2 = SaveV2(save/Const, keys, keys, scaled) dtypes=[float32]
save/restored = Identity(save/Const) T=string
"""


@pytest.fixture
def frozen(model: Make) -> Model:
    return model(FROZEN, format="frozen_graph", tags=())


def test_placeholders_are_feeds_and_what_nothing_consumes_are_fetches(frozen: Model) -> None:
    binding = frozen.resolve()
    assert frozen.feeds() == {"keep": "optional", "words": "required"}
    assert [(fetch.key, str(fetch.ref), fetch.dtype) for fetch in binding.fetches] == [
        ("top", "top:0", "float32"),
        ("top:1", "top:1", "int32"),
    ]


def test_a_guess_is_marked_with_its_reason(frozen: Model) -> None:
    binding = frozen.resolve()
    assert binding.guessed
    assert [finding.code for finding in binding.diagnostics] == ["TFR202"]
    assert "no signature" in binding.diagnostics[0].message


def test_the_operations_that_fill_the_used_tables_are_targets(frozen: Model) -> None:
    assert frozen.resolve().targets.init_operations == ("init/fill",)


def test_for_named_outputs_only_what_they_need_is_a_feed(frozen: Model) -> None:
    assert frozen.feeds("ids") == {"words": "required"}
    assert frozen.feeds("lonely") == {}
    assert [fetch.key for fetch in frozen.resolve("floats:0", "top:1").fetches] == ["floats", "top:1"]


def test_nodes_may_come_before_what_they_consume(model: Make) -> None:
    text = "c = Softmax(b) T=float32\nb = Softmax(a) T=float32\na = Placeholder dtype=float32"
    assert [fetch.key for fetch in model(text, format="frozen_graph", tags=()).resolve().fetches] == ["c"]


def test_outputs_of_a_loop_that_nobody_took_up_are_not_offered(model: Make) -> None:
    text = """
    x = Placeholder dtype=float32
    loop = StatelessWhile(x, x) cond=@c body=@b T=[float32,float32]
    loop/Identity = Identity(loop) T=float32
    loop/Identity_1 = Identity(loop:1) T=float32
    y = Softmax(loop/Identity_1) T=float32
    while/Exit = Exit(x) T=float32
    while/Exit_1 = Exit(x) T=float32
    """
    loop = model(text, format="frozen_graph", tags=())
    assert [fetch.key for fetch in loop.resolve().fetches] == ["while/Exit", "while/Exit_1", "y"]


def test_a_result_that_only_a_summary_watches_is_offered(model: Make) -> None:
    text = """
    x = Placeholder dtype=float32
    y = Softmax(x) T=float32
    name = Const dtype=string
    watched = HistogramSummary(name, y) T=float32
    """
    assert [fetch.key for fetch in model(text, format="frozen_graph", tags=()).resolve().fetches] == ["y"]


def test_what_a_loader_feeds_is_no_input(model: Make) -> None:
    text = """
    asset_path = Placeholder dtype=string shape=[]
    checkpoint = Placeholder dtype=string shape=[]
    x = Placeholder dtype=float32
    initialised = StatefulPartitionedCall(asset_path) f=@f Tout=[int32]
    restored = StatefulPartitionedCall(checkpoint) f=@f Tout=[int32]
    y = Softmax(x) T=float32
    """
    bare = model(text)
    (meta_graph,) = bare.inspection.meta_graphs
    targets = Targets(restore_filename=TensorRef("checkpoint"))
    meta_graph = replace(meta_graph, assets=(Asset("vocabulary.txt", TensorRef("asset_path")),), targets=targets)
    bare.inspection = replace(bare.inspection, meta_graphs=(meta_graph,))
    assert [fetch.key for fetch in bare.resolve().fetches] == ["y"]
    assert bare.feeds() == {"x": "required"}
