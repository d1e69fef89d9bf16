"""Runs graphs by a session of TensorFlow 1, as TensorFlow Java does: SavedModels by their SignatureDef, frozen graphs, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tfreg.convert.steps.running.graph_files import read_graph_def
from tfreg.core.checking.calls import ModelCall
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.checkpoint_files import GRAPH_FILE, newest_in
from tfreg.core.trees import LocalTree

if TYPE_CHECKING:
    from tfreg.convert.steps.running.running import Arrays, Run

tf1 = tf.compat.v1
_MAX_REASON_CHARACTERS = 600


@contextmanager
def open_session(path: Path, call: ModelCall) -> Iterator[Run]:
    """Yields what runs a signature. A SavedModel that the session's loader does not take is loaded as TensorFlow 2 does.

    Raises:
        ConversionRefusedError: The model cannot be loaded.
    """
    failure: Exception | None = None
    anywhere = tf1.ConfigProto(allow_soft_placement=True)  # a graph made for GPUs runs here too
    with tf.Graph().as_default(), tf1.Session(config=anywhere) as session:
        try:
            _load(session, path, call)
        except Exception as error:  # whatever TensorFlow raises for a model that it cannot load
            failure = error
        else:
            yield _runner(session, call)
    if failure is not None:
        run = _by_tensorflow_2(path, call) if call.format == "saved_model" else None
        if run is None:
            raise _cannot_load(failure) from failure
        yield run


def _load(session: Any, path: Path, call: ModelCall) -> None:
    if call.format == "saved_model":
        tf1.saved_model.load(session, list(call.tags), str(path))
    elif call.format == "frozen_graph":
        tf.import_graph_def(read_graph_def(path), name="")
    else:
        _restore(session, path, call)
    if call.targets:
        session.run([session.graph.get_operation_by_name(name) for name in call.targets])


def _runner(session: Any, call: ModelCall) -> Run:
    fetches = {fetch.key: fetch.tensor for fetch in call.fetches}
    tensors = {feed.key: feed.tensor for feed in call.feeds if feed.tensor}
    runs = tf1.RunOptions(report_tensor_allocations_upon_oom=False)

    def run(values: Arrays) -> Arrays:
        feeds = {tensors[key]: value for key, value in values.items() if key in tensors}
        return dict(session.run(fetches, feeds, options=runs))

    return run


def _by_tensorflow_2(path: Path, call: ModelCall) -> Run | None:
    """Returns what runs a signature as TensorFlow 2 loads it; None if it cannot be loaded so either."""
    try:
        model = tf.saved_model.load(str(path), list(call.tags))
        function = model.signatures[call.signature]
    except Exception:  # the session's own error says more
        return None
    wanted = {fetch.key for fetch in call.fetches}

    def run(values: Arrays) -> Arrays:
        results = function(**{key: tf.constant(value) for key, value in values.items()})
        return {key: value.numpy() for key, value in results.items() if key in wanted}

    run.keeps = model  # type: ignore[attr-defined]  # variables live as long as their model
    return run


def _restore(session: Any, path: Path, call: ModelCall) -> None:
    """Loads a checkpoint with the graph beside it: by the graph's own Saver, or variable by variable if there is no .meta."""
    checkpoint = newest_in(LocalTree(path)) if path.is_dir() else None
    if checkpoint is None:
        raise ValueError("there is no checkpoint with all its files")
    prefix = f"{path}/{checkpoint.prefix}"
    if checkpoint.meta and call.restore_operation:
        meta_graph = tf1.MetaGraphDef.FromString((path / checkpoint.meta).read_bytes())
        _import(meta_graph.graph_def)
        session.run(session.graph.get_operation_by_name(call.restore_operation), {call.restore_filename: prefix})
    elif (path / GRAPH_FILE).exists():
        _import(read_graph_def(path / GRAPH_FILE))
        session.run(_assignments(session.graph, tf1.train.NewCheckpointReader(prefix)))
    else:
        raise ValueError("the checkpoint has no graph beside it")


def _import(graph_def: Any) -> None:
    for node in graph_def.node:
        node.attr.pop("_output_shapes", None)  # those of old releases do not pass the shape functions of today
        node.device = ""
    tf.import_graph_def(graph_def, name="")


def _assignments(graph: Any, reader: Any) -> list[Any]:
    """Returns operations that give each variable of the graph its value in a checkpoint."""
    found = []
    for name in sorted(reader.get_variable_to_shape_map()):
        try:
            variable = graph.get_operation_by_name(name)
        except KeyError:
            continue
        if variable.type in ("Variable", "VariableV2"):
            found.append(tf.raw_ops.Assign(ref=variable.outputs[0], value=reader.get_tensor(name)).op)
        elif variable.type == "VarHandleOp":
            found.append(tf.raw_ops.AssignVariableOp(resource=variable.outputs[0], value=reader.get_tensor(name)))
    return found


def _cannot_load(error: Exception) -> ConversionRefusedError:
    reason = " ".join(str(error).split())[:_MAX_REASON_CHARACTERS]
    return ConversionRefusedError(
        f"TensorFlow {tf.__version__} cannot load the model: {type(error).__name__}: {reason}",
        hint="Load it with the release that wrote it.",
        **_metadata(error),
    )


def _metadata(error: Exception) -> Mapping[str, str]:
    operation = getattr(getattr(error, "op", None), "name", "")
    return {"operation": operation} if operation else {}
