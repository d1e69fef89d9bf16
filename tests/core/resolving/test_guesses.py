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


def reasons(model: Model) -> list[tuple[str, str, str]]:
    """Confidence, role and tensor of each guess, in their order."""
    return [(guess.confidence.value, "out" if guess.output else "in", str(guess.ref)) for guess in model.resolve().guesses]


TRAINING = """
ids = Placeholder dtype=int32 shape=[?,8]
label = Placeholder dtype=int32 shape=[?]
keep = PlaceholderWithDefault(one) dtype=float32 shape=[]
filling = Placeholder dtype=float32
one = Const dtype=float32
w = VarHandleOp dtype=float32
set = AssignVariableOp(w, filling) dtype=float32
logits = MatMul(ids, keep) T=float32
prob = Softmax(logits) T=float32
cost = SparseSoftmaxCrossEntropyWithLogits(logits, label) T=float32 Tlabels=int32
cost/mean = Mean(cost, one) T=float32 Tidx=int32
gradients/grad_ys_0 = Fill(one, one) T=float32
gradients/cost/mean_grad/mul = Mul(gradients/grad_ys_0, cost/mean) T=float32
gradients/prob_is_watched = Identity(prob) T=float32
clipped = Identity(gradients/cost/mean_grad/mul) T=float32
Adam/update = ResourceApplyGradientDescent(w, one, clipped) T=float32
report = HistogramSummary(one, prob) T=float32
save/filename = PlaceholderWithDefault(one) dtype=string shape=[]
save/Const = Placeholder dtype=string shape=[]
"""


class TestConfidence:
    def test_a_frozen_graph_is_sure_of_placeholders_and_sinks(self, frozen: Model) -> None:
        assert reasons(frozen) == [
            ("high", "in", "words:0"),
            ("high", "out", "top:0"),
            ("high", "out", "top:1"),
            ("medium", "in", "keep:0"),
            ("low", "in", "dead:0"),
        ]

    def test_a_training_graph_offers_its_predictions_but_not_its_loss_its_labels_and_its_gradients(self, model: Make) -> None:
        training = model(TRAINING, format="tf1_checkpoint", tags=())
        assert reasons(training) == [
            ("high", "in", "ids:0"),
            ("medium", "in", "keep:0"),
            ("medium", "out", "prob:0"),
            ("low", "in", "label:0"),
            ("low", "out", "cost/mean:0"),
        ]
        assert training.feeds() == {"ids": "required", "keep": "optional"}
        assert [fetch.key for fetch in training.resolve().fetches] == ["prob"]

    def test_every_guess_has_a_reason(self, model: Make) -> None:
        by_ref = {str(guess.ref): guess.reason for guess in model(TRAINING, format="tf1_checkpoint", tags=()).resolve().guesses}
        assert "loss" in by_ref["cost/mean:0"]
        assert "only training or summaries" in by_ref["prob:0"]
        assert "default" in by_ref["keep:0"]

    def test_a_loss_without_the_op_of_one_is_known_by_its_gradient(self, model: Make) -> None:
        text = """
        x = Placeholder dtype=float32
        w = VarHandleOp dtype=float32
        y = Softmax(x) T=float32
        loss/value = Sum(x) T=float32
        gradients/loss/value_grad/Tile = Identity(x) T=float32
        train = ResourceApplyGradientDescent(w, x, gradients/loss/value_grad/Tile) T=float32
        """
        assert [fetch.key for fetch in model(text, format="tf1_checkpoint", tags=()).resolve().fetches] == ["y"]

    def test_gradients_are_results_where_nothing_is_trained(self, model: Make) -> None:
        text = "x = Placeholder dtype=float32\ny = Relu(x) T=float32\ngradients/y_grad/ReluGrad = ReluGrad(x, y) T=float32"
        saliency = model(text, format="frozen_graph", tags=())
        assert [fetch.key for fetch in saliency.resolve().fetches] == ["gradients/y_grad/ReluGrad"]

    def test_outputs_of_an_iterator_are_inputs_of_medium_confidence(self, model: Make) -> None:
        text = """
        iterator = IteratorV2
        next = IteratorGetNext(iterator) output_types=[int32,int32,int32]
        y = Softmax(next) T=float32
        z = Softmax(next:1) T=float32
        """
        batches = model(text, format="tf1_checkpoint", tags=())
        assert batches.feeds() == {"next": "required", "next:1": "required"}
        assert reasons(batches)[2:] == [("medium", "in", "next:0"), ("medium", "in", "next:1"), ("low", "in", "next:2")]

    def test_for_outputs_that_were_asked_for_only_the_inputs_are_guesses(self, frozen: Model) -> None:
        binding = frozen.resolve("ids")
        assert [(str(guess.ref), guess.confidence.value) for guess in binding.guesses] == [("words:0", "high")]

    def test_what_a_signature_says_is_no_guess(self, model: Make) -> None:
        from .conftest import signature

        assert model(FROZEN, signature("s", "words=words:0", "top=top:0")).resolve().guesses == ()

    def test_a_graph_of_thousands_of_sinks_gives_a_thousand_guesses(self, model: Make) -> None:
        text = "x = Placeholder dtype=float32\n" + "\n".join(f"y{n} = Relu(x) T=float32" for n in range(3000))
        assert len(model(text, format="frozen_graph", tags=()).resolve().guesses) == 1000

    def test_shapes_that_layers_left_over_are_unlikely_unless_their_author_named_them(self, model: Make) -> None:
        text = """
        x = Placeholder dtype=float32
        y = Relu(x) T=float32
        layer/Shape_1 = Shape(x) T=float32
        shape_of_x = Shape(x) T=float32
        """
        assert [fetch.key for fetch in model(text, format="frozen_graph", tags=()).resolve().fetches] == ["shape_of_x", "y"]

    def test_guards_of_assertions_and_pivots_of_branches_are_no_outputs(self, model: Make) -> None:
        text = """
        x = Placeholder dtype=float32
        label = Placeholder dtype=int64
        y = Relu(x) T=float32
        ok/Assert/AssertGuard/Switch = Switch(label, label) T=bool
        ok/Assert/AssertGuard/switch_t = Identity(ok/Assert/AssertGuard/Switch:1) T=bool
        ok/Assert/AssertGuard/Merge = Merge(ok/Assert/AssertGuard/switch_t, ok/Assert/AssertGuard/switch_t) T=bool N=2
        cond/Switch = Switch(label, label) T=bool
        cond/switch_f = Identity(cond/Switch) T=bool
        cond/pred_id = Identity(label) T=bool
        """
        checked = model(text, format="tf1_checkpoint", tags=())
        assert reasons(checked) == [("high", "in", "x:0"), ("high", "out", "y:0"), ("low", "in", "label:0")]

    def test_a_number_for_tensorboard_is_unlikely(self, model: Make) -> None:
        text = """
        x = Placeholder dtype=float32
        y = Relu(x) T=float32
        part = Mean(x) T=float32
        tag = Const dtype=string
        seen = ScalarSummary(tag, part) T=float32
        """
        assert ("low", "out", "part:0") in reasons(model(text, format="tf1_checkpoint", tags=()))

    def test_scores_of_which_another_output_takes_the_best_are_offered_too(self, model: Make) -> None:
        text = """
        x = Placeholder dtype=float32
        one = Const dtype=int32
        logits = Relu(x) T=float32
        probs = Softmax(logits) T=float32
        best = ArgMax(probs, one) T=float32
        worst = ArgMax(logits, one) T=float32
        """
        assert [fetch.key for fetch in model(text, format="frozen_graph", tags=()).resolve().fetches] == [
            "best",
            "probs",
            "worst",
        ]


BATCHES = """
iterator = {iterator}
next = IteratorGetNext(iterator) output_types=[float32,int32]
features = PlaceholderWithDefault(next) dtype=float32 shape=[?,2]
y = Softmax(features) T=float32
"""


class TestPlaceholdersOverBatches:
    def test_the_placeholder_is_the_input_and_the_batch_under_it_unlikely(self, model: Make) -> None:
        batches = model(BATCHES.format(iterator="IteratorV2"), format="tf1_checkpoint", tags=())
        assert batches.feeds() == {"features": "required"}
        assert reasons(batches) == [
            ("high", "in", "features:0"),
            ("high", "out", "y:0"),
            ("low", "in", "next:0"),
            ("low", "in", "next:1"),
        ]
        assert "a placeholder over them" in batches.resolve().guesses[2].reason

    def test_an_iterator_that_nobody_needs_to_initialise_is_a_default(self, model: Make) -> None:
        assert model(BATCHES.format(iterator="OneShotIterator"), format="tf1_checkpoint", tags=()).feeds() == {
            "features": "optional"
        }

    def test_an_input_of_a_signature_whose_default_is_a_batch_is_required(self, model: Make) -> None:
        from .conftest import signature

        signed = model(BATCHES.format(iterator="IteratorV2"), signature("s", "features=features:0", "y=y:0"))
        assert signed.feeds() == {"features": "required"}
