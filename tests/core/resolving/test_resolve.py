"""What `resolve` answers for signed models."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tfreg.core.diagnostics import Severity
from tfreg.core.errors import GraphUnreadableError, NoGraphError, NoSignaturesError, OutputNotFoundError, SignatureNotFoundError
from tfreg.core.inspections import Argument, CallableFunction, ConcreteFunction, Inspection, Targets
from tfreg.core.tensors import TensorRef, TensorSpec

from .conftest import Model, signature

Make = Callable[..., Model]

ESTIMATOR = """
input_ids = Placeholder dtype=int32 shape=[?,8]
input_ids_1 = Placeholder dtype=int32 shape=[?,8]
label_ids_1 = Placeholder dtype=int32 shape=[?]
table = VariableV2 dtype=float32 shape=[80,4]
axis = Const
embedding = GatherV2(table, input_ids_1, axis) Tparams=float32 Tindices=int32 Taxis=int32
loss/logits = BiasAdd(embedding, axis) T=float32
loss/pred_prob = Softmax(loss/logits) T=float32 _output_shapes=([?,2])
save/filename/input = Const dtype=string
save/filename = PlaceholderWithDefault(save/filename/input) dtype=string shape=[]
save/Const = PlaceholderWithDefault(save/filename) dtype=string shape=[]
save/RestoreV2 = RestoreV2(save/Const) dtypes=[float32]
"""


@pytest.fixture
def estimator(model: Make) -> Model:
    serving = signature(
        "serving_default", "input_ids=input_ids_1:0:int32 label_ids=label_ids_1:0:int32", "probabilities=loss/pred_prob:0"
    )
    return model(ESTIMATOR, serving)


def test_an_estimators_dead_placeholder_is_absent_and_its_labels_are_unused(estimator: Model) -> None:
    assert estimator.feeds() == {"input_ids": "required", "label_ids": "unused"}
    binding = estimator.resolve()
    assert [str(feed.tensor.ref) for feed in binding.feeds] == ["input_ids_1:0", "label_ids_1:0"]
    assert (binding.format, binding.tags, binding.signature, binding.guessed) == (
        "saved_model",
        ("serve",),
        "serving_default",
        False,
    )


def test_outputs_can_be_keys_and_tensors_mixed_in_the_order_asked(estimator: Model) -> None:
    fetches = estimator.resolve("loss/logits", "probabilities", "embedding:0").fetches
    assert [(fetch.key, str(fetch.ref)) for fetch in fetches] == [
        ("", "loss/logits:0"),
        ("probabilities", "loss/pred_prob:0"),
        ("", "embedding:0"),
    ]
    assert [fetch.dtype for fetch in fetches] == ["float32", "float32", "float32"]


def test_a_tensor_that_the_signature_names_comes_with_its_key_and_once(estimator: Model) -> None:
    fetches = estimator.resolve("loss/pred_prob:0", "probabilities", "loss/pred_prob").fetches
    assert [fetch.key for fetch in fetches] == ["probabilities"]


def test_a_tensor_of_the_graph_has_the_shape_that_its_node_says(estimator: Model, model: Make) -> None:
    unsigned_output = model(ESTIMATOR, signature("s", "", "logits=loss/logits:0"))
    (fetch,) = unsigned_output.resolve("loss/pred_prob").fetches
    assert (fetch.dtype, fetch.shape, fetch.has_shape) == ("float32", (None, 2), True)
    (fetch,) = unsigned_output.resolve("loss/logits").fetches
    assert (fetch.key, fetch.has_shape) == ("logits", False)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("probabilities:0", "probabilities"),
        ("probabilities_1", "probabilities"),
        ("probabilites", "probabilities"),
        ("import/loss/pred_prob:0", "loss/pred_prob"),
        ("loss/pred_prob_1", "loss/pred_prob"),
        ("loss/prd_prob", "loss/pred_prob"),
        ("pred_prob:0", "loss/pred_prob"),
    ],
)
def test_a_wrong_output_gets_the_right_name(estimator: Model, wrong: str, right: str) -> None:
    with pytest.raises(OutputNotFoundError) as error:
        estimator.resolve(wrong)
    assert error.value.metadata["nearest"].split(", ")[0] == right
    assert error.value.metadata["existing"] == "probabilities"
    assert f"Did you mean '{right}'" in error.value.message


def test_of_two_repairs_the_reachable_one_is_offered(model: Make) -> None:
    text = """
    x = Placeholder dtype=float32
    dead = Placeholder dtype=float32
    Softmax_2 = Softmax(dead) T=float32
    Softmax_3 = Softmax(x) T=float32
    """
    served = model(text, signature("serving_default", "x=x:0", "y=Softmax_3:0"))
    with pytest.raises(OutputNotFoundError) as error:
        served.resolve("Softmax:0")
    assert error.value.metadata["nearest"] == "Softmax_3"


def test_an_import_prefix_that_is_missing_is_offered(model: Make) -> None:
    served = model("import/x = Placeholder dtype=float32\nimport/y = Softmax(import/x) T=float32", format="frozen_graph", tags=())
    with pytest.raises(OutputNotFoundError, match="Did you mean 'import/y'") as error:
        served.resolve("y:0")
    assert error.value.metadata["existing"] == "import/y"


def test_a_repaired_name_keeps_its_index(model: Make) -> None:
    served = model("x = Placeholder dtype=float32\ns = Split(x, x) num_split=3 T=float32", signature("s", "x=x:0", "y=s:0"))
    with pytest.raises(OutputNotFoundError, match="Did you mean 's:2'"):
        served.resolve("import/s:2")


def test_a_wrong_output_index_says_how_many_outputs_there_are(model: Make) -> None:
    served = model(
        "x = Placeholder dtype=float32\ns = Split(x, x) num_split=3 T=float32\ngo = NoOp", signature("s", "x=x:0", "y=s:0")
    )
    with pytest.raises(OutputNotFoundError, match="has 3 outputs") as error:
        served.resolve("s:3")
    assert error.value.metadata["existing"] == "s:0, s:1, s:2"
    with pytest.raises(OutputNotFoundError, match="has no outputs"):
        served.resolve("go")


@pytest.mark.parametrize("name", ["save/RestoreV2", "save/Const:0"])
def test_what_a_saver_made_is_never_offered(estimator: Model, name: str) -> None:
    with pytest.raises(OutputNotFoundError, match="belongs to saving"):
        estimator.resolve(name)


def test_a_placeholder_that_is_needed_and_has_no_key_is_listed_last(model: Make) -> None:
    text = "x = Placeholder dtype=float32\nz = Placeholder dtype=int64 shape=[]\ny = Add(x, z) T=float32"
    binding = model(text, signature("s", "x=x:0", "y=y:0")).resolve()
    assert [(feed.tensor.key, str(feed.tensor.ref), feed.tensor.dtype) for feed in binding.feeds] == [
        ("x", "x:0", "float32"),
        ("", "z:0", "int64"),
    ]
    (finding,) = binding.diagnostics
    assert (finding.code, finding.place.operation, finding.place.signature) == ("TFR203", "z", "s")


def test_a_feed_with_a_default_is_optional_if_it_is_used_at_all(model: Make) -> None:
    text = """
    x = Placeholder dtype=float32
    k = Const dtype=float32
    keep_prob = PlaceholderWithDefault(k) dtype=float32
    other = PlaceholderWithDefault(k) dtype=float32
    y = Mul(x, keep_prob) T=float32
    """
    served = model(text, signature("s", "x=x:0 keep_prob=keep_prob:0 other=other:0", "y=y:0"))
    assert served.feeds() == {"keep_prob": "optional", "other": "unused", "x": "required"}


def test_a_feed_in_the_middle_of_the_graph_replaces_what_is_before_it(model: Make) -> None:
    text = """
    example = Placeholder dtype=string
    parsed = ParseTensor(example) out_type=float32
    constant = Const dtype=float32
    bias = Identity(constant) T=float32
    y = Add(parsed, bias) T=float32
    """
    parsed = signature("parsed", "features=parsed:0 bias=bias:0", "y=y:0")
    served = model(text, parsed, signature("raw", "example=example:0", "y=y:0"))
    assert served.feeds(signature="parsed") == {"bias": "optional", "features": "required"}
    assert served.feeds(signature="raw") == {"example": "required"}


def test_a_fetch_that_is_fed_needs_its_feed(model: Make) -> None:
    assert model("x = Placeholder dtype=float32", signature("s", "in=x:0", "out=x:0")).feeds() == {"in": "required"}


def test_two_keys_of_one_tensor_are_pointed_out(model: Make) -> None:
    served = model("x = Placeholder dtype=float32\ny = Softmax(x) T=float32", signature("s", "a=x:0 b=x:0", "p=y:0 q=y:0"))
    assert [finding.message for finding in served.resolve().diagnostics] == [
        "The keys 'a', 'b' are one tensor, x:0.",
        "The keys 'p', 'q' are one tensor, y:0.",
    ]


def test_a_composite_tensor_is_listed_by_its_components(model: Make) -> None:
    parts = tuple(TensorSpec(key, TensorRef(f"x/{key}")) for key in ("values", "indices", "shape"))
    sparse = TensorSpec("x", None, components=parts, encoding="sparse")
    text = "x/values = Placeholder dtype=float32\nx/indices = Placeholder\nx/shape = Placeholder\ny = Softmax(x/values) T=float32"
    served = model(text, replace(signature("s", "", "y=y:0"), inputs=(sparse,)))
    (finding,) = served.resolve().diagnostics
    assert finding.code == "TFR204"
    assert "x/values:0" in finding.message
    assert served.feeds() == {"x": "required"}


def test_a_tensor_that_the_graph_lacks_is_an_error_in_the_answer(model: Make) -> None:
    served = model("x = Placeholder dtype=float32\ny = Softmax(x) T=float32", signature("s", "x=gone:0", "y=y:1"))
    findings = [finding for finding in served.resolve().diagnostics if finding.code == "TFR201"]
    assert [(finding.severity, finding.place.operation) for finding in findings] == [
        (Severity.ERROR, "gone"),
        (Severity.ERROR, "y"),
    ]


def test_a_signature_that_contradicts_its_graph_is_pointed_out(model: Make) -> None:
    served = model("x = Placeholder dtype=int32\ny = Softmax(x) T=float32", signature("s", "x=x:0:int64", "y=y:0"))
    assert [finding.code for finding in served.resolve().diagnostics] == ["TFR206"]


def test_targets_are_those_of_the_meta_graph(estimator: Model) -> None:
    targets = Targets(("group_deps",), "save/restore_all", TensorRef("save/Const"))
    (meta_graph,) = estimator.inspection.meta_graphs
    estimator.inspection = replace(estimator.inspection, meta_graphs=(replace(meta_graph, targets=targets),))
    assert estimator.resolve().targets == targets


def test_a_saved_model_without_signatures_answers_with_its_functions(model: Make) -> None:
    bare = model(
        "saver_filename = Placeholder dtype=string shape=[]\ncall = StatefulPartitionedCall(saver_filename) f=@f Tout=[string]"
    )
    trace = ConcreteFunction("__inference_call_7", (Argument("x", "TensorSpec(shape=(None, 4), dtype=tf.float32, name='x')"),))
    bare.inspection = replace(bare.inspection, functions=(CallableFunction("call", (trace,)),))
    with pytest.raises(NoSignaturesError) as error:
        bare.resolve()
    assert error.value.metadata["functions"] == "call(x=TensorSpec(shape=(None, 4), dtype=tf.float32, name='x'))"
    assert "signatures=" in error.value.hint


def test_a_saved_model_with_neither_signatures_nor_functions_is_refused_too(model: Make) -> None:
    bare = model(
        "saver_filename = Placeholder dtype=string shape=[]\ncall = StatefulPartitionedCall(saver_filename) f=@f Tout=[string]"
    )
    with pytest.raises(NoSignaturesError):
        bare.resolve()


def test_a_signature_of_a_graph_without_any_is_not_found(model: Make) -> None:
    with pytest.raises(SignatureNotFoundError, match="leave the signature out"):
        model("x = Placeholder", format="frozen_graph", tags=()).resolve(signature="serving_default")


def test_a_format_without_a_graph_names_a_way_to_one(estimator: Model) -> None:
    estimator.inspection = Inspection("keras_v3")
    with pytest.raises(NoGraphError) as error:
        estimator.resolve()
    assert "model.export(" in error.value.metadata["routes"]


def test_a_damaged_model_has_no_names(estimator: Model) -> None:
    estimator.inspection = Inspection("saved_model")
    with pytest.raises(GraphUnreadableError):
        estimator.resolve()
