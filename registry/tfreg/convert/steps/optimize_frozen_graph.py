"""A frozen graph made faster to run: batch norms folded into the convolutions before them, identities and training nodes taken out.

TensorFlow's own `optimize_for_inference` drops the function library, and the shapes of placeholders; here its parts are used singly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfreg.convert.steps.arguments import options_of, target_file, texts_of
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.conversions.options import NamedTensor
from tfreg.core.errors import ConversionRefusedError, OutputsRequiredError
from tfreg.core.tensors import TensorRef

_MAX_BYTES = (1 << 31) - 1


def run(work: Work) -> None:
    """Optimises the role `source`. The tensors of the arguments `feeds`, `fetches` and `targets` keep their names.

    Raises:
        OutputsRequiredError: Neither a signature nor an option says what is fetched.
        ConversionRefusedError: The result is no valid graph, or too large.
    """
    from tfreg.convert.steps.running.graph_files import read_graph_def

    options = options_of(work)
    feeds = _operations(options.inputs) or _named(texts_of(work, "feeds"))
    fetches = _operations(options.outputs) or _named(texts_of(work, "fetches"))
    if not fetches:
        raise OutputsRequiredError(
            "Nothing says what is fetched from the graph, so that all else can go.", hint="Name it: --outputs NODE,..."
        )
    work.report("optimising", 0.2, "")
    graph_def = read_graph_def(work.inputs["source"])
    before = len(graph_def.node)
    targets = [name for name in texts_of(work, "targets") if any(node.name == name for node in graph_def.node)]
    optimised = _optimised(graph_def, [*feeds, *fetches, *targets])
    _check(optimised, feeds, fetches)
    (work.output / target_file(work, "frozen_graph.pb")).write_bytes(optimised.SerializeToString())
    work.facts["tools"] = tool_versions()
    message = f"{before - len(optimised.node)} of {before} nodes were taken out or folded into others."
    work.facts["notes"] = [{"code": "TFR501", "severity": "info", "message": message, "hint": ""}]


def _operations(named: Sequence[NamedTensor]) -> list[str]:
    return _named([one.tensor for one in named])


def _named(tensors: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(TensorRef.parse(tensor).operation for tensor in tensors))


def _optimised(graph_def: Any, kept: list[str]) -> Any:
    from tensorflow.python.framework import graph_util
    from tensorflow.python.tools import optimize_for_inference_lib as parts

    names = {node.name for node in graph_def.node}
    missing = [name for name in kept if name not in names]
    if missing:
        raise ConversionRefusedError(f"The graph has no operation {missing[0]!r}.", hint="Check the names.", operation=missing[0])
    result = graph_util.extract_sub_graph(graph_def, kept)
    result = graph_util.remove_training_nodes(result, protected_nodes=kept)
    result = parts.fuse_decomposed_batch_norm(result)
    result = parts.fold_batch_norms(result)
    result = graph_util.extract_sub_graph(result, kept)
    result.library.CopyFrom(graph_def.library)
    result.versions.CopyFrom(graph_def.versions)
    return result


def _check(graph_def: Any, feeds: Sequence[str], fetches: Sequence[str]) -> None:
    """Imports the graph, which finds most of what can be wrong with it.

    Raises:
        ConversionRefusedError: It cannot be imported.
    """
    import tensorflow as tf

    if graph_def.ByteSize() > _MAX_BYTES:
        raise ConversionRefusedError("The graph would have more than 2^31 - 1 bytes.", hint="Convert it to saved_model.")
    try:
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(graph_def, name="")
            for name in (*feeds, *fetches):
                graph.get_operation_by_name(name)
    except (ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:500]
        raise ConversionRefusedError(f"The optimised graph is not valid: {reason}", hint="Use it as it is.") from error
