"""Edited graphs, loaded and run by TensorFlow, against what the source computes."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import pytest

from tests.core.rewrites.interface.conftest import MODELS, named, request_of
from tfreg.core.conversions.options import ConversionOptions, InputShape, Renamed
from tfreg.core.errors import RequestInvalidError, ShapeFixedError
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.wire.graph_pb2 import GraphDef

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]


@cache
def _tensorflow() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("tensorflow")


def _numpy() -> Any:
    return pytest.importorskip("numpy")


def _random(*shape: int) -> Any:
    return _numpy().random.default_rng(7).normal(size=shape).astype("float32")


def _run(content: bytes, fetches: Any, feeds: dict[str, Any], *, before: dict[str, Any] | None = None) -> Any:
    """Runs a GraphDef: first the operations of `before`, a feed or None each, then the fetches."""
    tf = _tensorflow()
    definition = tf.compat.v1.GraphDef.FromString(content)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        config = tf.compat.v1.ConfigProto(allow_soft_placement=True)  # fixtures name devices that are not here
        with tf.compat.v1.Session(graph=graph, config=config) as session:
            for operation, fed in (before or {}).items():
                session.run(graph.get_operation_by_name(operation), fed)
            return session.run(fetches, feeds)


def _called(edited: Any, feeds: dict[str, Any], name: str = "") -> dict[str, Any]:
    """Runs the only signature of an edited graph; variables are restored from the SavedModel of that name."""
    (signature,) = edited.interface.signatures
    fed = {str(spec.ref): feeds[spec.key] for spec in signature.inputs}
    before: dict[str, Any] = {}
    if name:
        prefix = str(MODELS / name / "variables" / "variables")
        restore = next(node.name for node in edited.graph.node if "traced_restore" in node.attr["f"].func.name)
        before[restore] = {"saver_filename:0": prefix}
    before |= dict.fromkeys(edited.interface.targets)
    return _run(edited.content, {spec.key: str(spec.ref) for spec in signature.outputs}, fed, before=before)


def _assert_static_shapes_are_tensorflows(edited: Any) -> None:
    """Each output's shape is what TensorFlow infers, or says less."""
    tf = _tensorflow()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(tf.compat.v1.GraphDef.FromString(edited.content), name="")
        for signature in edited.interface.signatures:
            for spec in (*signature.inputs, *signature.outputs):
                shape = graph.get_tensor_by_name(str(spec.ref)).shape
                assert shape.is_compatible_with(spec.shape if spec.has_shape else None), spec.key


def _source(name: str) -> bytes:
    return (MODELS / name).read_bytes()


# ---- placeholders and cuts ----


def test_a_placeholder_in_place_of_batches_computes_the_same(edited: Any) -> None:
    x = _random(3, 4)
    result = edited(
        "frozen_iterator.pb", outputs=named("prob"), placeholders=named("image=IteratorGetNext:0", "y=IteratorGetNext:1")
    )
    expected = _run(_source("frozen_iterator.pb"), "prob:0", {"IteratorGetNext:0": x, "IteratorGetNext:1": [0, 1, 2]})
    feeds = {"image": x, "y": [0, 1, 2], "is_training": False}
    assert _numpy().array_equal(_called(result, feeds)["prob"], expected)
    assert result.interface.renamed["IteratorGetNext:0"] == "image:0"


def test_batches_become_placeholders_where_only_outputs_are_named(edited: Any) -> None:
    x = _random(3, 4)
    result = edited("frozen_iterator.pb", outputs=named("hidden"))
    assert [str(spec.ref) for spec in result.interface.signatures[0].inputs] == ["IteratorGetNext:0"]
    assert result.interface.renamed == {}
    expected = _run(_source("frozen_iterator.pb"), "hidden:0", {"IteratorGetNext:0": x})
    assert _numpy().array_equal(_called(result, {"IteratorGetNext": x})["hidden"], expected)


def test_a_model_can_be_fed_in_the_middle(edited: Any) -> None:
    hidden = _random(5, 10)
    result = edited("frozen_unsigned_two_outputs.pb", outputs=named("mean"), inputs=named("features=hidden:0"))
    assert [str(spec.ref) for spec in result.interface.signatures[0].inputs] == ["hidden:0"]
    assert next(node.op for node in result.graph.node if node.name == "hidden") == "Placeholder"
    assert _called(result, {"features": hidden})["mean"] == pytest.approx(hidden.mean(), abs=1e-6)


def test_a_cut_of_another_output_than_the_first_gets_a_name_and_is_told(edited: Any) -> None:
    result = edited(
        "frozen_unsigned_two_outputs.pb", outputs=named("values=top:0", "best=top:1"), inputs=named("x", "k", "best_in=top:1")
    )
    assert result.interface.renamed == {"top:1": "top_1:0"}
    best = _called(result, {"x": _random(2, 10), "k": 3, "best_in": [[4, 5, 6]]})["best"]
    assert best.tolist() == [[4, 5, 6]]


# ---- further names ----


def test_a_renamed_output_is_an_identity_that_the_signature_names(edited: Any) -> None:
    x = _random(2, 10)
    result = edited("frozen_unsigned_two_outputs.pb", outputs=named("top:1"), renamed=(Renamed("best", "top:1"),))
    (signature,) = result.interface.signatures
    assert [str(spec.ref) for spec in signature.outputs] == ["best:0"]
    assert result.interface.renamed == {"top:1": "best:0"}
    expected = _run(_source("frozen_unsigned_two_outputs.pb"), "top:1", {"x:0": x})
    assert _numpy().array_equal(_called(result, {"x": x, "k": 3})["top:1"], expected)


def test_a_name_that_is_taken_or_none_is_refused(edited: Any) -> None:
    for name in ("mean", "not a name", "_mean"):
        with pytest.raises(RequestInvalidError):
            edited("frozen_unsigned_two_outputs.pb", outputs=named("top:1"), renamed=(Renamed(name, "top:1"),))


# ---- devices ----


def test_devices_and_colocations_are_cleared_everywhere(edited: Any) -> None:
    result = edited("graph_training.pb", outputs=named("prob"), clear_devices=True)
    bodies = [result.graph.node, *(function.node_def for function in result.graph.library.function)]
    nodes = [node for body in bodies for node in body]
    assert not any(node.device for node in nodes)
    assert not any(text.startswith(b"loc:@") for node in nodes for text in node.attr["_class"].list.s)
    before = edited("graph_training.pb", outputs=named("prob")).graph
    assert any(node.device for node in before.node)


# ---- shapes ----


def _shaped(name: str, *sizes: int | None) -> tuple[InputShape, ...]:
    return (InputShape(name, sizes),)


def test_an_open_size_can_be_fixed(edited: Any) -> None:
    x = _random(6, 10)
    result = edited("frozen_unsigned_two_outputs.pb", outputs=named("hidden", "mean"), shapes=_shaped("x", 6, 10))
    (signature,) = result.interface.signatures
    assert {spec.key: spec.shape for spec in signature.outputs} == {"hidden": (6, 10), "mean": ()}
    assert signature.inputs[0].shape == (6, 10)
    _assert_static_shapes_are_tensorflows(result)
    assert _called(result, {"x": x})["mean"] == pytest.approx(
        _run(_source("frozen_unsigned_two_outputs.pb"), "mean:0", {"x:0": x})
    )


def test_a_weight_that_fixes_a_size_is_named(edited: Any) -> None:
    with pytest.raises(ShapeFixedError) as refused:
        edited("frozen_unsigned_two_outputs.pb", outputs=named("hidden"), shapes=_shaped("x", None, 12))
    assert refused.value.metadata["node"] == "Const"


def test_another_number_of_dimensions_is_refused(edited: Any) -> None:
    with pytest.raises(RequestInvalidError, match="2 dimensions"):
        edited("frozen_unsigned_two_outputs.pb", outputs=named("hidden"), shapes=_shaped("x", 10))


def test_an_input_that_is_not_there_is_refused(edited: Any) -> None:
    with pytest.raises(RequestInvalidError, match="inputs are: x"):
        edited("frozen_unsigned_two_outputs.pb", outputs=named("hidden"), shapes=_shaped("y", 10))


def test_the_batch_of_a_keras_model_with_a_loop_can_be_fixed(edited: Any) -> None:
    np = _numpy()
    inputs = {"x": _random(2, 8, 8, 3), "seq": np.array([[1, 2, 3, 4, 0, 0], [2, 2, 1, 0, 0, 0]], "int32")}
    outputs = ("Identity", "Identity_1")
    result = edited(
        "same_keras_frozen.pb", outputs=named(*outputs), shapes=(InputShape("x", (2, 8, 8, 3)), InputShape("seq", (2, 6)))
    )
    _assert_static_shapes_are_tensorflows(result)
    expected = _run(
        _source("same_keras_frozen.pb"), [f"{name}:0" for name in outputs], {f"{key}:0": fed for key, fed in inputs.items()}
    )
    found = _called(result, inputs)
    for name, value in zip(outputs, expected, strict=True):
        assert np.allclose(found[name], value, atol=1e-6)


def test_shapes_of_a_saved_model_change_within_its_functions(edited: Any) -> None:
    result = edited("tf2_module_signatures", signature="serving_default", shapes=_shaped("x", 5, 4))
    assert {spec.key: spec.shape for spec in result.interface.signatures[0].outputs}["score"] == (5, 3)
    _assert_static_shapes_are_tensorflows(result)
    found = _called(result, {"x": _random(5, 4), "y": [1, 2]}, "tf2_module_signatures")
    assert found["score"].shape == (5, 3)
    assert not any(
        "_input_shapes" in function.attr for function in result.graph.library.function if "serve" in function.signature.name
    )


def _saved(tmp_path: Any, build: Any) -> Any:
    """Writes the graph that `build` makes."""
    tf = _tensorflow()
    with tf.Graph().as_default() as graph:
        build(tf)
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def _flatten(tf: Any, *, target: Any, batch: int | None = 8) -> None:
    x = tf.compat.v1.placeholder(tf.float32, [batch, 4, 4, 2], "x")
    pooled = tf.nn.max_pool2d(x, 2, 2, "SAME")
    flat = tf.reshape(pooled, target, name="flat")
    tf.identity(tf.matmul(flat, tf.ones([8, 3]), name="product"), name="y")


def test_a_batch_that_was_fixed_can_be_opened_where_nothing_holds_it(tmp_path: Any, edited: Any) -> None:
    path = _saved(tmp_path, lambda tf: _flatten(tf, target=[-1, 8]))
    result = edited(path, outputs=named("y"), shapes=_shaped("x", None, 4, 4, 2))
    assert result.interface.signatures[0].outputs[0].shape == (None, 3)
    _assert_static_shapes_are_tensorflows(result)
    assert _called(result, {"x": _random(3, 4, 4, 2)})["y"].shape == (3, 3)


def test_a_reshape_to_a_fixed_batch_is_named(tmp_path: Any, edited: Any) -> None:
    path = _saved(tmp_path, lambda tf: _flatten(tf, target=[8, 8]))
    with pytest.raises(ShapeFixedError, match="flat/shape") as refused:
        edited(path, outputs=named("y"), shapes=_shaped("x", None, 4, 4, 2))
    assert refused.value.metadata["node"] == "flat/shape"


def test_a_flattening_made_for_another_image_is_named(tmp_path: Any, edited: Any) -> None:
    path = _saved(tmp_path, lambda tf: _flatten(tf, target=[-1, 8], batch=None))
    with pytest.raises(ShapeFixedError) as refused:
        edited(path, outputs=named("y"), shapes=_shaped("x", None, 8, 8, 2))
    assert refused.value.metadata["node"] == "flat/shape"


def test_a_shape_that_the_graph_takes_from_its_input_follows_it(tmp_path: Any, edited: Any) -> None:
    def build(tf: Any) -> None:
        x = tf.compat.v1.placeholder(tf.float32, [None, 6, 2], "x")
        shape = tf.shape(x)
        joined = tf.reshape(x, tf.stack([shape[0] * shape[1], 2]))
        tf.reshape(tf.matmul(joined, tf.ones([2, 5])), tf.stack([shape[0], shape[1], 5]), name="y")

    result = edited(_saved(tmp_path, build), outputs=named("y"), shapes=_shaped("x", None, 9, 2))
    assert result.interface.signatures[0].outputs[0].shape == (None, 9, 5)
    _assert_static_shapes_are_tensorflows(result)
    assert _called(result, {"x": _random(3, 9, 2)})["y"].shape == (3, 9, 5)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("zeros", lambda tf, x: x + tf.fill([8, 2], 1.0, name="zeros")),
        ("spread", lambda tf, x: x + tf.broadcast_to(tf.ones([1, 2]), [8, 2], name="spread")),
        ("tiled", lambda tf, x: x + tf.tile(tf.ones([1, 2]), [8, 1], name="tiled")),
        ("joined", lambda tf, x: tf.concat([x, tf.ones([8, 1])], 1, name="joined")),
    ],
)
def test_what_else_holds_a_fixed_batch_is_told(tmp_path: Any, edited: Any, name: str, make: Any) -> None:
    def build(tf: Any) -> None:
        x = tf.compat.v1.placeholder(tf.float32, [8, 2], "x")
        tf.identity(make(tf, x), name="y")

    path = _saved(tmp_path, build)
    with pytest.raises(ShapeFixedError) as refused:
        edited(path, outputs=named("y"), shapes=_shaped("x", None, 2))
    assert refused.value.metadata["node"]


def test_a_loop_whose_state_has_a_fixed_batch_is_told(tmp_path: Any, edited: Any) -> None:
    def build(tf: Any) -> None:
        x = tf.compat.v1.placeholder(tf.float32, [8, 2], "x")
        state = tf.zeros([8, 2], name="state")
        results = tf.while_loop(lambda i, _: i < 3, lambda i, s: (i + 1, s + x), (tf.constant(0), state))
        tf.identity(results[1], name="y")

    path = _saved(tmp_path, build)
    with pytest.raises(ShapeFixedError):
        edited(path, outputs=named("y"), shapes=_shaped("x", None, 2))


def test_the_default_of_a_placeholder_fixes_its_shape(tmp_path: Any, edited: Any) -> None:
    def build(tf: Any) -> None:
        x = tf.compat.v1.placeholder_with_default(tf.zeros([2], name="default"), [None], "x")
        tf.identity(x, name="y")

    path = _saved(tmp_path, build)
    assert edited(path, outputs=named("y"), shapes=_shaped("x", 2)).interface.signatures[0].outputs[0].shape == (2,)
    with pytest.raises(ShapeFixedError) as refused:
        edited(path, outputs=named("y"), shapes=_shaped("x", 3))
    assert refused.value.metadata["node"] == "default"


# ---- traced functions ----


def test_a_traced_function_computes_what_python_gets_of_it(edited: Any) -> None:
    tf, np = _tensorflow(), _numpy()
    x, y = _random(3, 4), np.array([1, 2], "int32")
    loaded = tf.saved_model.load(str(MODELS / "tf2_no_signatures"))
    expected = loaded.serve(tf.constant(x), tf.constant(y))
    found = _called(edited("tf2_no_signatures", function="serve"), {"x": x, "y": y}, "tf2_no_signatures")
    assert sorted(found) == sorted(expected)
    for key, value in expected.items():
        assert np.allclose(found[key], value.numpy(), atol=1e-6)


@pytest.mark.parametrize("spec", ["training=False", "training=True, scale=1.0", "scale=0.5"])
def test_each_trace_of_a_function_can_be_a_signature(edited: Any, spec: str) -> None:
    result = edited("tf2_module_signatures", function="call", spec=spec)
    found = _called(result, {"x": _random(3, 4)}, "tf2_module_signatures")
    assert found["output_0"].shape == (3, 3)
    _assert_static_shapes_are_tensorflows(result)


def test_arguments_of_a_dict_are_fed_in_their_order(edited: Any) -> None:
    tf, np = _tensorflow(), _numpy()
    a, b, c = np.array([[1, 0], [0, 10], [100, 100]], "float32")
    loaded = tf.saved_model.load(str(MODELS / "tf2_module_signatures"))
    expected = loaded.nested({"a": tf.constant(a), "b": [tf.constant(b), tf.constant(c)]})
    result = edited("tf2_module_signatures", function="nested", spec="options=None")
    found = _called(result, {"inputs_a": a, "inputs_b_0": b, "inputs_b_1": c}, "tf2_module_signatures")
    assert np.allclose(found["sum"], expected["sum"].numpy())


def test_keyword_arguments_are_fed_too(edited: Any) -> None:
    tf = _tensorflow()
    loaded = tf.saved_model.load(str(MODELS / "tf2_arguments"))
    expected = loaded.keywords(tf.constant([3.0]), flag="on", weight=tf.constant(5.0))
    found = _called(edited("tf2_arguments", function="keywords"), {"x": [3.0], "w": 5.0})
    assert found["output_0"].tolist() == expected.numpy().tolist()


def test_a_function_over_tables_runs_after_the_initialiser(edited: Any) -> None:
    source = edited("tf2_vocab", function="serve")
    nodes = {node.name: node for node in source.graph.node}
    assert nodes[source.interface.trace.captures[0].operation].op == "HashTableV2"
    _assert_static_shapes_are_tensorflows(source)


def test_keras_own_call_is_a_signature(edited: Any) -> None:
    tf, np = _tensorflow(), _numpy()
    x = _random(3, 4)
    loaded = tf.saved_model.load(str(MODELS / "tf2_keras_2_15"))
    expected = loaded.signatures["serving_default"](x=tf.constant(x))
    result = edited("tf2_keras_2_15", function="__call__", spec="training=False")
    (found,) = _called(result, {"x": x}, "tf2_keras_2_15").values()
    assert np.allclose(found, next(iter(expected.values())).numpy(), atol=1e-6)


def _scores(x: Any, y: Any) -> Any:
    """What the function `serve` of the SavedModel without signatures returns in Python."""
    tf = _tensorflow()
    loaded = tf.saved_model.load(str(MODELS / "tf2_no_signatures"))
    return loaded.serve(tf.constant(x), tf.constant(y))["score"].numpy()


def _rewritten(tmp_path: Any, name: str, module: str, target: str, **options: Any) -> tuple[Any, Any]:
    """Runs a whole rewrite and writes its files."""
    request = request_of(name, target, ConversionOptions(**options))
    result = import_module(f"tfreg.core.rewrites.{module}").rewrite(request)
    for file in result.tree.files():
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(chunks_of(result.tree.pieces(file.path))))
    return tmp_path, result


def test_a_saved_model_without_signatures_gets_one_that_a_session_runs(tmp_path: Any) -> None:
    tf, np = _tensorflow(), _numpy()
    x, y = _random(3, 4), np.array([1, 2], "int32")
    expected = _scores(x, y)
    folder, _ = _rewritten(tmp_path, "tf2_no_signatures", "resigning", "saved_model", function="serve")
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
        signature = loaded.signature_def["serving_default"]
        feeds = {signature.inputs["x"].name: x, signature.inputs["y"].name: y}
        assert np.allclose(session.run(signature.outputs["score"].name, feeds), expected, atol=1e-6)


def test_a_traced_function_is_frozen(tmp_path: Any) -> None:
    np = _numpy()
    x, y = _random(3, 4), np.array([1, 2], "int32")
    expected = _scores(x, y)
    folder, result = _rewritten(tmp_path, "tf2_no_signatures", "freezing", "frozen_graph", function="serve")
    (declared,) = result.signatures
    feeds = {str(spec.ref): {"x": x, "y": y}[spec.key] for spec in declared.signature.inputs}
    fetch = next(str(spec.ref) for spec in declared.signature.outputs if spec.key == "score")
    (path,) = [folder / file.path for file in result.tree.files()]
    assert np.allclose(_run(path.read_bytes(), fetch, feeds), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "outputs"),
    [("frozen_tf1.pb", ("pred_prob",)), ("frozen_keras.pb", ("Identity", "Identity_1")), ("tf2_module_signatures", ())],
)
def test_each_size_is_changed_as_tensorflow_can_run_it_or_refused_as_it_cannot(
    edited: Any, name: str, outputs: tuple[str, ...]
) -> None:
    restored = "" if name.endswith(".pb") else name
    options = {"outputs": named(*outputs)}
    source = edited(name, **options)
    (signature,) = source.interface.signatures
    for spec in signature.inputs:
        for at, old in enumerate(spec.shape or ()):
            sizes = [*spec.shape]
            sizes[at] = 5 if old is None else old + 1
            feeds = {one.key: _fed(one, one.shape if one is not spec else sizes) for one in signature.inputs}
            if old is None and at == 0:  # the batch of all
                feeds = {one.key: _fed(one, (5, *one.shape[1:])) for one in signature.inputs}
            try:
                result = edited(name, shapes=_shaped(spec.key, *sizes), **options)
            except ShapeFixedError:
                with pytest.raises((ValueError, _tensorflow().errors.InvalidArgumentError)):
                    _called(_Bare(_without_shapes(source), source.interface), feeds, restored)
                continue
            _assert_static_shapes_are_tensorflows(result)
            found = _called(result, feeds, restored)
            for one in result.interface.signatures[0].outputs:
                assert one.shape is None or all(a in (None, b) for a, b in zip(one.shape, found[one.key].shape, strict=True))


class _Bare(NamedTuple):
    content: bytes
    interface: Any

    @property
    def graph(self) -> Any:
        return GraphDef.FromString(self.content)


def _fed(spec: Any, shape: Any) -> Any:
    return _numpy().ones([5 if size is None else size for size in shape], spec.dtype)


def _without_shapes(edited: Any) -> bytes:
    """Returns a graph whose placeholders take any shape, without what was inferred from those that they had."""
    graph = edited.graph
    inputs = {spec.ref.operation for signature in edited.interface.signatures for spec in signature.inputs}
    for node in [*graph.node, *(node for function in graph.library.function for node in function.node_def)]:
        node.attr.pop("_output_shapes", None)
        if node.name in inputs:
            node.attr["shape"].shape.Clear()
            node.attr["shape"].shape.unknown_rank = True
    for function in graph.library.function:
        function.attr.pop("_input_shapes", None)
        for argument in function.arg_attr.values():
            argument.attr.pop("_output_shapes", None)
    return bytes(graph.SerializeToString())
