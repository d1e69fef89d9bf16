"""A SavedModel as a TFLite model that keeps its signatures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from tfreg.convert.steps.arguments import options_of, target_file
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.saved_model import SavedModelFormat
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.signatures import callable_signatures, choose_signature
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.trees import LocalTree


def run(work: Work) -> None:
    """Converts the role `source`; `samples` are inputs to measure ranges on, for full integers.

    Raises:
        OpUnsupportedError: TFLite lacks an op that the model uses.
        InputsInvalidError: The samples do not fit.
        ConversionRefusedError: Samples are missing, or the converter fails; the message says why.
    """
    from tfreg.convert.steps.tflite.failures import refusal_of

    options = options_of(work)
    meta_graph = _meta_graph(work.inputs["source"], options)
    signatures = _signatures(meta_graph, options)
    work.report("loading", 0.1, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converter = _converter(work, meta_graph, signatures)
        _configure(converter, work, options, signatures)
        work.report("converting", 0.4, "")
        try:
            content = converter.convert()
        except Exception as error:  # the converter raises whatever fails within it
            raise refusal_of(error, meta_graph, options) from error
    (work.output / target_file(work, "model.tflite")).write_bytes(content)
    work.facts["tools"] = tool_versions()
    left_out = sorted({one.key for one in callable_signatures(meta_graph)} - {one.key for one in signatures})
    if left_out:
        work.facts["notes"] = [
            {"code": "TFR501", "severity": "info", "message": f"Signatures left out: {', '.join(left_out)}.", "hint": ""}
        ]


def _meta_graph(path: Path, options: ConversionOptions) -> MetaGraph:
    inspection = SavedModelFormat().inspect(LocalTree(path))
    return inspection.meta_graphs[choose_meta_graph(inspection.meta_graphs, options.tags)]


def _signatures(meta_graph: MetaGraph, options: ConversionOptions) -> tuple[Signature, ...]:
    if options.signature:
        return (choose_signature(meta_graph, options.signature),)
    found = callable_signatures(meta_graph)
    if not found:
        raise ConversionRefusedError(
            "The SavedModel has no signatures, and TFLite needs one.",
            hint="Make one first: tfreg convert --to saved_model --function NAME --spec 'x: float32[?,3]'.",
        )
    composite = [one.key for one in found if any(spec.components or spec.encoding for spec in (*one.inputs, *one.outputs))]
    plain = tuple(one for one in found if one.key not in composite)
    if not plain:
        raise ConversionRefusedError(
            f"TFLite has plain tensors only, and the signature {composite[0]!r} has a sparse or ragged one.",
            hint="Export a signature that takes the parts as plain tensors.",
            signature=composite[0],
        )
    return plain


def _converter(work: Work, meta_graph: MetaGraph, signatures: tuple[Signature, ...]) -> Any:
    """Returns a converter; that of TensorFlow 1 for a SavedModel that TensorFlow 2 cannot load."""
    import tensorflow as tf

    from tfreg.convert.steps.tflite.failures import cannot_load

    path, tags = str(work.inputs["source"]), set(meta_graph.tags)
    keys = [one.key for one in signatures]
    try:
        return tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=keys, tags=tags)
    except Exception as error:  # some old exports load in a session only
        if len(keys) > 1:
            raise cannot_load(error) from error
        try:
            return tf.compat.v1.lite.TFLiteConverter.from_saved_model(path, tag_set=tags, signature_key=keys[0])
        except Exception:
            raise cannot_load(error) from error


def _configure(converter: Any, work: Work, options: ConversionOptions, signatures: tuple[Signature, ...]) -> None:
    import tensorflow as tf

    ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if options.quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if options.quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if options.quantize == "int8":
        from tfreg.convert.steps.tflite.samples import representative_dataset

        ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = representative_dataset(work.inputs.get("samples"), signatures)
    if options.select_tf_ops:
        ops.append(tf.lite.OpsSet.SELECT_TF_OPS)
        converter._experimental_lower_tensor_list_ops = False  # a loop with an open batch cannot be lowered
    converter.target_spec.supported_ops = ops
