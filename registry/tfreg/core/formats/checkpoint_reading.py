"""Reads a checkpoint of TF1 or TF2: its tensors, the graph or the objects that they belong to, and how far training was."""

from __future__ import annotations

import re

from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.codecs.varint import decode
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.files import FileTree
from tfreg.core.formats.checkpoint_counters import counters_of
from tfreg.core.formats.checkpoint_files import Checkpoint, files_of
from tfreg.core.formats.checkpoint_graph import CheckpointGraph, read_checkpoint_graph
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.variables import Variables, read_variables
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor

_COPY_ALL = "Copy all files of the checkpoint from where it was written."
_SHARDS = re.compile(r".*-of-(\d{5})", re.DOTALL)
_MAX_LISTED = 5


def inspect_checkpoint(tree: FileTree, checkpoint: Checkpoint, format_name: str) -> Inspection:
    """Reads all that a checkpoint says about itself."""
    problems = Problems()
    values = _values(tree, checkpoint, problems)
    objects_read = values.object_graph is not None
    if values.object_graph is not None:
        add_objects(tree, values.object_graph, values)
    graph = CheckpointGraph() if objects_read and not checkpoint.meta else read_checkpoint_graph(tree, checkpoint, problems)
    _add_trainable(values, graph.variables)
    if graph.meta_graph is None:
        _tell_no_graph(objects_read, problems)
    counters = counters_of(tree, values.tensors)
    step = (
        counters.get("checkpoint.step", counters.get("checkpoint.save_counter"))
        if checkpoint.step is None
        else str(checkpoint.step)
    )
    left_out = _strangers(tree, checkpoint)
    if left_out:
        problems.add(left_out_problem(left_out))
    return Inspection(
        format_name,
        () if graph.meta_graph is None else (graph.meta_graph,),
        tensors=tuple(sorted((*values.tensors, *graph.constants), key=lambda tensor: tensor.name.encode())),
        facts=dict(sorted({"checkpoint.prefix": checkpoint.prefix, **values.facts, **counters, **graph.facts}.items())),
        problems=(*problems, *graph.unsafe),
        labels={} if step is None else {"step": step},
    )


def left_out_problem(paths: tuple[str, ...]) -> Diagnostic:
    """Returns what is said of files that lie beside a checkpoint and are not part of it."""
    more = f" and {len(paths) - _MAX_LISTED} more" if len(paths) > _MAX_LISTED else ""
    counted = "1 file beside the checkpoint is" if len(paths) == 1 else f"{len(paths)} files beside the checkpoint are"
    return Diagnostic(
        "TFR110",
        Severity.INFO,
        f"{counted} not part of it: {', '.join(paths[:_MAX_LISTED])}{more}.",
        "A push leaves them out; --all pushes every checkpoint of the folder, and --attach keeps a file beside the model.",
    )


def _values(tree: FileTree, checkpoint: Checkpoint, problems: Problems) -> Variables:
    """Reads the tensors, and says which files are missing; what is found goes to `problems` too."""
    values = Variables(problems=problems)
    if checkpoint.is_v1:
        from tfreg.core.formats.checkpoint_v1 import read_tables

        values = read_tables(tree, checkpoint.tables)
        values.facts["checkpoint.format"] = "V1"
        _check_tables(checkpoint, problems)
    elif checkpoint.index:
        values = read_variables(tree, checkpoint.prefix)
        values.facts["checkpoint.format"] = "V2"
        if not checkpoint.data and not values.tensors and not values.problems:
            problems.error("TFR102", f"{checkpoint.prefix}.data-00000-of-00001 is missing.", _COPY_ALL, file=checkpoint.index)
    elif checkpoint.data:
        index = f"{checkpoint.prefix}.index"
        problems.error("TFR102", f"{index} is missing, which says where the values are.", _COPY_ALL, file=index)
    else:
        message = f"{checkpoint.meta} is alone: it holds the graph, but {checkpoint.prefix}.index and the data files are missing."
        problems.error("TFR102", message, _COPY_ALL, file=f"{checkpoint.prefix}.index")
    if values.problems is not problems:
        for problem in values.problems:
            problems.add(problem)
        values.problems = problems
    return values


def _check_tables(checkpoint: Checkpoint, problems: Problems) -> None:
    """Says which shards of a V1 checkpoint are missing."""
    shards = _SHARDS.fullmatch(checkpoint.tables[0])
    if shards is None or len(checkpoint.tables) == int(shards[1]):
        return
    message = f"Of the {int(shards[1])} shards of {checkpoint.prefix} only {len(checkpoint.tables)} are here."
    problems.error("TFR102", message, _COPY_ALL, file=checkpoint.tables[0])


def add_objects(tree: FileTree, stored: StoredTensor, values: Variables) -> None:
    """Adds to the tensors the paths that the object graph knows."""
    from tfreg.core.formats.object_graph import read_objects

    if all(file.path != stored.file for file in tree.files()):
        return  # that it is missing is told
    with tree.open(stored.file) as reader:
        try:
            length, at = decode(reader.read_at(stored.offset_bytes, 10), 0)
            start = stored.offset_bytes + at + 4  # behind a checksum of the length
            if start + length != stored.offset_bytes + stored.size_bytes or start + length > reader.size_bytes:
                raise TruncatedError("has an object graph of another length than its index says")
            objects = read_objects(reader, Span(start, length), stored.file, values.problems)
        except IndexError:
            return  # the file is too short, which is told
        except CodecError as error:
            values.problems.fault("TFR103", stored.file, error)
            return
    values.tensors = [
        _named(tensor, objects.path_of(tensor.name), objects.trainable.get(tensor.name)) for tensor in values.tensors
    ]
    values.facts["object_graph.objects"] = str(objects.count)
    for path, saver in list(objects.savers.items())[:100]:
        values.facts[f"object_graph.saver.{path}"] = saver


def _named(tensor: StoredTensor, path: str, trainable: bool | None) -> StoredTensor:
    if not path and trainable is None:
        return tensor
    # Not by dataclasses.replace, which takes four times as long: there can be tens of thousands.
    return StoredTensor(
        tensor.name,
        tensor.dtype,
        tensor.shape,
        tensor.file,
        tensor.offset_bytes,
        tensor.size_bytes,
        tensor.stored_as,
        path,
        trainable,
        tensor.part,
        tensor.quantization,
        crc32c=tensor.crc32c,
    )


def _add_trainable(values: Variables, variables: dict[str, bool]) -> None:
    """Adds to the tensors what the graph's collections of variables say."""
    if variables:
        values.tensors = [
            tensor if trains is None else _named(tensor, tensor.path, trains)
            for tensor in values.tensors
            for trains in (variables.get(tensor.part.name if tensor.part else tensor.name),)
        ]


def _tell_no_graph(has_objects: bool, problems: Problems) -> None:
    message = "The checkpoint has no graph: its tensors can be read, but there are no names to feed and fetch."
    if has_objects:
        hint = "To resolve names push the SavedModel that tf.saved_model.save or model.export() writes."
        problems.inform("TFR112", message, hint)
    else:
        problems.warn("TFR112", message, "Push it with its .meta file (or graph.pbtxt), or push the SavedModel.")


def _strangers(tree: FileTree, checkpoint: Checkpoint) -> tuple[str, ...]:
    own = set(files_of(tree, checkpoint))
    return tuple(file.path for file in tree.files() if file.path not in own)
